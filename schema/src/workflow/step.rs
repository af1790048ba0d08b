//! A step.

use crate::source::{Span, Spanned};
use crate::syntax::NodeRef;
use crate::workflow::policy::{Condition, ContinueOn, RetryPolicy};
use crate::workflow::{Command, Container, EnvEntry, HarnessStep};

/// Where a step's command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the machine that runs the DAG.
    Host,
    /// In the root `container`, shared with other steps.
    RootContainer,
    /// In the step's own `container`.
    OwnContainer,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `run:` (or the legacy `command`/`script`): shell text, or the commands of a list in turn.
    Run(Vec<Command>),
    /// `harness.run`
    Harness(HarnessStep),
    /// `docker.run` or `container.run`, with its `with` mapping.
    DockerRun(Option<NodeRef>),
    /// Another action, by name.
    Other(Spanned<String>),
    /// Nothing that can be executed was given.
    None,
}

/// `output:` of a step.
#[derive(Clone, Debug)]
pub enum Output {
    /// A variable that receives the trimmed standard output.
    Variable(Spanned<String>),
    /// The object form.
    Object(NodeRef),
}

/// A declared output (`outputs:`).
#[derive(Clone, Debug)]
pub struct DeclaredOutput {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether its value is JSON (`type: json`).
    pub json: bool,
}

/// A step, as written and placed.
#[derive(Clone, Debug)]
pub struct Step {
    /// The step's mapping (or its string, in the legacy short form).
    pub node: NodeRef,
    /// Where it stands in the document, such as `steps[2]` or `handler_on.exit`.
    pub path: String,
    /// `id`
    pub id: Option<Spanned<String>>,
    /// `name`, or `id`, or the name the engine generates.
    pub name: String,
    /// The place to show for the step as a whole: its id, its name, or its first key.
    pub label: Span,
    /// What it does.
    pub action: Action,
    /// Where the `run`, `action`, `command`... key stands.
    pub action_key: Span,
    /// Where it runs.
    pub place: Place,
    /// The step's own `container`.
    pub container: Option<Container>,
    /// `depends`: ids or names.
    pub depends: Vec<Spanned<String>>,
    /// Whether the step has a `depends` key at all.
    pub has_depends: bool,
    /// `env`, in order.
    pub env: Vec<EnvEntry>,
    /// `working_dir`, as written.
    pub working_dir: Option<Spanned<String>>,
    /// The shell named for a host step (`with.shell` or legacy `shell`), split into words.
    pub shell: Option<Vec<String>>,
    /// `output`
    pub output: Option<Output>,
    /// `outputs`
    pub outputs: Vec<DeclaredOutput>,
    /// `stdout`, when it is a path.
    pub stdout: Option<Spanned<String>>,
    /// `stderr`, when it is a path.
    pub stderr: Option<Spanned<String>>,
    /// `timeout_sec`, in seconds; `None` for no limit.
    pub timeout_sec: Option<u64>,
    /// `continue_on`
    pub continue_on: ContinueOn,
    /// `retry_policy`
    pub retry: Option<RetryPolicy>,
    /// `preconditions`
    pub preconditions: Vec<Condition>,
    /// `signal_on_stop`, such as `SIGTERM`.
    pub signal_on_stop: Option<String>,
}

impl Step {
    /// The id, or the name of a step without one: what reports call the step.
    pub fn called(&self) -> &str {
        self.id.as_ref().map_or(&self.name, |id| &id.value)
    }

    /// Whether `depends` can mean this step by the text given.
    pub fn is_called(&self, id_or_name: &str) -> bool {
        self.name == id_or_name || self.id.as_ref().is_some_and(|id| id.value == id_or_name)
    }

    /// The harness part of a `harness.run` step.
    pub fn harness(&self) -> Option<&HarnessStep> {
        match &self.action {
            Action::Harness(harness) => Some(harness),
            _ => None,
        }
    }

    /// The commands of a `run` step.
    pub fn commands(&self) -> Option<&[Command]> {
        match &self.action {
            Action::Run(commands) => Some(commands),
            _ => None,
        }
    }
}
