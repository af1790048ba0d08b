use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "harness-without-timeout",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An agent's step without a limit of time.",
    why: "An agent that waits for an answer, or goes round in circles, costs time and money until somebody stops it. `timeout_sec` of the step, of `defaults` or of the DAG ends it.",
    grounds: "Measured on the engine: a step without `timeout_sec` has no limit.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   timeout_sec: 900\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let has = |node: &Node| node.get_some("timeout_sec").is_some();
    let root = &context.workflow.node;
    if has(root) || root.get_some("defaults").is_some_and(|defaults| has(defaults)) {
        return;
    }
    for (step, _) in context.harness_steps().filter(|(step, _)| !has(&step.node)) {
        sink.push(sink.finding(step.label, "nothing ends an agent that does not come to an end").help("add `timeout_sec`"));
    }
}
