//! References that stay as they are written, and why: what the engine's `validate` notes.
//!
//! The reasons and their words are those of the engine's notices, measured on each kind of field.

use std::cell::OnceCell;
use std::collections::HashSet;

use hashbrown::HashMap;

use crate::source::Span;
use crate::suggest::{nearest, slip};
use crate::syntax::{Entry, NodeRef};
use crate::workflow::mention::{Mention, Owner};
use crate::workflow::reference::Target;
use crate::workflow::{Action, DagType, Step, Workflow, graph, run_values};

/// Why a reference stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No step has the id.
    UnknownStep,
    /// The step declares no such output.
    UnknownOutput,
    /// The reader does not run after the step whose output it reads.
    MissingDependency,
    /// A step's own output.
    OwnOutput,
    /// A step's output where no step has run: the DAG's own fields, and handlers.
    NoStepOutputs,
    /// It has the form of no reference; the engine passes over it in silence.
    NoReference,
    /// A constant that is not there, or not yet.
    UnknownConstant,
    /// A value that no run has.
    UnknownRunValue,
    /// A file that the step of a build does not declare; the engine takes it for one that a run knows.
    UnknownFile,
    /// A value of an iteration outside of one.
    NoIteration,
    /// Only a run has the value.
    OnlyInRun,
    /// A parameter without a default.
    ParameterWithoutValue,
    /// A variable that the DAG does not set before.
    VariableWithoutValue,
}

impl Reason {
    /// The engine's word for it, where it has one.
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownStep => "unknown_step_id",
            Self::UnknownOutput => "unknown_output_name",
            Self::MissingDependency => "missing_dependency",
            Self::OwnOutput => "self_reference",
            Self::NoStepOutputs | Self::NoIteration | Self::OnlyInRun | Self::UnknownFile => "namespace_unavailable",
            Self::UnknownConstant => "unknown_const_name",
            Self::UnknownRunValue => "unknown_context_field",
            Self::VariableWithoutValue => "unknown_env_binding",
            Self::NoReference | Self::ParameterWithoutValue => return None,
        })
    }

    /// Whether the engine's `validate` says it without being asked for what only a run knows.
    pub fn is_said_at_once(self) -> bool {
        self.is_lasting() && !matches!(self, Self::NoReference | Self::UnknownFile)
    }

    /// Whether no run can ever give the reference a value.
    pub fn is_lasting(self) -> bool {
        !matches!(self, Self::OnlyInRun | Self::ParameterWithoutValue | Self::VariableWithoutValue)
    }
}

/// A reference that stays as it is.
#[derive(Debug)]
pub struct Notice<'w> {
    /// The reference.
    pub mention: &'w Mention,
    /// Why, as a kind.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
    /// What was probably meant.
    pub meant: Option<Meant>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A name that was probably meant.
#[derive(Debug)]
pub struct Meant {
    /// The name.
    pub name: String,
    /// What is written in its place.
    pub written: String,
    /// Where the name is declared.
    pub declared: Option<Span>,
}

/// What keeps a reference from being resolved.
struct Fault {
    reason: Reason,
    message: String,
    meant: Option<Meant>,
    help: Option<String>,
}

impl Fault {
    fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), meant: None, help: None }
    }

    fn meant<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let near = nearest(written, known);
        Self { meant: near.map(|name| Meant { name: name.to_owned(), written: written.to_owned(), declared: None }), ..self }
    }

    fn declared(mut self, place: impl FnOnce(&str) -> Option<Span>) -> Self {
        if let Some(meant) = &mut self.meant {
            meant.declared = place(&meant.name);
        }
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything of a document that stays as it is, in the order of its mentions.
pub fn all(workflow: &Workflow) -> Vec<Notice<'_>> {
    if workflow.mentions().is_empty() {
        return Vec::new();
    }
    let mut scope = Scope::of(workflow);
    let judged = workflow.mentions().iter().filter(|mention| !mention.foreign);
    judged
        .filter_map(|mention| {
            let Fault { reason, message, meant, help } = scope.judge(mention)?;
            Some(Notice { mention, reason, message, meant, help })
        })
        .collect()
}

/// The names of a document that references are looked up in.
struct Scope<'w> {
    workflow: &'w Workflow,
    /// Made when one is asked for.
    ids: OnceCell<HashMap<&'w str, usize>>,
    /// Root variables and the first entry of each: an entry sees those before it.
    variables: HashMap<&'w str, Span>,
    constants: HashMap<&'w str, Span>,
    /// Parameters with a default.
    parameters: HashSet<&'w str>,
    /// Made when it is first asked for.
    order: Option<graph::Order<'w>>,
}

impl<'w> Scope<'w> {
    fn of(workflow: &'w Workflow) -> Self {
        Self {
            workflow,
            ids: OnceCell::new(),
            variables: workflow.env.iter().rev().map(|entry| (entry.name.value.as_str(), entry.span)).collect(),
            constants: workflow.consts.iter().rev().map(|(name, _)| (name.value.as_str(), name.span)).collect(),
            parameters: workflow.params.iter().filter(|param| param.default.is_some()).map(|param| param.name.value.as_str()).collect(),
            order: None,
        }
    }

    fn judge(&mut self, mention: &Mention) -> Option<Fault> {
        let (namespace, path) = match &mention.reference.target {
            Target::Value { namespace, path } => (namespace.as_str(), path.trim()),
            Target::Variable { name, operator: None } if !mention.reference.quoted => return self.plain_variable(mention, name),
            _ => return None,
        };
        match namespace {
            "steps" if !mention.body && mention.owner != Owner::EveryStep => self.step_output(mention.owner, path),
            "consts" => self.constant(path),
            "context" => run_value(path).or_else(|| self.only_in_run(mention, path)),
            "foreach" if !mention.body && mention.owner != Owner::Document => Some(Fault::new(
                Reason::NoIteration,
                "there is no iteration here: `foreach` values exist only in the body of a `foreach` step",
            )),
            "params" => self.parameter(mention, path),
            "env" => self.variable(mention, path),
            "inputs" | "outputs" if self.workflow.kind == DagType::Build => {
                let unknown = build_file(self.workflow, mention.owner, namespace, path);
                unknown.or_else(|| Some(Fault::new(Reason::OnlyInRun, "only a run has this value")))
            }
            "inputs" | "outputs" => Some(Fault::new(Reason::OnlyInRun, format!("only a DAG of `type: build` has `{namespace}`"))),
            "dag" | "run" | "trigger" | "paths" | "profile" | "pushback" => {
                self.only_in_run(mention, &format!("{namespace}.{path}")).filter(|_| path != "started_at")
            }
            "attempt" if path == "id" => self.only_in_run(mention, "attempt.id"),
            _ => None,
        }
    }

    fn step(&self, id: &str) -> Option<usize> {
        let id_of = |(index, step): (usize, &'w Step)| Some((step.id.as_ref()?.value.as_str(), index));
        self.ids.get_or_init(|| self.workflow.steps.iter().enumerate().filter_map(id_of).collect()).get(id).copied()
    }

    fn step_output(&mut self, owner: Owner, path: &str) -> Option<Fault> {
        let parts: Vec<&str> = path.split('.').collect();
        let [id, "outputs", name] = parts[..] else {
            // Text with dots that is no reference: worth a word only where the step exists.
            let known = parts.first().is_some_and(|id| self.step(id).is_some());
            return known.then(|| {
                Fault::new(Reason::NoReference, "this is no reference; a step's outputs are `${steps.ID.outputs.NAME}`")
                    .help("other values of a step are `${ID.stdout}`, `${ID.exit_code}` and `${ID.output}`")
            });
        };
        let reader = match owner {
            Owner::Step(reader) => reader,
            Owner::Document | Owner::EveryStep => {
                return Some(Fault::new(Reason::NoStepOutputs, "the DAG's own fields are read before any step has run"));
            }
            Owner::Handler(_) => return Some(Fault::new(Reason::NoStepOutputs, "a handler cannot read the outputs of steps")),
        };
        let Some(producer) = self.step(id) else {
            // In the order of the text, so that of two as near the same one is named every time.
            let ids = self.workflow.steps.iter().filter_map(|step| step.id.as_ref());
            let fault = Fault::new(Reason::UnknownStep, format!("no step has the id `{id}`"));
            let fault = fault.meant(id, ids.map(|id| id.value.as_str()));
            let place = |name: &str| Some(self.workflow.steps.get(self.step(name)?)?.id.as_ref()?.span);
            return Some(fault.declared(place));
        };
        if producer == reader {
            return Some(Fault::new(Reason::OwnOutput, "a step cannot read its own outputs"));
        }
        let workflow = self.workflow;
        let step = workflow.steps.get(producer)?;
        let declared = declared_outputs(step);
        if !declared.contains(&name) {
            let place = |name: &str| step.outputs.iter().find(|output| output.name.value == name).map(|output| output.name.span);
            let fault = Fault::new(Reason::UnknownOutput, format!("`{id}` declares no output called `{name}`"));
            let fault = fault.meant(name, declared).declared(place);
            return Some(if fault.meant.is_none() { fault.help(format!("add it to the `outputs` of `{id}`")) } else { fault });
        }
        let ordered = self.order.get_or_insert_with(|| graph::Order::new(&workflow.edges)).runs_after(reader, producer);
        let reader = workflow.steps.get(reader)?.called();
        (!ordered).then(|| {
            Fault::new(Reason::MissingDependency, format!("`{reader}` does not depend on `{id}`"))
                .help(format!("add `depends: {id}` to `{reader}`"))
        })
    }

    fn only_in_run(&self, mention: &Mention, path: &str) -> Option<Fault> {
        let known_before = path == "dag.name" || (mention.owner != Owner::Document && matches!(path, "step.id" | "step.name"));
        let is_run_value = run_values::about(path).is_some() && !known_before;
        is_run_value.then(|| Fault::new(Reason::OnlyInRun, "only a run has this value"))
    }

    fn constant(&self, path: &str) -> Option<Fault> {
        let is_name = !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_unknown = is_name && !self.constants.contains_key(path);
        let known = self.workflow.consts.iter().map(|(name, _)| name.value.as_str());
        is_unknown.then(|| {
            let fault = Fault::new(Reason::UnknownConstant, format!("the DAG has no constant `{path}`")).meant(path, known);
            fault.declared(|name| self.constants.get(name).copied())
        })
    }

    fn parameter(&self, mention: &Mention, path: &str) -> Option<Fault> {
        if path.is_empty() {
            return self.workflow.params.is_empty().then(|| Fault::new(Reason::OnlyInRun, "the DAG declares no parameters"));
        }
        // Constants are settled before parameters.
        let consts = self.workflow.node.get("consts").filter(|_| mention.owner == Owner::Document);
        let is_in_consts = consts.is_some_and(|consts| consts.span.contains(mention.node.span));
        let has_value = self.parameters.contains(path) && !is_in_consts;
        let is_name = path.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (is_name && !has_value)
            .then(|| Fault::new(Reason::ParameterWithoutValue, format!("the parameter `{path}` has no value before a run")))
    }

    fn variable(&self, mention: &Mention, name: &str) -> Option<Fault> {
        let is_name = crate::workflow::env::is_variable_name(name);
        let is_set = self.is_set_at_root(mention, name) || self.is_set_in_step(mention, name);
        (is_name && !is_set).then(|| {
            Fault::new(Reason::VariableWithoutValue, format!("the DAG gives `{name}` no value here; the environment of a run may"))
        })
    }

    /// `$NAME` and `${NAME}` belong to the shell, except in values of `env`.
    fn plain_variable(&self, mention: &Mention, name: &str) -> Option<Fault> {
        if name.starts_with(|c: char| c.is_ascii_digit()) || !self.is_env_value(mention) {
            return None;
        }
        self.variable(mention, name)
    }

    fn is_set_at_root(&self, mention: &Mention, name: &str) -> bool {
        let is_root_env = mention.owner == Owner::Document && self.is_env_value(mention);
        self.variables.get(name).is_some_and(|entry| !is_root_env || entry.end <= mention.node.span.start)
    }

    fn is_set_in_step(&self, mention: &Mention, name: &str) -> bool {
        let Some(step) = owner(self.workflow, mention) else { return false };
        let in_field = |field: &str| step.node.get(field).is_some_and(|value| value.span.contains(mention.node.span));
        let at = mention.node.span.start;
        let in_input_env = step.node.get("with").and_then(|with| with.get("env")).is_some_and(|env| env.span.contains(mention.node.span));
        if in_input_env {
            return true; // settled by what executes the step
        }
        let in_env = in_field("env");
        let own = step.env.iter().filter(|entry| !in_env || entry.span.end < at);
        let seen = step.defaults.iter().flat_map(|defaults| &defaults.env).chain(own);
        !in_field("working_dir") && seen.map(|entry| entry.name.value.as_str()).any(|known| known == name)
    }

    fn is_env_value(&self, mention: &Mention) -> bool {
        let node = owner(self.workflow, mention).map_or(&self.workflow.node, |step| &step.node);
        node.get("env").is_some_and(|env| env.span.contains(mention.node.span))
    }
}

/// The step that says it: in the body of a `foreach`, the step of the body.
fn owner<'w>(workflow: &'w Workflow, mention: &Mention) -> Option<&'w Step> {
    let mut step = match mention.owner {
        Owner::Document | Owner::EveryStep => return None,
        Owner::Step(index) => workflow.steps.get(index)?,
        Owner::Handler(index) => &workflow.handlers.get(index)?.1,
    };
    while let Some(inner) = step.body.iter().find(|inner| inner.node.span.contains(mention.node.span)) {
        step = inner;
    }
    Some(step)
}

/// The names that a step promises to publish.
pub(crate) fn declared_outputs(step: &Step) -> Vec<&str> {
    const ADDED: &[&str] = &["path", "branch", "commit", "worktree_created", "branch_created"];
    const REMOVED: &[&str] = &["path", "branch", "worktree_removed", "branch_deleted"];
    let mut names: Vec<&str> = step.outputs.iter().map(|output| output.name.value.as_str()).collect();
    if let Action::Other(action) = &step.action {
        match action.value.trim() {
            "git.worktree.add" => names.extend(ADDED),
            "git.worktree.remove" => names.extend(REMOVED),
            "human.task" => {
                let form = step.node.get("with").and_then(|with| with.get("form")).and_then(|form| form.get("properties"));
                names.extend(form.and_then(|form| form.entries()).unwrap_or_default().iter().map(Entry::name));
            }
            _ => {}
        }
    }
    names
}

/// A file of a build: by name, of the step itself.
fn build_file(workflow: &Workflow, owner: Owner, list: &str, name: &str) -> Option<Fault> {
    let Owner::Step(index) = owner else { return None };
    let items = workflow.steps.get(index)?.node.get(list)?.items()?;
    let known: Vec<&str> = items.iter().filter_map(|item| item.get("name")?.text()).collect();
    (!known.is_empty() && !known.contains(&name) && !name.contains('.')).then(|| {
        let fault = Fault::new(Reason::UnknownFile, format!("the step's `{list}` have no `{name}`"));
        match known.as_slice() {
            // There is nothing else that could be meant.
            [only] if slip(name, only).is_some() => {
                Fault { meant: Some(Meant { name: (*only).to_owned(), written: name.to_owned(), declared: None }), ..fault }
            }
            _ => fault.meant(name, known),
        }
    })
}

fn run_value(path: &str) -> Option<Fault> {
    let is_unknown = run_values::about(path).is_none();
    is_unknown.then(|| Fault::new(Reason::UnknownRunValue, format!("a run has no value `context.{path}`")).meant(path, run_values::names()))
}

impl Notice<'_> {
    /// The path of the field that holds the reference, as the author wrote it: `steps[0].run`,
    /// `env[1]`, `handler_on.exit.run`.
    pub fn field(&self, workflow: &Workflow) -> String {
        let (mut path, mut node): (String, &NodeRef) = match self.mention.owner {
            Owner::Document | Owner::EveryStep => (String::new(), &workflow.node),
            Owner::Step(index) => match workflow.steps.get(index) {
                Some(step) => (format!("steps[{index}]"), &step.node),
                None => return String::new(),
            },
            Owner::Handler(index) => match workflow.handlers.get(index) {
                Some((event, step)) => (format!("handler_on.{}", event.value), &step.node),
                None => return String::new(),
            },
        };
        while let Some((field, below)) = below(node, self.mention.node.span, &path) {
            path = field;
            node = below;
        }
        path
    }
}

/// The entry or item of `node` that covers `inside`, and its path.
fn below<'n>(node: &'n NodeRef, inside: Span, path: &str) -> Option<(String, &'n NodeRef)> {
    let is_env = path == "env" || path.ends_with(".env");
    if let Some(items) = node.items() {
        let (index, item) = items.iter().enumerate().find(|(_, item)| item.span.contains(inside))?;
        return Some(match item.entries() {
            // Constants go by their names, and variables by their number, however they are written.
            Some([pair]) if path == "consts" => (format!("consts.{}", pair.name()), &pair.value),
            Some([pair]) if is_env => (format!("{path}[{index}]"), &pair.value),
            _ => (format!("{path}[{index}]"), item),
        });
    }
    let entries = node.entries()?.iter().filter(|entry| !entry.merged).enumerate();
    let (index, entry) = entries.filter(|(_, entry)| entry.value.span.contains(inside)).last()?;
    let field = match path {
        "" => entry.name().to_owned(),
        _ if is_env => format!("{path}[{index}]"),
        _ => format!("{path}.{}", entry.name()),
    };
    Some((field, &entry.value))
}
