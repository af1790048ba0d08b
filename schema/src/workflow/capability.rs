//! What the engine's executors can do. One table, from the engine's own registry: what it says
//! there decides which keys of a step it rejects.

use crate::workflow::{Step, Workflow};

/// What an executor takes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// A command.
    pub command: bool,
    /// A list of several commands.
    pub several: bool,
    /// A script: a text of several lines, or the older `script`.
    pub script: bool,
    /// Settings of a shell.
    pub shell: bool,
    /// A container of the step's own.
    pub container: bool,
    /// A sub-DAG (`call`).
    pub call: bool,
    /// `worker_selector`
    pub worker_selector: bool,
    /// `messages`
    pub messages: bool,
}

const NOTHING: Capabilities = Capabilities {
    command: false,
    several: false,
    script: false,
    shell: false,
    container: false,
    call: false,
    worker_selector: false,
    messages: false,
};
const COMMAND: Capabilities = Capabilities { command: true, ..NOTHING };
const COMMAND_OR_SCRIPT: Capabilities = Capabilities { script: true, ..COMMAND };
const SHELL: Capabilities = Capabilities { several: true, shell: true, ..COMMAND_OR_SCRIPT };
const CONTAINER: Capabilities = Capabilities { several: true, container: true, ..COMMAND };
const SUB_DAG: Capabilities = Capabilities { call: true, worker_selector: true, ..NOTHING };

/// Keys of a step that one which waits for a person (`human.task`) cannot have.
pub const NOT_OF_TASK: &[&str] = &[
    "approval",
    "container",
    "foreach",
    "log_output",
    "mail_on_error",
    "output",
    "output_schema",
    "outputs",
    "parallel",
    "repeat_policy",
    "retry_policy",
    "signal_on_stop",
    "stderr",
    "stdout",
    "timeout_sec",
    "worker_selector",
];

/// Executors by what they can do. The empty name is the one that runs commands on the host.
const EXECUTORS: &[(&[&str], Capabilities)] = &[
    (&["", "command", "shell", "ssh"], SHELL),
    (&["docker", "container"], CONTAINER),
    (&["harness"], Capabilities { container: true, ..COMMAND_OR_SCRIPT }),
    (&["http", "jq", "postgres", "sqlite", "redis"], COMMAND_OR_SCRIPT),
    (&["template"], Capabilities { script: true, ..NOTHING }),
    (&["archive", "artifact", "data", "file", "git", "k8s", "kubernetes", "outputs", "s3", "state", "wait"], COMMAND),
    (&["dag", "subworkflow", "parallel", "dag_enqueue"], SUB_DAG),
    (&["action"], Capabilities { call: true, ..NOTHING }),
    (&["chat"], Capabilities { messages: true, ..NOTHING }),
    (&["foreach", "log", "mail", "noop", "router", "sftp", "gha", "github-action", "github_action"], NOTHING),
];

/// What the executor of this name can do; `None` for a name that the engine does not know.
pub fn of(executor: &str) -> Option<Capabilities> {
    EXECUTORS.iter().find(|(names, _)| names.contains(&executor)).map(|&(_, capabilities)| capabilities)
}

/// The names that `type` of a step may have, `action` and its kind included.
pub fn executors() -> impl Iterator<Item = &'static str> {
    EXECUTORS.iter().flat_map(|(names, _)| names.iter().copied()).filter(|name| !name.is_empty())
}

/// The name of the executor that the engine gives a step; empty for the one that runs commands on
/// the host. `None` for an action that the DAG defines itself, for `human.task`, which has no
/// executor, and for a name that nobody knows.
pub fn executor<'a>(workflow: &Workflow, step: &'a Step) -> Option<&'a str> {
    let node = &step.node;
    if node.get_some("foreach").is_some() {
        return Some("foreach");
    }
    if let Some(action) = node.get("action").and_then(|action| action.string()) {
        return of_action(workflow, action.trim());
    }
    if let Some(kind) = node.get("type").and_then(|kind| kind.string()).map(str::trim).filter(|kind| !kind.is_empty()) {
        return of(kind).map(|_| kind);
    }
    if step.calls_sub_dag() {
        return Some("dag");
    }
    if node.get_some("exec").is_some() {
        return Some("command"); // whatever is around it: another rule says where it cannot stand
    }
    let root = |key: &str| workflow.node.get_some(key).is_some();
    Some(match () {
        () if step.container.is_some() => "docker",
        () if step.only_publishes() => "noop",
        () if workflow.container.is_some() => "container",
        () if root("ssh") => "ssh",
        () if root("redis") => "redis",
        () => "",
    })
}

/// The executor of an action; `None` when it has none of its own.
fn of_action<'a>(workflow: &Workflow, action: &'a str) -> Option<&'a str> {
    let is_custom = workflow.node.get("actions").is_some_and(|actions| actions.entry(action).is_some());
    match action {
        _ if is_custom => None,
        "human.task" => None,
        "exec" => Some("command"),
        "dag.enqueue" => Some("dag_enqueue"),
        "container.run" => Some("docker"),
        _ if action.contains('@') => Some("action"),
        _ => crate::model::action::find(action).and_then(|_| action.split('.').next()),
    }
}
