use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::model::Empty;
use crate::model::values::Value;

pub(super) static RULE: Rule = Rule {
    name: "empty-value",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An empty text where one is needed, or where it does not mean what it seems to.",
    why: "The engine loads an empty text in most places. Where the action needs one, the step fails: such a finding is an error. Elsewhere an empty text is the same as no value, or means something of its own, such as this machine for an empty host: a warning. Values of variables, defaults of parameters, passwords and what a condition expects may be empty.",
    grounds: "Engine, at run time: `s3: configuration error: key is required for upload`, `dsn is required`, `invalid import config: table is required`, `source is required for create`, `destination path is required for sftp step`, `no valid recipients specified`, `unsupported pipeline command`. Measured for the warnings: an SSH or mail host that is empty is dialled as `:22`, Redis is sent an empty key, and the other fields behave as if they were not there.",
    bad: "steps:\n\
        \x20 - id: save\n\
        \x20   action: s3.upload\n\
        \x20   with:\n\
        \x20     bucket: reports\n\
        \x20     key: \"\"\n\
        \x20     source: report.pdf\n",
    good: "steps:\n\
        \x20 - id: save\n\
        \x20   action: s3.upload\n\
        \x20   with:\n\
        \x20     bucket: reports\n\
        \x20     key: report.pdf\n\
        \x20     source: report.pdf\n",
    absence: false,
    check: Check::Values { value, steps: Some(check) },
};

fn value(_: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    let Some(field) = value.field.filter(|field| field.empty != Empty::Said && !value.is_item) else { return };
    let Some(text) = value.node.string().filter(|text| text.trim().is_empty()) else { return };
    let name = field.name;
    let finding = |message: String| sink.finding(value.span(), message);
    let finding = match field.empty {
        _ if !text.is_empty() => finding(format!("`{name}` holds blanks only")).loads(),
        Empty::Fails => finding(format!("`{name}` is empty: the step fails without it")),
        Empty::Odd(meaning) => finding(format!("`{name}` is empty: {meaning}")).loads(),
        Empty::Absent | Empty::Said => finding(format!("`{name}` is empty, which is the same as leaving it out")).loads(),
    };
    sink.push(finding);
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let (Some(operation), Some(with)) = (step.operation(), step.input()) else { continue };
        for name in needed(operation) {
            let Some(entry) = with.entry(name).filter(|entry| entry.value.string() == Some("")) else { continue };
            let is_replaced = alternative(operation, name).is_some_and(|other| with.get_some(other).is_some_and(|node| node.text() != Some("")));
            if !is_replaced {
                sink.report(entry.value_span(), format!("`{name}` is empty, and `{operation}` fails without it"));
            }
        }
    }
}

/// The inputs of an action that are checked when its step starts.
fn needed(operation: &str) -> &'static [&'static str] {
    match operation {
        "s3.upload" => &["key", "source"],
        "s3.download" => &["key", "destination"],
        "s3.delete" => &["key", "prefix"],
        "archive.create" => &["destination"],
        "sftp.upload" | "sftp.download" => &["source", "destination"],
        "redis.eval" => &["script"],
        _ if operation.starts_with("redis.") => &["host"],
        _ => &[],
    }
}

/// What can stand in for an input.
fn alternative(operation: &str, name: &str) -> Option<&'static str> {
    match (operation, name) {
        ("s3.delete", "key") => Some("prefix"),
        ("s3.delete", "prefix") => Some("key"),
        ("redis.eval", "script") => Some("script_file"),
        (_, "host") => Some("url"),
        _ => None,
    }
}
