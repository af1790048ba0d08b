use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::duration;

pub(super) static RULE: Rule = Rule {
    name: "duration-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`catchup_window` or `otel.timeout` is no duration.",
    why: "A duration is a number with a unit, or several of them: `90s`, `1h30m`. Units are `ms`, `s`, `m` and `h`; `catchup_window` also takes `d` for days and must be longer than nothing. References are not replaced here. The engine does not load a DAG with another value.",
    grounds: "Engine, at load: `time: invalid duration`, `missing unit in duration`, `unknown unit`, `duration must be positive`.",
    bad: "catchup_window: 1w\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "catchup_window: 7d\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["catchup_window", "otel"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    if let Some(window) = root.get_some("catchup_window")
        && let Some(text) = window.string().filter(|text| !text.is_empty())
    {
        match with_days(text.trim()).as_deref().and_then(duration::nanoseconds) {
            None => sink.push(
                sink.finding(window.span, no_duration(text))
                    .help("write numbers with the units `d`, `h`, `m` or `s`, such as `6h` or `1d12h`"),
            ),
            Some(length) if length <= 0 => sink.report(window.span, "`catchup_window` must be longer than nothing: leave it out to make up for no missed start"),
            Some(_) => {}
        }
    }
    if let Some(timeout) = root.get_some("otel").and_then(|otel| otel.get_some("timeout"))
        && let Some(text) = timeout.string().filter(|text| duration::nanoseconds(text).is_none())
    {
        let finding = sink.finding(timeout.span, no_duration(text));
        sink.push(finding.help("write numbers with the units `h`, `m`, `s` or `ms`, such as `30s`"));
    }
}

fn no_duration(text: &str) -> String {
    if text.trim().is_empty() { "the duration is blank".to_owned() } else { format!("`{}` is no duration", text.trim()) }
}

/// The text with its days written as hours; `None` for more of them than the engine counts.
fn with_days(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if c == 'd' && !digits.is_empty() {
            let hours = digits.parse::<i64>().ok()?.checked_mul(24)?;
            out.push_str(&format!("{hours}h"));
        } else {
            out.push_str(&digits);
            out.push(c);
        }
        digits.clear();
    }
    Some(out + &digits)
}
