//! Steps, the custom actions that they call, and where steps are called by id or name.

use super::variables::{Level, View};
use super::{Walk, trimmed};
use crate::symbols::text::Reader;
use crate::symbols::{Kind, Role, Window, template};
use crate::syntax::{Entry, NodeRef};
use crate::workflow::custom_action::{Definition, Definitions};
use crate::workflow::mention::{LITERAL_STEP_FIELDS, is_foreign};
use crate::workflow::{Action, DagType, Names, Step, docker_run};

impl<'a> Walk<'a> {
    fn action_definitions(&self) -> &Definitions<'a> {
        self.actions.get_or_init(|| Definitions::of(&self.workflow.node))
    }

    pub(super) fn definitions(&mut self, node: &'a NodeRef, is_step_type: bool) {
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
    pub(super) fn call(&mut self, node: &'a NodeRef) {
        let Some(call) = self.action_definitions().call(node) else { return };
        let Definition { entry, is_step_type } = call.definition;
        self.whole(if is_step_type { Kind::StepType } else { Kind::Action }, self.document, 0, &call.key.value, Role::Read);
        for given in call.with().and_then(|with| with.value.entries()).unwrap_or_default() {
            self.key(given, Kind::Input, entry.key.span.start, Role::Write);
        }
    }

    // Steps.

    pub(super) fn steps(&mut self, entry: &Entry) {
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

    pub(super) fn handlers(&mut self) {
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

    // Names of steps.

    /// The list that a name is looked up in: the body that the walk is in, else the steps.
    pub(super) fn list(&self) -> (&'a [Step], &Names) {
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
    pub(super) fn step_with_id(&self, id: &str) -> Option<&'a Step> {
        let by_id = |steps: &'a [Step], names: &Names| {
            let step = steps.get(names.find(steps, id)?)?;
            step.id.as_ref().is_some_and(|known| known.value == id).then_some(step)
        };
        let inner = self.bodies.iter().rev().find_map(|(steps, names)| by_id(steps, names));
        inner.or_else(|| by_id(&self.workflow.steps, &self.workflow.names))
    }
}

/// The variables of a `docker.run`: the item and the name in it.
fn docker_env(with: &NodeRef) -> Vec<(NodeRef, String)> {
    let items = ["container", "exec"].into_iter().filter_map(|group| docker_run::setting(with, group, "Env")?.value.items()).flatten();
    items.filter_map(|item| Some((item.clone(), item.text()?.split_once('=')?.0.to_owned()))).collect()
}
