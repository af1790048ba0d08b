//! The walk over a document: every name that it gives or refers to, looked up as the run does.

mod outputs;
mod steps;
mod variables;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use super::text::{self, Named, Reader, What};
use super::{Kind, Place, Role, Symbol, Window, template};
use crate::analysis::Analysis;
use crate::rules::is_external;
use crate::source::Span;
use crate::syntax::{Content, Entry, Kind as NodeKind, NodeRef, Tree};
use crate::workflow::custom_action::Definitions;
use crate::workflow::dotenv::Dotenv;
use crate::workflow::mention::{INHERITED_FIELDS, ROOT_FIELDS, SETTINGS};
use crate::workflow::{Container, DagType, EnvEntry, Names, Step, Workflow};
use variables::{Level, OfDag, View};

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
