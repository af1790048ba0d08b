use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;
use crate::workflow::{Step, duration, timestamp, url};

pub(super) static RULE: Rule = Rule {
    name: "wait-value-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A waiting step has a duration, a time or an address that cannot be read.",
    why: "Durations are Go's (`90s`, `1m30s`, `24h`; there are no days), times are written with an offset (`2030-01-31T08:00:00Z`), and addresses start with `http://` or `https://`. The engine reads them before it resolves references, so a reference cannot stand here either.",
    grounds: "Engine, at load: `wait: duration must be a duration: time: unknown unit \"d\" in duration \"1d\"`, `duration must be greater than 0`, `until must be RFC3339 timestamp`, `url must be an absolute HTTP URL`.",
    bad: "steps:\n\
        \x20 - id: pause\n\
        \x20   action: wait.duration\n\
        \x20   with:\n\
        \x20     duration: 1d\n",
    good: "steps:\n\
        \x20 - id: pause\n\
        \x20   action: wait.duration\n\
        \x20   with:\n\
        \x20     duration: 24h\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let (Some(operation), Some(with)) = (step.operation(), step.input()) else { continue };
        let Some(operation) = operation.strip_prefix("wait.") else { continue };
        for key in ["duration", "poll_interval", "request_timeout"] {
            if key != "duration" || operation == "duration" {
                judge(sink, step, with, key, duration_fault);
            }
        }
        match operation {
            "until" => judge(sink, step, with, "until", |text| {
                (!timestamp::is_rfc3339(text)).then_some("a date and time with an offset, such as \"2030-01-31T08:00:00Z\"")
            }),
            "http" => judge(sink, step, with, "url", |text| {
                (!url::is_absolute_http(text)).then_some("an address that starts with `http://` or `https://` and names a host")
            }),
            _ => {}
        }
    }
}

/// What a duration should be instead.
fn duration_fault(text: &str) -> Option<&'static str> {
    match duration::nanoseconds(text) {
        None => Some("a duration such as `90s`, `1m30s` or `24h`"),
        Some(nanoseconds) if nanoseconds <= 0 => Some("longer than zero"),
        Some(_) => None,
    }
}

fn judge(sink: &mut Sink, step: &Step, with: &Node, key: &str, fault: impl Fn(&str) -> Option<&'static str>) {
    let Some(node) = with.get_some(key) else { return };
    let Some(text) = node.text().map(str::trim).filter(|text| !text.is_empty()) else { return };
    let Some(wanted) = fault(text) else { return };
    let finding = sink.before_run(step, node.span, format!("`{key}` must be {wanted}"));
    sink.push(if text.contains('$') { finding.help("the engine reads this before it resolves references: write the value out") } else { finding });
}
