use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Content, Entry, Kind, Node, ScalarType, Style};

pub(super) static RULE: Rule = Rule {
    name: "swallowed-lines",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A value without quotes goes on over lines that look like something else.",
    why: "A value without quotes goes on over all lines below it that are indented further, and the line breaks become blanks. A `|` that was lost, or a value written in front of a block, so makes one text of a value and the block below it, and no error says so. After `key: |` each line is kept; a list or a mapping stands below a key without a value.",
    grounds: "YAML 1.2, 7.3.3: plain multi-line scalars are folded. Measured on the engine: `run: true` above an indented script is the command `true import sys ...`.",
    bad: "steps:\n\
        \x20 - id: report\n\
        \x20   run: true\n\
        \x20     echo one\n\
        \x20     echo two\n",
    good: "steps:\n\
        \x20 - id: report\n\
        \x20   run: |\n\
        \x20     echo one\n\
        \x20     echo two\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut open: Vec<(&Node, Option<&Entry>)> = vec![(&context.workflow.node, None)];
    while let Some((node, entry)) = open.pop() {
        if !node.may_hold(Content::FoldedPlain) {
            continue;
        }
        match &node.kind {
            Kind::Mapping(entries) => {
                open.extend(entries.iter().filter(|entry| !entry.merged).map(|entry| (&*entry.value, Some(entry))));
            }
            Kind::Sequence(items) => open.extend(items.iter().map(|item| (&**item, entry))),
            Kind::Scalar(scalar) if scalar.style == Style::Plain => judge(context, sink, node, entry),
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}

fn judge(context: &Context<'_>, sink: &mut Sink, node: &Node, entry: Option<&Entry>) {
    let source = context.tree.text.get(node.span.range()).unwrap_or_default();
    let Some((first, rest)) = source.split_once('\n') else { return };
    let first = first.trim();
    let below = |line: &str| if is_item(line) { Some("an item of a list") } else { is_entry(line).then_some("a key with its value") };
    let kind = match ScalarType::of(first) {
        ScalarType::Bool(_) => Some("a boolean"),
        ScalarType::Int(_) | ScalarType::Float(_) => Some("a number"),
        ScalarType::Null => Some("null"),
        ScalarType::String if matches!(first, "[]" | "{}") => Some("a collection"),
        ScalarType::String => None,
    };
    let swallowed = rest.lines().map(str::trim).find_map(below);
    let whose = entry.map_or_else(|| "the value".to_owned(), |entry| format!("the value of `{}`", entry.name()));
    let message = match (kind, swallowed) {
        (Some(kind), _) => format!("{whose} starts with {kind} and goes on over the lines below: all of it is one text"),
        (None, Some(what)) => format!("{whose} goes on over a line that looks like {what}: all of it is one text"),
        (None, None) => return,
    };
    let length = source.find(['\n', '\r']).unwrap_or(source.len());
    let span = crate::source::Span::new(node.span.start, node.span.start + source.get(..length).unwrap_or_default().trim_end().len());
    sink.push(sink.finding(span, message).help("write `|` after the key and put the text below it, or remove what stands before the lines"));
}

fn is_item(line: &str) -> bool {
    line.strip_prefix("- ").is_some_and(|rest| !rest.trim().is_empty())
}

/// `key: value` or `key:` with a key as fields have it.
fn is_entry(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else { return false };
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_key && (rest.is_empty() || rest.starts_with(' '))
}
