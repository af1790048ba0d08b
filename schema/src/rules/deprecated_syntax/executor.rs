//! What each older `type` of a step is as an action.

use super::scalar::Form;

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    /// It cannot be there.
    None,
    /// It moves under `with`, with this name.
    Text(&'static str, Form),
    /// The same, and a list is fine.
    TextOrList(&'static str),
    /// It is the part of the action's name after the dot.
    Operation,
    /// `METHOD URL`.
    MethodAndUrl,
    /// JSON, or `file://` and a path.
    Json,
}

/// A built-in executor of the older syntax.
#[derive(Debug)]
pub(super) struct Executor {
    pub(super) names: &'static [&'static str],
    /// The action; for [`Input::Operation`] what stands before the dot. `{}` is the type itself.
    pub(super) action: &'static str,
    pub(super) command: Input,
    pub(super) script: Input,
    /// Other keys that move under `with`.
    pub(super) others: &'static [(&'static str, &'static str)],
    /// The keys among those above that must be there.
    pub(super) needs: &'static [&'static str],
}

const fn plain(names: &'static [&'static str], action: &'static str) -> Executor {
    Executor { names, action, command: Input::None, script: Input::None, others: &[], needs: &[] }
}

const fn command(names: &'static [&'static str], action: &'static str, command: Input, script: Input) -> Executor {
    Executor { command, script, ..plain(names, action) }
}

const fn call(names: &'static [&'static str], action: &'static str) -> Executor {
    Executor { others: &[("call", "dag"), ("params", "params")], needs: &["call"], ..plain(names, action) }
}

/// The executors whose steps are converted key by key.
pub(super) static EXECUTORS: &[Executor] = &[
    command(&["http"], "http.request", Input::MethodAndUrl, Input::None),
    command(&["ssh"], "ssh.run", Input::TextOrList("command"), Input::Text("command", Form::Script)),
    command(&["docker", "container"], "{}.run", Input::TextOrList("command"), Input::None),
    command(&["k8s", "kubernetes"], "{}.run", Input::Text("command", Form::Same), Input::None),
    command(&["postgres", "sqlite"], "{}.query", Input::Text("query", Form::Same), Input::Text("query", Form::Script)),
    command(&["jq"], "jq.filter", Input::Text("filter", Form::Same), Input::Json),
    command(
        &["archive", "artifact", "data", "file", "git", "outputs", "s3", "state", "wait"],
        "{}",
        Input::Operation,
        Input::None,
    ),
    command(&["template"], "template.render", Input::None, Input::Text("template", Form::Same)),
    command(&["harness"], "harness.run", Input::Text("prompt", Form::Same), Input::Text("stdin", Form::Same)),
    plain(&["log"], "log.write"),
    plain(&["mail"], "mail.send"),
    plain(&["noop"], "noop"),
    plain(&["redis"], "redis"),
    plain(&["sftp"], "sftp"),
    Executor { others: &[("messages", "messages")], needs: &["messages"], ..plain(&["chat"], "chat.completion") },
    Executor { others: &[("value", "value"), ("routes", "routes")], needs: &["value", "routes"], ..plain(&["router"], "router.route") },
    call(&["dag", "subworkflow", "parallel"], "dag.run"),
    call(&["dag_enqueue"], "dag.enqueue"),
];

/// The executor with this name.
pub(super) fn find(name: &str) -> Option<&'static Executor> {
    EXECUTORS.iter().find(|executor| executor.names.contains(&name))
}
