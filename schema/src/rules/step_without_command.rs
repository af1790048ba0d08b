use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::suggest::nearest;
use crate::syntax::Node;
use crate::workflow::{Step, capability};


pub(super) static RULE: Rule = Rule {
    name: "step-without-command",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step has nothing to execute.",
    why: "A step needs a `run`, an `action`, or a container whose own command is to run. Under a root `container`, `ssh` or `redis` the engine loads such a step and then has nothing to do for it: a warning.",
    grounds: "Engine, at load: `step command is required`. With only a `with`, a step in a container is taken for `type: docker`, whose settings need an `image`.",
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
    for step in context.steps() {
        if step.node.entries().is_some() && !has_target(step) && let Some(settings) = settings_of_no_action(context, step) {
            let message = "the step names no action, so the engine takes this for the settings of a container, which has no `image`";
            sink.push(sink.finding(settings, message).help("name the action that it is for: `action: ...`"));
            continue;
        }
        if step.is_in_handler() {
            continue;
        }
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

/// The `with` of a step in a container that says nothing of what to execute.
fn settings_of_no_action(context: &Context<'_>, step: &Step) -> Option<Span> {
    if !matches!(capability::executor(context.workflow, step)?, "container" | "docker") || step.operation().is_some() {
        return None;
    }
    let entry = step.node.entry("with").or_else(|| step.node.entry("config"))?;
    let has = |key: &str| entry.value.get_some(key).is_some();
    let is_empty = entry.value.entries().is_none_or(<[_]>::is_empty);
    (!is_empty && !has("image") && !has("container_name")).then_some(entry.key.span)
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
