//! Every `${...}` of a document that the engine would look at, with who says it.

use std::cmp::Ordering;
use std::ops::Range;

use crate::syntax::{Content, Kind, NodeRef};
use crate::workflow::reference::{self, Reference};
use crate::workflow::{Action, Step, Workflow};

/// Where a reference stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// In a field of the document itself.
    Document,
    /// In a root field that steps take over: it is resolved where they use it.
    EveryStep,
    /// In a step, by index.
    Step(usize),
    /// In a lifecycle handler, by index.
    Handler(usize),
}

impl Owner {
    /// Whether what it says comes before, among or behind what a step says.
    pub(super) fn stands_to_step(self, number: usize) -> Ordering {
        match self {
            Self::Document | Self::EveryStep => Ordering::Less,
            Self::Step(step) => step.cmp(&number),
            Self::Handler(_) => Ordering::Greater,
        }
    }
}

/// A reference in a scalar.
#[derive(Clone, Debug)]
pub struct Mention {
    /// Whose it is.
    pub owner: Owner,
    /// The scalar.
    pub node: NodeRef,
    /// What it refers to, and where in the scalar's text.
    pub reference: Reference,
    /// Whether it stands in the body of a `foreach`; the owner is the step that holds the body.
    pub body: bool,
    /// Whether a program other than a shell reads the text: it may have a `${...}` of its own.
    pub foreign: bool,
}

impl Mention {
    /// The bytes of the scalar's text.
    pub fn range(&self) -> Range<usize> {
        self.reference.range.clone()
    }

    /// The reference as written.
    pub fn written(&self) -> &str {
        self.node.text().and_then(|text| text.get(self.range())).unwrap_or_default()
    }
}

/// Root fields in which the engine resolves references.
pub(crate) const ROOT_FIELDS: &[&str] = &["env", "dotenv", "shell", "shell_args", "working_dir", "preconditions", "container", "consts"];

/// Root fields in which it does so once steps have taken them over.
pub(crate) const INHERITED_FIELDS: &[&str] = &["defaults", "redis", "kubernetes", "llm", "harness"];

/// Step fields in which it does not.
pub(crate) const LITERAL_STEP_FIELDS: &[&str] =
    &["id", "name", "description", "depends", "approval", "continue_on", "labels", "worker_selector", "outputs", "inputs", "dependencies"];

/// All references of a document, in the order of its text for each owner.
pub(super) fn all(workflow: &Workflow) -> Vec<Mention> {
    let mut found = Collector { out: Vec::new(), owner: Owner::Document, foreign: false, body: false };
    for entry in workflow.node.entries().unwrap_or_default() {
        found.owner = if INHERITED_FIELDS.contains(&entry.name()) { Owner::EveryStep } else { Owner::Document };
        if found.owner == Owner::EveryStep || ROOT_FIELDS.contains(&entry.name()) {
            found.collect(&entry.value);
        }
    }
    let steps = workflow.steps.iter().enumerate().map(|(index, step)| (Owner::Step(index), step));
    let handlers = workflow.handlers.iter().enumerate().map(|(index, (_, step))| (Owner::Handler(index), step));
    for (owner, step) in steps.chain(handlers) {
        found.owner = owner;
        found.with_body(step);
    }
    found.out
}

/// Those of one of `steps`, by its number.
pub(super) fn of_step(step: &Step, number: usize) -> Vec<Mention> {
    let mut found = Collector { out: Vec::new(), owner: Owner::Step(number), foreign: false, body: false };
    found.with_body(step);
    found.out
}

/// Further root fields of connections and settings, of which the engine's `validate` says nothing:
/// their references are resolved when they are used.
pub(crate) const SETTINGS: &[&str] =
    &["s3", "ssh", "smtp", "mail_on", "error_mail", "info_mail", "wait_mail", "otel", "registry_auths", "log_dir"];

/// The references in what the root says of connections and mail, beside those that [`all`] gives.
pub(crate) fn in_settings(workflow: &Workflow) -> Vec<Mention> {
    let mut found = Collector { out: Vec::new(), owner: Owner::Document, foreign: false, body: false };
    for entry in workflow.node.entries().unwrap_or_default().iter().filter(|entry| SETTINGS.contains(&entry.name())) {
        found.collect(&entry.value);
    }
    found.out
}

struct Collector {
    out: Vec<Mention>,
    owner: Owner,
    foreign: bool,
    body: bool,
}

impl Collector {
    fn with_body(&mut self, step: &Step) {
        let mut open = vec![(step, false)];
        while let Some((step, body)) = open.pop() {
            self.body = body;
            self.step(step);
            open.extend(step.body.iter().rev().map(|inner| (inner, true)));
        }
    }

    fn step(&mut self, step: &Step) {
        if !step.node.target().may_hold(Content::Dollar) {
            return;
        }
        let Some(entries) = step.node.entries() else { return self.collect(&step.node) };
        let foreign = is_foreign(step);
        for entry in entries.iter().filter(|entry| !LITERAL_STEP_FIELDS.contains(&entry.name())) {
            self.foreign = foreign && matches!(entry.name(), "run" | "script" | "command");
            match (entry.name(), entry.value.entries()) {
                // The steps of a body are looked at as steps.
                ("foreach", Some(fields)) => {
                    let body = self.body;
                    for field in fields.iter().filter(|field| field.name() != "steps") {
                        // The key of an iteration, and what is collected, are resolved in each of them.
                        self.body = body || matches!(field.name(), "key" | "collect");
                        self.collect(&field.value);
                    }
                    self.body = body;
                }
                _ => self.collect(&entry.value),
            }
        }
        self.foreign = false;
    }

    fn collect(&mut self, node: &NodeRef) {
        let (owner, foreign, body) = (self.owner, self.foreign, self.body);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if !node.may_hold(Content::Dollar) {
                continue;
            }
            match &node.kind {
                Kind::Scalar(scalar) => {
                    self.out.extend(reference::find(&scalar.text).into_iter().map(|reference| Mention {
                        owner,
                        node: node.clone(),
                        reference,
                        body,
                        foreign,
                    }));
                }
                Kind::Mapping(entries) => open.extend(entries.iter().rev().filter(|entry| !entry.merged).map(|entry| &entry.value)),
                Kind::Sequence(items) => open.extend(items.iter().rev()),
                // What an alias stands for is looked at where it is written.
                Kind::Alias(_) => {}
            }
        }
    }
}

/// Whether the step's text is a program in another language than a shell's.
pub(crate) fn is_foreign(step: &Step) -> bool {
    const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ash", "ksh", "fish", "nix-shell"];
    let is_shell = |path: &str| path.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name));
    let Action::Run(commands) = &step.action else { return false };
    let shebang = commands.iter().filter_map(|command| command.text.lines().next()?.strip_prefix("#!"));
    let interpreters = shebang.filter_map(|line| line.split_whitespace().find(|word| !word.ends_with("/env") && !word.starts_with('-')));
    let named = step.shell.iter().filter_map(|words| words.first().map(String::as_str));
    interpreters.chain(named).any(|program| !is_shell(program))
}
