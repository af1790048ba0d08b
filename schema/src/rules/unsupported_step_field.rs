use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::{Entry, Node};
use crate::workflow::Step;
use crate::workflow::capability::{self, Capabilities};

pub(super) static RULE: Rule = Rule {
    name: "unsupported-step-field",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step gives something that its action has no use for.",
    why: "What a step may give depends on what executes it: only `run` and `ssh.run` take a shell and several commands or scripts alike, only sub-DAGs go to a worker of choice, and only a chat has `messages`. The engine does not load a DAG that gives more.",
    grounds: "Engine, at load: `action \"k8s\" supports only one command`, `action \"docker\" does not support script field`, `action \"\" does not support worker_selector field`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20   worker_selector:\n\
        \x20     gpu: \"true\"\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: build\n\
        \x20   worker_selector:\n\
        \x20     gpu: \"true\"\n",
    absence: false,
    check: Check::Steps(check),
};

const SHELL_KEYS: &[&str] = &["shell", "shell_args", "shell_packages"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(executor) = capability::executor(context.workflow, step) else { continue };
        let Some(can) = capability::of(executor) else { continue };
        for (span, what) in unsupported(context, step, executor, can) {
            let doer = doer(context, step, executor);
            sink.report(span, format!("{doer} takes no {what}; the engine rejects the step"));
        }
    }
}

/// What the step gives and its executor does not take.
fn unsupported(context: &Context<'_>, step: &Step, executor: &str, can: Capabilities) -> Vec<(Span, &'static str)> {
    let mut found = Vec::new();
    let entry = |key: &str| step.node.entry(key).filter(|entry| !entry.value.is_null());
    if executor != "foreach" || step.node.get("foreach").is_none() {
        let takes_all = can.command && can.several && can.script;
        for entry in commands(step).filter(|_| !takes_all) {
            found.extend(in_command(step, entry, can, matches!(executor, "docker" | "container")));
        }
        found.extend(entry("call").filter(|_| step.calls_sub_dag() && !can.call).map(|entry| (entry.key.span, "sub-DAG (`call`)")));
    }
    let is_container_step = step.commands().is_some() && context.workflow.container_of(step).is_some();
    if !can.shell && !is_container_step && step.node.get("exec").is_none() {
        let with = step.node.get("with").filter(|_| step.node.get("run").is_some());
        let places = with.into_iter().chain([&step.node]);
        let entries = places.flat_map(|node| node.entries().unwrap_or_default());
        found.extend(
            entries
                .filter(|entry| SHELL_KEYS.contains(&entry.name()) && !is_empty(&entry.value))
                .map(|entry| (entry.key.span, "settings of a shell")),
        );
    }
    let held = |key: &str, supported: bool| entry(key).filter(|entry| !supported && !is_empty(&entry.value));
    found.extend(held("worker_selector", can.worker_selector).map(|entry| (entry.key.span, "`worker_selector`")));
    found.extend(held("messages", can.messages).map(|entry| (entry.key.span, "`messages`")));
    found
}

/// The entries whose values become the step's commands.
fn commands(step: &Step) -> impl Iterator<Item = &Entry> {
    let of_action = match step.operation() {
        Some("ssh.run" | "docker.run" | "container.run" | "k8s.run" | "kubernetes.run") => Some("command"),
        Some("jq.filter") => Some("filter"),
        Some("postgres.query" | "sqlite.query") => Some("query"),
        _ => None,
    };
    let input = of_action.and_then(|key| step.node.get("with")?.entry(key));
    let own = ["run", "command", "script"].into_iter().filter_map(|key| step.node.entry(key));
    own.chain(input).filter(|entry| !is_empty(&entry.value))
}

fn in_command(step: &Step, entry: &Entry, can: Capabilities, in_container: bool) -> Option<(Span, &'static str)> {
    if entry.name() == "script" {
        let is_reported = in_container && step.commands().is_some();
        return (!can.script && !is_reported).then_some((entry.key.span, "script"));
    }
    if let Some(items) = entry.value.items() {
        return match items {
            _ if !can.command => Some((entry.key.span, "command")),
            [_, second, ..] if !can.several => Some((second.span, "second command")),
            _ => None,
        };
    }
    let is_script = entry.value.text().is_some_and(|text| text.contains('\n'));
    match is_script {
        // A rule of its own says what becomes of a `run` of several lines in a container.
        true if in_container && step.commands().is_some() => None,
        true if !can.script => Some((entry.key.span, "script of several lines")),
        false if !can.command => Some((entry.key.span, "command")),
        _ => None,
    }
}

fn is_empty(value: &Node) -> bool {
    value.is_null()
        || value.items().is_some_and(<[_]>::is_empty)
        || value.entries().is_some_and(<[_]>::is_empty)
        || value.text().is_some_and(|text| text.trim().is_empty())
}

/// What executes the step, as the author would say it.
fn doer(context: &Context<'_>, step: &Step, executor: &str) -> String {
    let named = |key: &str| step.node.get(key).and_then(|value| value.string()).map(str::trim).filter(|name| !name.is_empty());
    match (named("action"), named("type")) {
        (Some(action), _) => format!("`{action}`"),
        (None, Some(kind)) => format!("`type: {kind}`"),
        _ => match executor {
            "foreach" => "`foreach`".to_owned(),
            "dag" => "a step that calls a sub-DAG".to_owned(),
            "docker" | "container" => "a step in a container".to_owned(),
            "ssh" | "redis" if context.workflow.node.get(executor).is_some() => format!("a step under the root's `{executor}`"),
            _ => "a step that runs a command".to_owned(),
        },
    }
}
