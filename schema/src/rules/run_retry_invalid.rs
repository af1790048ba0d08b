use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::ScalarType;

pub(super) static RULE: Rule = Rule {
    name: "run-retry-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A number in the root's `retry_policy` that the engine rejects.",
    why: "`backoff` is the factor by which the wait grows: it is greater than 1, or `true`. `limit` is at least 0; the seconds are at least 1. Digits in quotes are read as a number. The engine does not load a DAG with another policy.",
    grounds: "Engine, at load: `retry_policy.backoff must be greater than 1.0 for exponential growth`, `limit must be >= 0`, `interval_sec must be > 0`. A backoff of 0 or less was measured to pass as none.",
    bad: "retry_policy:\n\
        \x20 limit: 3\n\
        \x20 backoff: 0.5\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "retry_policy:\n\
        \x20 limit: 3\n\
        \x20 backoff: 1.5\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["retry_policy"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(policy) = context.workflow.node.get_some("retry_policy") else { return };
    if let Some(backoff) = policy.get_some("backoff")
        && let Some(ScalarType::Float(factor)) = backoff.scalar_type()
        && factor > 0.0
        && factor <= 1.0
    {
        sink.report(backoff.span, "`backoff` is the factor by which the wait grows: it must be greater than 1");
    }
    for (field, least) in [("limit", 0), ("interval_sec", 1), ("max_interval_sec", 1)] {
        let Some(node) = policy.get_some(field) else { continue };
        let Some(text) = node.string() else { continue };
        let is_number = !text.is_empty() && text.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<i64>() {
            Err(_) if is_number => sink.report(node.span, format!("`{field}` is more than can be counted")),
            Ok(number) if number < least => sink.report(node.span, format!("`{field}` must be at least {least}")),
            _ => {}
        }
    }
}
