use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::{Entry, Node};

pub(super) static RULE: Rule = Rule {
    name: "output-entry-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An output says where it is taken from in a way that does not fit together.",
    why: "An entry of `output`, or of `fields` under `stdout.outputs`, is a `value`, or comes `from` somewhere. `path` goes with `from: file`, and `select` reads JSON or YAML, so it needs `decode`. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `value and from cannot be used together`, `entry must specify either a literal value or from`, `path is required when from is file`, `select requires decode to be \"json\" or \"yaml\"`, `fields cannot be used with field, decode, or select`.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output:\n\
        \x20     total:\n\
        \x20       from: stdout\n\
        \x20       select: .total\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output:\n\
        \x20     total:\n\
        \x20       from: stdout\n\
        \x20       decode: json\n\
        \x20       select: .total\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["output", "stdout"] }, &Check::Steps(check)),
};

const RESERVED: &[&str] = &["value", "from", "path", "decode", "select"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        for entry in step.node.get("output").and_then(|output| output.entries()).unwrap_or_default() {
            let is_described = entry.value.entries().unwrap_or_default().iter().any(|key| RESERVED.contains(&key.name()));
            if is_described && let Some((span, message)) = fault(entry, false) {
                sink.report(span, message);
            }
        }
        let Some(published) = step.node.get("stdout").and_then(|stdout| stdout.get("outputs")) else { continue };
        if let Some(fields) = published.entry("fields") {
            for other in ["field", "decode", "select"].into_iter().filter_map(|key| published.entry(key)) {
                let message = format!("`{}` cannot stand beside `fields`, whose entries say it each for itself", other.name());
                sink.push(sink.finding(other.key.span, message).related(fields.key.span, "`fields` is given here"));
            }
            for entry in fields.value.entries().unwrap_or_default() {
                if let Some((span, message)) = fault(entry, true) {
                    sink.report(span, message);
                }
            }
        }
        if let Some((span, message)) = undecoded(published, true) {
            sink.report(span, message);
        }
    }
}

/// What does not fit together in an entry. Of `stdout.outputs`, `from` goes without saying, and
/// what is selected from counts as JSON.
fn fault(entry: &Entry, of_stdout: bool) -> Option<(Span, String)> {
    let holder = &entry.value;
    holder.entries()?;
    if holder.get("value").is_some() {
        let other = ["from", "path", "decode", "select"].into_iter().find_map(|key| holder.entry(key))?;
        let message = format!("`{}` cannot stand beside `value`: an output is a value, or taken from somewhere", other.name());
        return Some((other.key.span, message));
    }
    let Some(from) = holder.entry("from") else {
        let message = format!("the output `{}` needs `value`, or `from` to say where it is taken from", entry.name());
        return if of_stdout { undecoded(holder, true) } else { Some((entry.key.span, message)) };
    };
    let path = holder.entry("path");
    match (from.value.text(), path) {
        (Some("file"), None) => return Some((from.value.span, "`from: file` needs the `path` of the file".to_owned())),
        (Some("stdout" | "stderr"), Some(path)) => return Some((path.key.span, "`path` only goes with `from: file`".to_owned())),
        _ => {}
    }
    undecoded(holder, of_stdout)
}

/// A `select` from text that is not read as data.
fn undecoded(holder: &Node, json_is_assumed: bool) -> Option<(Span, String)> {
    let select = holder.entry("select").filter(|entry| entry.value.text().is_some_and(|text| !text.is_empty()))?;
    let decode = holder.get("decode").and_then(|decode| decode.text()).unwrap_or_default();
    let is_decoded = matches!(decode, "json" | "yaml") || (decode.is_empty() && json_is_assumed);
    (!is_decoded).then(|| (select.key.span, "`select` takes a part of data: add `decode: json` or `decode: yaml`".to_owned()))
}
