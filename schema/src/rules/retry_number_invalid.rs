use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "retry-number-invalid",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A number of `retry_policy` that no run can use.",
    why: "`limit` and `interval_sec` of a step may be text, for the sake of references, so the engine loads any text and any negative number. Only the run finds out that it is no number of attempts or seconds.",
    grounds: "Engine: `validate` accepts `limit: soon` and `interval_sec: -5`.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   run: ./fetch.sh\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: -5\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   run: ./fetch.sh\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: 5\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["defaults"], steps: &["retry_policy", "repeat_policy"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for node in context.defaults().into_iter().chain(context.steps().map(|step| &step.node)) {
        let policies = ["retry_policy", "repeat_policy"].into_iter().filter_map(|key| node.get(key));
        for policy in policies {
            for key in ["limit", "interval_sec", "max_interval_sec"] {
                judge(sink, policy, key);
            }
        }
    }
}

fn judge(sink: &mut Sink, policy: &Node, key: &str) {
    let Some(value) = policy.get(key) else { return };
    let is_negative = match value.scalar_type() {
        Some(ScalarType::Int(number)) => number < 0,
        Some(ScalarType::String) => {
            let text = value.text().unwrap_or_default();
            if text.contains(['$', '`']) || text.trim().parse::<u64>().is_ok() {
                return;
            }
            return sink.report(value.span, format!("`{key}` must be a whole number, or a reference to one"));
        }
        _ => return,
    };
    if is_negative {
        sink.report(value.span, format!("`{key}` is negative, which means nothing to a run"));
    }
}
