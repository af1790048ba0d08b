//! The walk over a document: every name that it gives or refers to, looked up as the run does.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::text::{self, Named, Reader, What};
use super::{Kind, Place, Role, Symbol, Window, template};
use crate::analysis::Analysis;
use crate::rules::is_external;
use crate::source::Span;
use crate::syntax::{Content, Entry, Kind as NodeKind, NodeRef, Tree};
use crate::workflow::call::{self, Given};
use crate::workflow::custom_action::{Definition, Definitions};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::mention::{INHERITED_FIELDS, LITERAL_STEP_FIELDS, ROOT_FIELDS, SETTINGS, is_foreign};
use crate::workflow::{Action, Container, DagType, EnvEntry, Names, Place as Where, Step, Workflow, docker_run};

/// The places of names in all documents.
pub(super) fn places(analysis: &Analysis, window: Window<'_>) -> Vec<Place> {
    let Analysis { tree, workflows, dotenv, .. } = analysis;
    let mut out = Vec::new();
    let named = workflows.iter().enumerate().skip(1).rev();
    let locals: HashMap<&str, usize> = named.filter_map(|(at, workflow)| Some((workflow.name.as_ref()?.value.as_str(), at))).collect();
    for (document, workflow) in workflows.iter().enumerate() {
        let dotenv = (document == 0).then_some(dotenv);
        let mut walk = Walk {
            tree,
            workflows,
            workflow,
            document,
            dotenv,
            window,
            of_dag: OnceCell::new(),
            actions: OnceCell::new(),
            locals: &locals,
            first: RefCell::default(),
            bodies: Vec::new(),
            turns: Vec::new(),
            out: Vec::new(),
        };
        walk.document();
        out.append(&mut walk.out);
    }
    out
}

/// What gives a value to a variable, the nearest first.
#[derive(Clone, Copy)]
enum Level<'a> {
    /// The entries of a container's env before one, then what is around it.
    Container(&'a Container, usize),
    /// The entries of the step's env before one.
    StepEnv(usize),
    /// All that a step sees.
    Step,
    /// The entries of the DAG's env before one.
    DagEnv(usize),
    /// The entries of `defaults.env` before one.
    Defaults(usize),
    /// What the DAG's other fields see.
    Dag,
}

/// From where a text is looked at.
#[derive(Clone, Copy)]
struct View<'a> {
    step: Option<&'a Step>,
    level: Level<'a>,
    reader: Reader,
}

/// The names of a document's own scope.
struct OfDag<'a> {
    env: HashMap<&'a str, Vec<usize>>,
    params: HashSet<&'a str>,
    secrets: HashSet<&'a str>,
    consts: HashSet<&'a str>,
    outputs: HashSet<&'a str>,
}

struct Walk<'a> {
    tree: &'a Tree,
    workflows: &'a [Workflow],
    workflow: &'a Workflow,
    document: usize,
    dotenv: Option<&'a Dotenv>,
    window: Window<'a>,
    of_dag: OnceCell<OfDag<'a>>,
    actions: OnceCell<Definitions<'a>>,
    /// The documents that others of the file can start, by name.
    locals: &'a HashMap<&'a str, usize>,
    /// Of a long `env`, where each name stands first.
    first: RefCell<HashMap<*const EnvEntry, HashMap<&'a str, usize>>>,
    /// The bodies of `foreach` that the walk is in, outermost first.
    bodies: Vec<(&'a [Step], Names)>,
    /// The `foreach` steps whose iteration the walk is in.
    turns: Vec<&'a Step>,
    out: Vec<Place>,
}

impl<'a> Walk<'a> {
    fn document(&mut self) {
        let workflow = self.workflow;
        let is_inherited = workflow.node.span.is_beyond();
        if !is_inherited && !self.looks_at(workflow.node.span) && !matches!(self.window, Window::At(_)) {
            return;
        }
        if let Some(name) = workflow.node.get_some("name").filter(|_| self.document > 0 && workflow.name.is_some()) {
            self.whole(Kind::Dag, self.document, 0, name, Role::Declaration);
        }
        for entry in workflow.node.entries().unwrap_or_default() {
            if !self.looks_at(entry.key.span.to(entry.value_span())) {
                continue;
            }
            let view = View { step: None, level: Level::Dag, reader: Reader::Engine };
            match entry.name() {
                "steps" => self.steps(entry),
                "handler_on" => self.handlers(),
                "env" => self.env(&workflow.env, 0, |at| View { level: Level::DagEnv(at), ..view }),
                "params" => self.params(&entry.value),
                "consts" => self.consts(&entry.value),
                "secrets" => self.secrets(),
                "container" => self.container(workflow.container.as_ref(), view, &entry.value),
                "harnesses" => self.keys(&entry.value, Kind::Harness),
                "harness" => {
                    self.providers(&entry.value);
                    self.texts(&entry.value, view);
                }
                "actions" | "step_types" => self.definitions(&entry.value, entry.name() == "step_types"),
                "defaults" => self.defaults(&entry.value),
                name if ROOT_FIELDS.contains(&name) || INHERITED_FIELDS.contains(&name) || SETTINGS.contains(&name) => {
                    self.texts(&entry.value, view);
                }
                _ => {}
            }
        }
    }

    // What is looked at.

    /// Whether a part of the text is one to look at. What stands in the base configuration is always looked at.
    fn looks_at(&self, span: Span) -> bool {
        match self.window {
            _ if span.is_beyond() => true,
            Window::All => true,
            Window::At(offset) => span.touches(offset),
            Window::Holding(name) => self.tree.text.get(span.range()).is_none_or(|text| text.contains(name)),
        }
    }

    // What is found.

    fn symbol(&self, kind: Kind, name: &str, home: usize) -> Symbol {
        Symbol { kind, name: name.to_owned(), document: self.document, home }
    }

    fn push(&mut self, symbol: Symbol, span: Span, role: Role, node: Option<&NodeRef>) {
        let is_wanted = match self.window {
            Window::All => true,
            Window::At(offset) => span.touches(offset),
            Window::Holding(name) => symbol.name == name || matches!(symbol.kind, Kind::Step | Kind::StepName),
        };
        if is_wanted && !symbol.name.is_empty() {
            self.out.push(Place { symbol, span, role, node: node.cloned() });
        }
    }

    /// A part of a scalar's text.
    fn part(&mut self, symbol: Symbol, node: &NodeRef, range: Range<usize>, role: Role) {
        let is_wanted = match self.window {
            Window::Holding(name) => symbol.name == name || matches!(symbol.kind, Kind::Step | Kind::StepName),
            _ => true,
        };
        if is_wanted && self.looks_at(node.target().span) {
            let span = self.tree.span_in(node, range);
            self.push(symbol, span, role, Some(node));
        }
    }

    /// A scalar that is a name, blanks around it left out.
    fn whole(&mut self, kind: Kind, document: usize, home: usize, node: &NodeRef, role: Role) {
        let Some(text) = node.text() else { return };
        let (start, name) = trimmed(text);
        self.part(Symbol { document, ..self.symbol(kind, name, home) }, node, start..start + name.len(), role);
    }

    /// The keys of a mapping, each the name of something.
    fn keys(&mut self, node: &NodeRef, kind: Kind) {
        for entry in node.entries().unwrap_or_default() {
            self.key(entry, kind, 0, Role::Declaration);
        }
    }

    fn key(&mut self, entry: &Entry, kind: Kind, home: usize, role: Role) {
        self.whole(kind, self.document, home, &entry.key, role);
    }

    // The root.

    fn params(&mut self, node: &NodeRef) {
        match is_external(node) {
            true => {
                let schema = node.get_some("schema");
                for property in template::properties(schema) {
                    self.key(property, Kind::Param, 0, Role::Declaration);
                }
                for item in template::required(schema) {
                    self.whole(Kind::Param, self.document, 0, item, Role::Read);
                }
                for value in node.get_some("values").and_then(|values| values.entries()).unwrap_or_default() {
                    self.key(value, Kind::Param, 0, Role::Write);
                }
            }
            false => {
                let workflow = self.workflow;
                for param in workflow.params.iter().filter(|param| !param.name.value.bytes().all(|byte| byte.is_ascii_digit())) {
                    let symbol = self.symbol(Kind::Param, &param.name.value, 0);
                    self.push(symbol, param.name.span, Role::Declaration, None);
                }
            }
        }
        for item in template::required(Some(node)) {
            self.whole(Kind::Param, self.document, 0, item, Role::Read);
        }
        self.texts(node, View { step: None, level: Level::Dag, reader: Reader::Engine });
    }

    fn consts(&mut self, node: &NodeRef) {
        let workflow = self.workflow;
        for (name, _) in &workflow.consts {
            let symbol = self.symbol(Kind::Const, &name.value, 0);
            self.push(symbol, name.span, Role::Declaration, None);
        }
        self.texts(node, View { step: None, level: Level::Dag, reader: Reader::Engine });
    }

    fn secrets(&mut self) {
        for secret in &self.workflow.secrets {
            if let Some(name) = secret.node.get_some("name") {
                self.whole(Kind::Secret, self.document, 0, name, Role::Declaration);
            }
        }
    }

    fn defaults(&mut self, node: &'a NodeRef) {
        let Some(defaults) = self.workflow.defaults.as_deref() else { return };
        let view = View { step: None, level: Level::Defaults(defaults.env.len()), reader: Reader::Engine };
        self.env(&defaults.env, node.span.start, |at| View { level: Level::Defaults(at), ..view });
        for entry in node.entries().unwrap_or_default().iter().filter(|entry| entry.name() != "env") {
            self.texts(&entry.value, view);
        }
    }

    /// The entries of an `env`, each in sight of the next.
    fn env(&mut self, entries: &'a [EnvEntry], home: usize, view: impl Fn(usize) -> View<'a>) {
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.name.value.is_empty()) {
            let symbol = self.symbol(Kind::Variable, &entry.name.value, home);
            self.push(symbol, entry.name.span, Role::Declaration, None);
            let (node, from) = &entry.source;
            match node.kind {
                NodeKind::Scalar(_) => self.text(node, *from, view(at)),
                _ => self.texts(node, view(at)),
            }
        }
    }

    fn container(&mut self, container: Option<&'a Container>, view: View<'a>, node: &'a NodeRef) {
        let Some(container) = container else { return self.texts(node, view) };
        let level = Level::Container(container, container.env.len());
        let Some(entries) = node.entries() else { return self.texts(node, View { level, ..view }) };
        for entry in entries {
            if !self.looks_at(entry.key.span.to(entry.value_span())) {
                continue;
            }
            match entry.name() {
                "env" => {
                    self.env(&container.env, container.node.span.start, |at| View { level: Level::Container(container, at), ..view });
                }
                _ => self.texts(&entry.value, View { level, ..view }),
            }
        }
    }

    /// The providers that a harness configuration names.
    fn providers(&mut self, config: &NodeRef) {
        let fallback = config.get_some("fallback").and_then(|fallback| fallback.items()).unwrap_or_default();
        for layer in std::iter::once(config).chain(fallback) {
            let Some(provider) = layer.get_some("provider") else { continue };
            let own = self.workflow.node.get_some("harnesses");
            if provider.text().is_some_and(|name| own.is_some_and(|own| own.entry(name.trim()).is_some())) {
                self.whole(Kind::Harness, self.document, 0, provider, Role::Read);
            }
        }
    }

    // Custom actions.

    fn action_definitions(&self) -> &Definitions<'a> {
        self.actions.get_or_init(|| Definitions::of(&self.workflow.node))
    }

    fn definitions(&mut self, node: &'a NodeRef, is_step_type: bool) {
        for entry in node.entries().unwrap_or_default() {
            let whole = entry.key.span.to(entry.value_span());
            if !self.looks_at(whole) {
                continue;
            }
            self.key(entry, if is_step_type { Kind::StepType } else { Kind::Action }, 0, Role::Declaration);
            let home = entry.key.span.start;
            let schema = entry.value.get_some("input_schema");
            for property in template::properties(schema) {
                self.key(property, Kind::Input, home, Role::Declaration);
            }
            for item in template::required(schema) {
                self.whole(Kind::Input, self.document, home, item, Role::Read);
            }
            let Some(template) = entry.value.get_some("template") else { continue };
            for (node, range) in template::uses(template) {
                let name = node.text().and_then(|text| text.get(range.clone())).unwrap_or_default();
                self.part(self.symbol(Kind::Input, name, home), &node, range, Role::Read);
            }
            self.template(template);
        }
    }

    /// A step of a template: it is read as the step of a call.
    fn template(&mut self, node: &'a NodeRef) {
        self.call(node);
        if let Some(with) = node.get_some("with") {
            self.providers(with);
        }
        for entry in node.entries().unwrap_or_default().iter().filter(|entry| !LITERAL_STEP_FIELDS.contains(&entry.name())) {
            let reader = if matches!(entry.name(), "run" | "script") { Reader::Shell } else { Reader::Engine };
            // What the call's own step sees is not known here: the DAG's scope is.
            self.texts(&entry.value, View { step: None, level: Level::Defaults(usize::MAX), reader });
        }
    }

    /// The custom action that a step calls, and what is given to it.
    fn call(&mut self, node: &'a NodeRef) {
        let Some(call) = self.action_definitions().call(node) else { return };
        let Definition { entry, is_step_type } = call.definition;
        self.whole(if is_step_type { Kind::StepType } else { Kind::Action }, self.document, 0, &call.key.value, Role::Read);
        for given in call.with().and_then(|with| with.value.entries()).unwrap_or_default() {
            self.key(given, Kind::Input, entry.key.span.start, Role::Write);
        }
    }

    // Steps.

    fn steps(&mut self, entry: &Entry) {
        let steps = &self.workflow.steps;
        let sorted = !self.tree.is_anchored(entry.value_span());
        let first = match self.window {
            // A list is in the order of the text, but for what aliases bring in.
            Window::At(offset) if sorted => steps.partition_point(|step| step.label.to(step.node.span).end < offset),
            _ => 0,
        };
        for step in steps.iter().skip(first) {
            let whole = step.label.to(step.node.span);
            if let Window::At(offset) = self.window
                && sorted
                && whole.start > offset
            {
                break;
            }
            if self.looks_at(whole) {
                self.step(step);
            }
        }
    }

    fn handlers(&mut self) {
        for (event, step) in &self.workflow.handlers {
            if self.looks_at(event.span.to(step.node.span)) {
                self.step(step);
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        let home = step.node.span.start;
        if let Some(id) = step.node.get_some("id").filter(|_| step.id.is_some()) {
            self.whole(Kind::Step, self.document, home, id, Role::Declaration);
        }
        match step.node.get_some("name") {
            Some(name) if !step.standing.is_named_by_key && !step.is_in_handler() => {
                if let Some(text) = name.text() {
                    self.part(self.symbol(Kind::StepName, text, home), name, 0..text.len(), Role::Declaration);
                }
            }
            _ if step.standing.is_named_by_key => {
                self.push(self.symbol(Kind::StepName, &step.name, home), step.label, Role::Declaration, None);
            }
            _ => {}
        }
        self.call(&step.node);
        self.sub_dag(step);
        self.outputs(step);
        let view = View { step: Some(step), level: Level::Step, reader: Reader::Engine };
        let shell_text = if is_foreign(step) { Reader::Program } else { Reader::Shell };
        let Some(entries) = step.node.entries() else { return self.texts(&step.node, View { reader: shell_text, ..view }) };
        for entry in entries {
            if !self.looks_at(entry.key.span.to(entry.value_span())) && !entry.merged {
                continue;
            }
            match entry.name() {
                "depends" => {
                    let list = entry.value.items();
                    for node in list.unwrap_or(std::slice::from_ref(&entry.value)) {
                        self.step_name(node, false);
                    }
                }
                "approval" => {
                    if let Some(node) = entry.value.get_some("rewind_to") {
                        self.step_name(node, false);
                    }
                }
                "env" => self.env(&step.env, home, |at| View { level: Level::StepEnv(at), ..view }),
                "container" => self.container(step.container.as_deref(), view, &entry.value),
                "foreach" => self.foreach(step, &entry.value, view),
                "routes" => self.routes(&entry.value),
                "with" | "config" => self.with(step, entry, view),
                "inputs" | "outputs" if self.workflow.kind == DagType::Build => self.texts(&entry.value, view),
                name if LITERAL_STEP_FIELDS.contains(&name) => {}
                "run" | "script" | "command" if step.commands().is_some() => self.texts(&entry.value, View { reader: shell_text, ..view }),
                _ => self.texts(&entry.value, view),
            }
        }
    }

    fn with(&mut self, step: &'a Step, entry: &'a Entry, view: View<'a>) {
        if step.harness().is_some() {
            self.providers(&entry.value);
        }
        if let Some(routes) = entry.value.get_some("routes").filter(|_| step.operation() == Some("router.route")) {
            self.routes(routes);
        }
        if let Action::DockerRun(Some(with)) = &step.action {
            for (node, name) in docker_env(with) {
                self.part(self.symbol(Kind::Variable, &name, with.span.start), &node, 0..name.len(), Role::Declaration);
            }
        }
        self.texts(&entry.value, view);
    }

    /// The targets of a router.
    fn routes(&mut self, routes: &NodeRef) {
        for route in routes.entries().unwrap_or_default() {
            for target in route.value.items().unwrap_or_default() {
                self.step_name(target, true);
            }
        }
    }

    fn foreach(&mut self, step: &'a Step, node: &'a NodeRef, view: View<'a>) {
        let Some(fields) = node.entries() else { return self.texts(node, view) };
        for field in fields {
            match field.name() {
                "steps" => {
                    self.bodies.push((&step.body, Names::of(&step.body)));
                    self.turns.push(step);
                    for inner in step.body.iter().filter(|inner| self.looks_at(inner.label.to(inner.node.span))).collect::<Vec<_>>() {
                        self.step(inner);
                    }
                    self.turns.pop();
                    self.bodies.pop();
                }
                "as" => self.whole(Kind::Item, self.document, step.node.span.start, &field.value, Role::Declaration),
                "key" | "collect" => {
                    self.turns.push(step);
                    let in_body = field.name() == "collect";
                    if in_body {
                        self.bodies.push((&step.body, Names::of(&step.body)));
                    }
                    self.texts(&field.value, view);
                    if in_body {
                        self.bodies.pop();
                    }
                    self.turns.pop();
                }
                _ => self.texts(&field.value, view),
            }
        }
    }

    /// The other document that a step starts, and the parameters that it gives.
    fn sub_dag(&mut self, step: &'a Step) {
        if self.workflows.len() < 2 {
            return;
        }
        let Some(call) = call::call_of(self.tree, step) else { return };
        let Some(&document) = self.locals.get(call.target.value) else { return };
        let symbol = Symbol { document, ..self.symbol(Kind::Dag, call.target.value, 0) };
        self.push(symbol, call.target.span, Role::Read, None);
        let mut names = call.params.map(|params| Given::read(self.tree, params).names).unwrap_or_default();
        let parallel = step.node.get_some("parallel").or_else(|| step.node.get_some("with")?.get_some("parallel"));
        let items = parallel.and_then(|parallel| parallel.items().or_else(|| parallel.get_some("items")?.items()));
        for entry in items.into_iter().flatten().flat_map(|item| item.entries().unwrap_or_default()) {
            names.push(crate::source::Spanned::new(entry.name().to_owned(), entry.key.span));
        }
        for name in names {
            let symbol = Symbol { document, ..self.symbol(Kind::Param, &name.value, 0) };
            self.push(symbol, name.span, Role::Write, None);
        }
    }

    /// The outputs that a step gives, wherever it says so.
    fn outputs(&mut self, step: &'a Step) {
        let (node, home) = (&step.node, step.node.span.start);
        let declared: HashSet<&str> = step.outputs.iter().map(|output| output.name.value.as_str()).collect();
        let role = |name: &str| if declared.contains(name) { Role::Write } else { Role::Declaration };
        for item in node.get("outputs").and_then(|outputs| outputs.items()).unwrap_or_default() {
            if let Some(name) = item.get_some("name") {
                self.whole(Kind::Output, self.document, home, name, Role::Declaration);
            }
        }
        for item in node.get("inputs").and_then(|inputs| inputs.items()).unwrap_or_default() {
            if let Some(name) = item.get_some("name") {
                self.whole(Kind::BuildInput, self.document, home, name, Role::Declaration);
            }
        }
        if let Some(output) = node.get_some("output") {
            for entry in output.entries().unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
            if let (Some(name), Some(text)) = (step.output_variable(), output.text()) {
                let start = text.len() - text.trim_start_matches('$').len();
                self.part(self.symbol(Kind::Variable, &name.value, 0), output, start..start + name.value.len(), Role::Declaration);
            }
        }
        if let Some(outputs) = node.get_some("stdout").and_then(|stdout| stdout.get_some("outputs")) {
            for name in std::iter::once(outputs).filter(|outputs| outputs.text().is_some()).chain(outputs.get_some("field")) {
                self.whole(Kind::Output, self.document, home, name, role(name.text().unwrap_or_default()));
            }
            for entry in outputs.get_some("fields").and_then(|fields| fields.entries()).unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
        }
        if let Some(collect) = node.get_some("foreach").and_then(|foreach| foreach.get_some("collect")) {
            for entry in collect.entries().unwrap_or_default() {
                self.key(entry, Kind::Output, home, role(entry.name()));
            }
        }
        let schema = node.get_some("output_schema");
        for entry in template::properties(schema) {
            self.key(entry, Kind::Output, home, Role::Read);
        }
        for item in template::required(schema) {
            self.whole(Kind::Output, self.document, home, item, Role::Read);
        }
        match step.operation() {
            Some("outputs.write") => {
                let values = step.input().and_then(|with| with.get_some("values"));
                for entry in values.and_then(|values| values.entries()).unwrap_or_default() {
                    self.key(entry, Kind::Output, home, role(entry.name()));
                }
            }
            Some("human.task") => {
                let form = step.input().and_then(|with| with.get_some("form"));
                for entry in template::properties(form) {
                    self.key(entry, Kind::Output, home, Role::Declaration);
                }
                for item in template::required(form) {
                    self.whole(Kind::Output, self.document, home, item, Role::Read);
                }
            }
            _ => {}
        }
        for (command, name, range) in text::written_outputs(step) {
            self.part(self.symbol(Kind::Output, name, home), command, range, Role::Write);
        }
    }

    // Names of steps.

    /// The list that a name is looked up in: the body that the walk is in, else the steps.
    fn list(&self) -> (&'a [Step], &Names) {
        match self.bodies.last() {
            Some((steps, names)) => (steps, names),
            None => (&self.workflow.steps, &self.workflow.names),
        }
    }

    /// A scalar that names a step of the same list: by id or name, or by its name alone.
    fn step_name(&mut self, node: &NodeRef, by_name: bool) {
        let Some(text) = node.text() else { return };
        let (start, name) = trimmed(text);
        let (steps, names) = self.list();
        let Some(step) = names.find(steps, name).and_then(|at| steps.get(at)) else { return };
        let by_name = (by_name && step.name == name) || step.id.as_ref().is_none_or(|id| id.value != name);
        let has_name = step.standing.is_named_by_key || step.node.get_some("name").is_some();
        let kind = if by_name && has_name { Kind::StepName } else { Kind::Step };
        self.part(self.symbol(kind, name, step.node.span.start), node, start..start + name.len(), Role::Read);
    }

    /// The step with an id, as references see it: in the bodies around, then among the steps.
    fn step_with_id(&self, id: &str) -> Option<&'a Step> {
        let by_id = |steps: &'a [Step], names: &Names| {
            let step = steps.get(names.find(steps, id)?)?;
            step.id.as_ref().is_some_and(|known| known.value == id).then_some(step)
        };
        let inner = self.bodies.iter().rev().find_map(|(steps, names)| by_id(steps, names));
        inner.or_else(|| by_id(&self.workflow.steps, &self.workflow.names))
    }

    // Texts.

    fn texts(&mut self, node: &NodeRef, view: View<'a>) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let may_hold = node.may_hold(Content::Dollar) || view.reader != Reader::Engine;
            if !may_hold || (!self.looks_at(node.span) && !matches!(node.kind, NodeKind::Alias(_))) {
                continue;
            }
            match &node.kind {
                NodeKind::Scalar(_) => self.text(node, 0, view),
                NodeKind::Mapping(entries) => open.extend(entries.iter().filter(|entry| !entry.merged).map(|entry| &entry.value)),
                NodeKind::Sequence(items) => open.extend(items),
                // In a narrower window nothing that is looked at is reached through an alias.
                NodeKind::Alias(target) => open.extend(target.iter().filter(|_| matches!(self.window, Window::All))),
            }
        }
    }

    fn text(&mut self, node: &NodeRef, from: usize, view: View<'a>) {
        let Some(text) = node.text() else { return };
        for Named { range, what } in text::names(text, from, view.reader) {
            let name = text.get(range.clone()).unwrap_or_default();
            if let Window::Holding(wanted) = self.window
                && name != wanted
                && !matches!(what, What::Step | What::StepOrVariable)
            {
                continue;
            }
            let (symbol, role) = match what {
                What::Param if self.of_dag().params.contains(name) => (self.symbol(Kind::Param, name, 0), Role::Read),
                What::Const if self.of_dag().consts.contains(name) => (self.symbol(Kind::Const, name, 0), Role::Read),
                What::Param | What::Const => continue,
                What::Variable { set } => (self.variable(name, view), if set { Role::Write } else { Role::Read }),
                What::Step => match self.step_with_id(name) {
                    Some(step) => (self.symbol(Kind::Step, name, step.node.span.start), Role::Read),
                    None => continue,
                },
                What::StepOrVariable => match self.step_with_id(name) {
                    Some(step) => (self.symbol(Kind::Step, name, step.node.span.start), Role::Read),
                    None => (self.variable(name, view), Role::Read),
                },
                What::Output(id) => match self.step_with_id(&id) {
                    Some(step) => (self.symbol(Kind::Output, name, step.node.span.start), Role::Read),
                    None => continue,
                },
                What::Item => match self.turns.last() {
                    Some(turn) if item(turn) == name => (self.symbol(Kind::Item, name, turn.node.span.start), Role::Read),
                    _ => continue,
                },
                What::BuildInput | What::BuildOutput => match view.step.filter(|_| self.workflow.kind == DagType::Build) {
                    Some(step) => {
                        let kind = if what == What::BuildInput { Kind::BuildInput } else { Kind::Output };
                        (self.symbol(kind, name, step.node.span.start), Role::Read)
                    }
                    None => continue,
                },
            };
            self.part(symbol, node, range, role);
        }
    }

    // Variables.

    fn of_dag(&self) -> &OfDag<'a> {
        self.of_dag.get_or_init(|| {
            let workflow = self.workflow;
            let mut env: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, entry) in workflow.env.iter().enumerate() {
                env.entry(&entry.name.value).or_default().push(at);
            }
            let outputs = workflow.every_step_with("output").filter_map(|step| step.output_variable());
            OfDag {
                env,
                params: param_names(workflow),
                secrets: workflow.secrets.iter().map(|secret| secret.name.value.as_str()).collect(),
                consts: workflow.consts.iter().map(|(name, _)| name.value.as_str()).collect(),
                outputs: outputs.map(|name| name.value.as_str()).collect(),
            }
        })
    }

    /// What a variable is, seen from a text.
    fn variable(&self, name: &str, view: View<'a>) -> Symbol {
        let of = |home: usize| self.symbol(Kind::Variable, name, home);
        let of_defaults = |at: usize| {
            let defaults = self.workflow.defaults.as_deref().filter(|defaults| self.has(&defaults.env, at, name));
            defaults.map(|_| of(self.workflow.node.get("defaults").map_or(0, |node| node.span.start)))
        };
        let of_step = |step: &'a Step, at: usize| {
            let own = self.has(&step.env, at, name).then(|| of(step.node.span.start));
            own.or_else(|| step.defaults.as_ref().and_then(|_| of_defaults(usize::MAX)))
        };
        let near = match view.level {
            Level::Container(container, at) => {
                let own = self.has(&container.env, at, name).then(|| of(container.node.span.start));
                own.or_else(|| of_step(view.step?, usize::MAX))
            }
            Level::StepEnv(at) => view.step.and_then(|step| of_step(step, at)),
            Level::Step => view.step.and_then(|step| {
                let container = self.workflow.container_of(step);
                let in_container =
                    container.filter(|container| self.has(&container.env, usize::MAX, name)).map(|container| of(container.node.span.start));
                let in_docker = || match &step.action {
                    Action::DockerRun(Some(with)) if step.place == Where::DockerRun => {
                        docker_run::env(with).iter().any(|variable| variable.name == name).then(|| of(with.span.start))
                    }
                    _ => None,
                };
                in_container.or_else(in_docker).or_else(|| of_step(step, usize::MAX))
            }),
            Level::Defaults(at) => of_defaults(at),
            Level::DagEnv(_) | Level::Dag => None,
        };
        if let Some(near) = near {
            return near;
        }
        let dag = self.of_dag();
        if let Level::DagEnv(at) = view.level {
            let entries = dag.env.get(name).map(Vec::as_slice).unwrap_or_default();
            return match entries.first() {
                Some(&first) if first < at => of(0),
                _ if dag.params.contains(name) => self.symbol(Kind::Param, name, 0),
                // An entry below is what the author means, where nothing else has the name.
                Some(_) if !entries.contains(&at) => of(0),
                _ => self.symbol(Kind::Unknown, name, 0),
            };
        }
        let is_step = view.step.is_some() || matches!(view.level, Level::Defaults(_));
        match name {
            _ if is_step && dag.outputs.contains(name) => of(0),
            _ if dag.secrets.contains(name) => self.symbol(Kind::Secret, name, 0),
            _ if self.dotenv.is_some_and(|dotenv| dotenv.contains(name)) => self.symbol(Kind::Dotenv, name, 0),
            _ if dag.env.contains_key(name) => of(0),
            _ if dag.params.contains(name) => self.symbol(Kind::Param, name, 0),
            _ => self.below(name, view).unwrap_or_else(|| self.symbol(Kind::Unknown, name, 0)),
        }
    }

    /// Whether one of the entries before one has a name.
    fn has(&self, entries: &'a [EnvEntry], before: usize, name: &str) -> bool {
        const FEW: usize = 16;
        if entries.len() <= FEW {
            return entries.iter().take(before).any(|entry| entry.name.value == name);
        }
        let mut first = self.first.borrow_mut();
        let of_these = || entries.iter().enumerate().rev().map(|(at, entry)| (entry.name.value.as_str(), at)).collect();
        first.entry(entries.as_ptr()).or_insert_with(of_these).get(name).is_some_and(|&at| at < before)
    }

    /// An entry below the one that asks.
    fn below(&self, name: &str, view: View<'a>) -> Option<Symbol> {
        let (entries, at, home) = match view.level {
            Level::Container(container, at) => (&container.env, at, container.node.span.start),
            Level::StepEnv(at) => (&view.step?.env, at, view.step?.node.span.start),
            _ => return None,
        };
        let mut below = entries.iter().skip(at.saturating_add(1));
        below.any(|entry| entry.name.value == name).then(|| self.symbol(Kind::Variable, name, home))
    }
}

/// The names of a document's parameters.
fn param_names(workflow: &Workflow) -> HashSet<&str> {
    let Some(external) = workflow.node.get_some("params").filter(|params| is_external(params)) else {
        return workflow.params.iter().map(|param| param.name.value.as_str()).collect();
    };
    let values = external.get_some("values").and_then(|values| values.entries()).unwrap_or_default();
    template::properties(external.get_some("schema")).iter().chain(values).map(Entry::name).collect()
}

/// A text without blanks around it, and where that starts.
fn trimmed(text: &str) -> (usize, &str) {
    (text.len() - text.trim_start().len(), text.trim())
}

/// What the item of a `foreach` is called.
fn item(step: &Step) -> &str {
    let name = step.node.get("foreach").and_then(|foreach| foreach.get_some("as")).and_then(|name| name.string());
    name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("item")
}

/// The variables of a `docker.run`: the item and the name in it.
fn docker_env(with: &NodeRef) -> Vec<(NodeRef, String)> {
    let items = ["container", "exec"].into_iter().filter_map(|group| docker_run::setting(with, group, "Env")?.value.items()).flatten();
    items.filter_map(|item| Some((item.clone(), item.text()?.split_once('=')?.0.to_owned()))).collect()
}
