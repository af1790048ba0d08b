use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::model::action;
use crate::suggest::nearest;
use crate::syntax::Node;
use crate::workflow::{Step, capability};

pub(super) static RULE: Rule = Rule {
    name: "step-type-unknown",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The older `type` of a step names no executor, or its `command` no operation of one.",
    why: "`type` of a step is one of the engine's executors (`command`, `http`, `docker`, ...) or a definition of the DAG; names of actions such as `http.request` belong under `action`. For `file`, `wait` and their like, `command` names the operation.",
    grounds: "Engine, at load: `unknown action \"foo\"`, `agent is not a step action; set the DAG type to 'agent' instead`, `unsupported operation \"foo\"`.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   type: htttp\n\
        \x20   command: GET http://localhost/\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   type: http\n\
        \x20   command: GET http://localhost/\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        if step.node.get("action").is_some() || step.node.get("run").is_some() {
            continue; // another rule says that `type` cannot stand there
        }
        let Some(node) = step.node.get("type") else { continue };
        let Some(kind) = node.string().map(str::trim).filter(|kind| !kind.is_empty()) else { continue };
        if capability::of(kind).is_some() {
            operation(step, kind, node, sink);
        } else if !is_custom(&context.workflow.node, kind) {
            unknown(kind, node, sink);
        }
    }
}

fn is_custom(root: &Node, name: &str) -> bool {
    ["actions", "step_types"].iter().any(|key| root.get(key).is_some_and(|definitions| definitions.entry(name).is_some()))
}

fn unknown(kind: &str, node: &Node, sink: &mut Sink) {
    let finding = sink.finding(node.span, format!("no executor is called `{kind}`"));
    sink.push(if kind == "agent" {
        finding.help("an agent is a whole DAG: give `type: agent` at its root")
    } else if action::find(kind).is_some() {
        finding.help(format!("`{kind}` is an action: write `action: {kind}`, with its input under `with`"))
    } else {
        match nearest(kind, capability::executors()) {
            Some(near) => finding
                .help(format!("did you mean `{near}`?"))
                .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, node.span, near)),
            None => finding,
        }
    });
}

/// The engine looks at the operation after it has loaded the steps, and not in handlers.
fn operation(step: &Step, kind: &str, node: &Node, sink: &mut Sink) {
    let command = step.node.get("command").and_then(|command| command.text()).map(str::trim).unwrap_or_default();
    let is_missing = match kind {
        "archive" | "s3" => command.is_empty(),
        "artifact" | "file" | "git" | "state" | "wait" => action::find(&format!("{kind}.{command}")).is_none(),
        "data" => !matches!(command, "convert" | "pick"),
        "template" if step.node.get("script").and_then(|script| script.text()).is_none_or(|script| script.trim().is_empty()) => {
            return sink.push(sink.before_run(step, node.span, "`type: template` needs the template, in `script`"));
        }
        _ => false,
    };
    if is_missing {
        let prefix = format!("{kind}.");
        let known: Vec<&str> = action::ALL.iter().filter_map(|action| action.name.strip_prefix(&prefix)).collect();
        let place = step.node.get_some("command").map_or(node.span, |command| command.span);
        let message = format!("`type: {kind}` needs an operation in `command`: {}", super::one_of(known));
        sink.push(sink.before_run(step, place, message));
    }
}
