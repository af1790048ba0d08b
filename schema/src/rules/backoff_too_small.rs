use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "backoff-too-small",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `backoff` of more than 0 and at most 1.",
    why: "The wait is multiplied by `backoff` with each attempt. A factor of 1 or less does not make it grow, and the engine does not load the DAG; `true` stands for 2, `false` or 0 for none.",
    grounds: "Engine, at load: `backoff must be greater than 1.0 for exponential growth, got: 0.5`.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   run: ./fetch.sh\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: 10\n\
        \x20     backoff: 0.5\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   run: ./fetch.sh\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: 10\n\
        \x20     backoff: 1.5\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["defaults"], steps: &["retry_policy", "repeat_policy"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for node in context.defaults().into_iter().chain(context.steps().map(|step| &step.node)) {
        for policy in ["retry_policy", "repeat_policy"] {
            judge(sink, node, policy);
        }
    }
}

fn judge(sink: &mut Sink, holder: &Node, policy: &str) {
    let Some(backoff) = holder.get(policy).and_then(|policy| policy.get("backoff")) else { return };
    let factor = match backoff.scalar_type() {
        Some(ScalarType::Float(factor)) => factor,
        // The model says that `retry_policy` takes no integer.
        Some(ScalarType::Int(factor)) if policy == "repeat_policy" => factor as f64,
        _ => return,
    };
    if factor > 0.0 && factor <= 1.0 {
        sink.report(backoff.span, "`backoff` must be greater than 1: the wait is multiplied by it");
    }
}
