use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "approval-on-worker",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step with `approval` in a DAG that is sent to a worker.",
    why: "A `worker_selector` with labels sends the run to a worker, and approvals are given on the server. The engine does not load a DAG with both: leave the selector out, write `worker_selector: local`, or move the step to a DAG of its own.",
    grounds: "Engine, at load: `DAG with approval steps cannot be dispatched to workers`. An empty selector, handlers and steps inside `foreach` were measured to pass.",
    bad: "worker_selector:\n\
        \x20 gpu: \"true\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   approval:\n\
        \x20     prompt: Good?\n",
    good: "worker_selector: local\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   approval:\n\
        \x20     prompt: Good?\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["worker_selector"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let Some(selector) = root.entry("worker_selector") else { return };
    if selector.value.entries().is_none_or(<[_]>::is_empty) {
        return;
    }
    for step in &context.workflow.steps {
        let approval = step.node.entry("approval").filter(|entry| !entry.value.is_null());
        if let Some(approval) = approval {
            let finding = sink.finding(approval.key.span, "a DAG with an approval cannot be sent to a worker");
            sink.push(finding.related(selector.key.span, "the workers are selected here"));
        }
    }
}
