use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::capability::NOT_OF_TASK;
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "human-task-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `human.task` with settings that a person's work has no use for, or where no person can be waited for.",
    why: "A task needs an `id`, its outputs come from its form, and it has no command whose output, time or attempts could be dealt with. It cannot run in a handler, in `foreach`, or in a DAG that another one starts.",
    grounds: "Engine, at load: `action human.task requires an explicit id`, `does not support timeout_sec`, `derives outputs from its form`, `cannot be used in handler_on.exit`, `cannot be used inside foreach.steps`. In a later document it loads, and the run fails.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: human.task\n\
        \x20   with:\n\
        \x20     prompt: Check the report\n\
        \x20   timeout_sec: 3600\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: human.task\n\
        \x20   with:\n\
        \x20     prompt: Check the report\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let is_later = context.workflows.first().is_some_and(|first| !std::ptr::eq(first, workflow));
    for step in context.steps().filter(|step| step.operation() == Some("human.task")) {
        if step.node.get("action").is_none() {
            continue;
        }
        settings(sink, step);
        let in_body = step.standing.depth > 0;
        if in_body {
            let finding = sink.before_run(step, step.action_key, "a person cannot be waited for inside `foreach`");
            sink.push(finding.help("ask once, in a step before it"));
        } else if step.is_in_handler() {
            sink.report(step.action_key, "a person cannot be waited for in a handler");
        } else if is_later {
            sink.push(sink.finding(step.action_key, "a sub-DAG cannot wait for a person: the file loads, and the run fails here").loads());
        }
    }
}

fn settings(sink: &mut Sink, step: &Step) {
    if step.id.is_none() {
        sink.report(step.action_key, "`human.task` needs an `id`, by which the person's answers are found");
    }
    for entry in step.node.entries().unwrap_or_default().iter().filter(|entry| NOT_OF_TASK.contains(&entry.name())) {
        let message = match entry.name() {
            "outputs" => "the outputs of `human.task` are the fields of its `form`, and none are declared beside it".to_owned(),
            name => format!("`{name}` means nothing to `human.task`; the engine rejects the step"),
        };
        sink.report(entry.key.span, message);
    }
}
