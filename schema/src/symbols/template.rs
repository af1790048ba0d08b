//! Custom actions: the inputs that their schema names, their template uses and their calls give.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::syntax::{Entry, Kind, Node, NodeRef};
use crate::workflow::template_text;

static INPUT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\.input\.([A-Za-z_][A-Za-z0-9_]*)").ok());

/// The keys of a schema's properties.
pub(super) fn properties(schema: Option<&NodeRef>) -> &[Entry] {
    schema.and_then(|schema| schema.get_some("properties")).and_then(|properties| properties.entries()).unwrap_or_default()
}

/// The names that a schema requires.
pub(super) fn required(schema: Option<&NodeRef>) -> &[NodeRef] {
    schema.and_then(|schema| schema.get_some("required")).and_then(|required| required.items()).unwrap_or_default()
}

/// The names of inputs that a template uses: the scalar and its bytes.
pub(super) fn uses(template: &NodeRef) -> Vec<(NodeRef, Range<usize>)> {
    let mut out = Vec::new();
    let mut open = vec![template];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Scalar(scalar) => out.extend(in_text(&scalar.text).into_iter().map(|range| (node.clone(), range))),
            Kind::Sequence(items) => open.extend(items),
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    if entry.name() == "$input" {
                        out.extend(inserted(&entry.value).map(|range| (entry.value.clone(), range)));
                    } else {
                        open.push(&entry.value);
                    }
                }
            }
            Kind::Alias(_) => {}
        }
    }
    out
}

/// The first name of `$input: a.b`.
fn inserted(node: &Node) -> Option<Range<usize>> {
    let text = node.string()?;
    let start = text.len() - text.trim_start().len();
    let name = text.trim().split('.').next().filter(|name| !name.is_empty())?;
    Some(start..start + name.len())
}

fn in_text(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found + 2) {
        let Some(end) = template_text::closing(text, start) else { break };
        let body = text.get(start..end).unwrap_or_default();
        if !body.trim_start_matches('-').trim_start().starts_with("/*") {
            let found = INPUT.as_ref().into_iter().flat_map(|input| input.captures_iter(body)).filter_map(|found| found.get(1));
            out.extend(found.map(|name| start + name.start()..start + name.end()));
        }
        at = end + 2;
    }
    out
}
