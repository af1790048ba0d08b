use super::{Check, Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::suggest::nearest;
use crate::syntax::Node;
use crate::workflow::{Step, capability};


pub(super) static RULE: Rule = Rule {
    name: "step-without-command",
    severity: Severity::Error,
    refused: true,
    summary: "A step has nothing to execute.",
    why: "A step needs a `run`, an `action`, or a container whose own command is to run. Under a root `container`, `ssh` or `redis` the engine loads such a step and then has nothing to do for it: a warning.",
    grounds: "Engine, at load: `step command is required`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   description: says hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   description: says hello\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let has_place = ["container", "ssh", "redis"].iter().any(|key| root.get_some(key).is_some());
    for step in context.steps().filter(|step| !step.is_in_handler()) {
        if step.node.entries().is_none() || has_target(step) || !matches!(capability::executor(context.workflow, step), Some("" | "container" | "ssh" | "redis")) {
            continue;
        }
        let mut finding = sink.finding(step.label, format!("step `{}` has nothing to execute", step.called())).help("give it a `run` or an `action`");
        if has_place {
            finding = finding.loads(); // and the engine runs nothing
        }
        sink.push(finding);
    }
}

/// Whether the step says what to execute; what is wrong with it then is for other rules to say.
fn has_target(step: &Step) -> bool {
    let is_given = |value: &Node| match value.text() {
        Some(text) => !text.trim().is_empty(),
        None => true,
    };
    let node = &step.node;
    let has_type = node.get("type").is_some_and(|kind| kind.text().is_some_and(|kind| !kind.trim().is_empty()));
    let is_reported = has_type || ["run", "action", "parallel"].iter().any(|key| node.get(key).is_some());
    // An empty `command` is reported by the model.
    let has_own = is_reported
        || ["command", "exec", "messages"].iter().any(|key| node.get_some(key).is_some())
        || node.get_some("script").is_some_and(|script| is_given(script));
    // A slip of a key that would say it is reported as an unknown key.
    has_own || node.entries().unwrap_or_default().iter().any(|entry| nearest(entry.name(), ["run", "action"]).is_some())
}
