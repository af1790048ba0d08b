use std::collections::HashSet;
use std::ops::Range;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::{Slips, slip};
use crate::syntax::{Entry, Node};

pub(super) static RULE: Rule = Rule {
    name: "select-path-missing",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A jq path asks the step's own `data` for a key that it does not have, and nearly has.",
    why: "What a path does not find is `null`, and the step succeeds with it.",
    grounds: "Engine, by runs: `data.pick` and `jq.filter` give `null`, or nothing with `raw: true`, for a key that is not there.",
    bad: "steps:\n\
        \x20 - id: image\n\
        \x20   action: data.pick\n\
        \x20   with:\n\
        \x20     from: yaml\n\
        \x20     select: .spec.image\n\
        \x20     data:\n\
        \x20       spec:\n\
        \x20         imgae: nginx:1.27\n",
    good: "steps:\n\
        \x20 - id: image\n\
        \x20   action: data.pick\n\
        \x20   with:\n\
        \x20     from: yaml\n\
        \x20     select: .spec.image\n\
        \x20     data:\n\
        \x20       spec:\n\
        \x20         image: nginx:1.27\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let key = match step.operation() {
            Some("data.pick") => "select",
            Some("jq.filter") => "filter",
            _ => continue,
        };
        let Some((path, data)) = step.input().and_then(|with| Some((with.get(key)?, with.get("data")?))) else { continue };
        let Some(text) = path.string().filter(|text| !expects_null(text)) else { continue };
        let words: HashSet<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        let mut nodes: Vec<&Node> = vec![data];
        for part in parts(text) {
            let Part::Key(name, range) = part else {
                nodes = nodes.iter().flat_map(|node| node.items().unwrap_or_default()).map(|item| &**item).collect();
                continue;
            };
            if nodes.is_empty() || nodes.iter().any(|node| node.entries().is_none()) {
                break;
            }
            let found: Vec<&Node> = nodes.iter().filter_map(|node| Some(&**node.get(name)?)).collect();
            if found.is_empty() {
                let entries = || nodes.iter().flat_map(|node| node.entries().unwrap_or_default()).filter(|entry| !words.contains(entry.name()));
                let slips = Slips::of(entries().map(Entry::name));
                let near = slips.find(name, |near, found| slip(name, near) == Some(found));
                let Some(entry) = near.and_then(|(near, _)| entries().find(|entry| entry.name() == near)) else { break };
                let message = format!("`{key}` asks for `{name}`, which `data` does not have: the result is null");
                sink.push(
                    sink.finding(entry.key.span, message)
                        .related(context.span_in(path, range), format!("`{name}` is asked for here"))
                        .help(format!("did you mean `{name}`?"))
                        .fix(Fix::replace(format!("Rename to `{name}`"), Safety::Unsafe, entry.key.span, name)),
                );
                break;
            }
            nodes = found;
        }
    }
}

/// Whether the filter has an answer to what is not there.
fn expects_null(filter: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = ["null", "not", "has", "select", "if", "empty", "try", "any", "all"];
    ["==", "!=", "//", "?"].iter().any(|sign| filter.contains(sign)) || filter.split(|c| !is_word(c)).any(|word| words.contains(&word))
}

enum Part<'t> {
    /// `.name`, with the name's place.
    Key(&'t str, Range<usize>),
    /// `[]` or `[0]`.
    Items,
}

/// The path at the start of a jq filter, as far as it is one.
fn parts(filter: &str) -> Vec<Part<'_>> {
    let mut out = Vec::new();
    let mut at = filter.len() - filter.trim_start().len();
    loop {
        let rest = filter.get(at..).unwrap_or_default();
        if let Some(key) = rest.strip_prefix('.') {
            let length = key.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            if length == 0 {
                // `.[0]` is the same as `[0]` after a path.
                if !key.starts_with('[') {
                    return out;
                }
                at += 1;
                continue;
            }
            out.push(Part::Key(key.get(..length).unwrap_or_default(), at + 1..at + 1 + length));
            at += 1 + length;
        } else if let Some(index) = rest.strip_prefix('[') {
            let length = index.bytes().take_while(u8::is_ascii_digit).count();
            if index.as_bytes().get(length) != Some(&b']') {
                return out;
            }
            out.push(Part::Items);
            at += length + 2;
        } else {
            return out;
        }
    }
}
