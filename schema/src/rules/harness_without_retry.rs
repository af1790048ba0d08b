use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "harness-without-retry",
    severity: Severity::Hint,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An agent's step without `retry_policy`.",
    why: "A service that is busy, or out of reach for a moment, fails the agent's command and with it the step, perhaps after a long run. With `retry_policy` the step is tried again; what it did until then stays.",
    grounds: "Measured on the engine: a step without `retry_policy` is tried once.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   retry_policy:\n\
        \x20     limit: 2\n\
        \x20     interval_sec: 30\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let has = |node: &Node| node.get_some("retry_policy").is_some();
    if context.workflow.node.get_some("defaults").is_some_and(|defaults| has(defaults)) {
        return;
    }
    // A fallback is another try.
    for (step, _) in context.harness_steps().filter(|(step, harness)| !has(&step.node) && harness.attempts.len() < 2) {
        sink.push(sink.finding(step.label, "nothing tries the agent again when its service is busy").help("add a `retry_policy`"));
    }
}
