use std::ops::Range;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};
use crate::workflow::fault::trimmed;

pub(super) static RULE: Rule = Rule {
    name: "label-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A label whose key or value the engine rejects.",
    why: "A label is `key` or `key=value`; `key:value` inside one text is no label. A key has letters, digits, `-`, `_` and `.`, at most 63; a value may have `/` as well, at most 255. Both start with a letter or a digit. The engine does not load a DAG with another label.",
    grounds: "Engine, at load: `label key ... contains invalid characters`, `label value ... contains invalid characters`, `label key cannot be empty`, `exceeds max length`.",
    bad: "labels: team=data, env:prod\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "labels: team=data, env=prod\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["labels", "tags"], steps: &[] }, &Check::Document(check)),
};

const LONGEST_KEY: usize = 63;
const LONGEST_VALUE: usize = 255;

fn check(context: &Context<'_>, sink: &mut Sink) {
    for field in ["labels", "tags"] {
        let Some(labels) = context.workflow.node.get_some(field) else { continue };
        if let Some(text) = labels.string() {
            for range in parts(text) {
                label(context, sink, labels, text, range);
            }
        }
        mapping(sink, labels);
        for item in labels.items().unwrap_or_default() {
            match item.string() {
                Some(text) => label(context, sink, item, text, trimmed(text)),
                None => mapping(sink, item),
            }
        }
    }
}

/// A text is split at commas; one without commas but with `=` at blanks.
fn parts(text: &str) -> Vec<Range<usize>> {
    let separator = if !text.contains(',') && text.contains('=') && text.contains(' ') { ' ' } else { ',' };
    let mut start = 0;
    text.split(separator)
        .map(|part| {
            let trimmed = trimmed(part);
            let range = start + trimmed.start..start + trimmed.end;
            start += part.len() + separator.len_utf8();
            range
        })
        .collect()
}

fn label(context: &Context<'_>, sink: &mut Sink, node: &Node, text: &str, range: Range<usize>) {
    let written = &text[range.clone()];
    if written.is_empty() {
        return;
    }
    let (key, value) = match written.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (written, None),
    };
    let key_range = {
        let inner = trimmed(key);
        range.start + inner.start..range.start + inner.end
    };
    if key.trim().is_empty() {
        return sink.report(context.span_in(node, range), "the label has no key before its `=`");
    }
    if let Some(message) = key_fault(key.trim()) {
        let finding = sink.finding(context.span_in(node, key_range), message);
        let help = key.trim().split_once([':', '/']).map(|(name, value)| format!("a label with a value is written `{name}={value}`"));
        sink.push(match help.filter(|_| value.is_none()) {
            Some(help) => finding.help(help),
            None => finding,
        });
    }
    if let Some(value) = value
        && let Some(message) = value_fault(value.trim())
    {
        let inner = trimmed(value);
        let start = range.start + key.len() + 1;
        sink.report(context.span_in(node, start + inner.start..start + inner.end), message);
    }
}

fn mapping(sink: &mut Sink, node: &Node) {
    for entry in node.entries().unwrap_or_default() {
        if entry.name().trim().is_empty() {
            sink.report(entry.key.span, "the label has no key");
        } else if let Some(message) = key_fault(entry.name().trim()) {
            sink.report(entry.key.span, message);
        }
        // Of other numbers the engine's spelling differs; a minus stays one.
        let is_plain = match entry.value.scalar_type() {
            Some(ScalarType::String | ScalarType::Int(_)) => true,
            Some(ScalarType::Float(number)) => number < 0.0,
            _ => false,
        };
        if let Some(message) = entry.value.text().filter(|_| is_plain).and_then(|value| value_fault(value.trim())) {
            sink.report(entry.value_span(), message);
        }
    }
}

fn key_fault(key: &str) -> Option<String> {
    if key.len() > LONGEST_KEY {
        return Some(format!("the label's key has {} characters, and {LONGEST_KEY} are the most", key.len()));
    }
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_good = key.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && key.bytes().all(is_inner);
    (!is_good).then(|| format!("`{key}` is no key of a label: letters, digits, `-`, `_` and `.`, starting with a letter or a digit"))
}

fn value_fault(value: &str) -> Option<String> {
    if value.len() > LONGEST_VALUE {
        return Some(format!("the label's value has {} characters, and {LONGEST_VALUE} are the most", value.len()));
    }
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    let is_good = value.is_empty() || (value.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && value.bytes().all(is_inner));
    (!is_good).then(|| format!("`{value}` is no value of a label: letters, digits, `-`, `_`, `.` and `/`, starting with a letter or a digit"))
}
