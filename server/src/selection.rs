//! `textDocument/selectionRange`: from the word outwards, over the reference, the scalar, its entry,
//! the mapping, the item and the list, to the document.

use dagu_schema::syntax::{Kind, Node, NodeRef};
use dagu_schema::workflow::reference;
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::SelectionRangeProviderCapability> {
    Some(lsp::SelectionRangeProviderCapability::Simple(true))
}

/// The ranges around a byte, the innermost with its parents.
pub(crate) fn range(analysis: &Analysis, converter: Converter<'_>, offset: usize) -> lsp::SelectionRange {
    let mut outer: Option<lsp::SelectionRange> = None;
    for span in spans(analysis, offset) {
        let range = converter.range(span);
        if outer.as_ref().is_none_or(|outer| outer.range != range) {
            outer = Some(lsp::SelectionRange { range, parent: outer.map(Box::new) });
        }
    }
    let here = converter.position(offset);
    outer.unwrap_or(lsp::SelectionRange { range: lsp::Range { start: here, end: here }, parent: None })
}

/// From the outermost inwards; each lies within the one before.
fn spans(analysis: &Analysis, offset: usize) -> Vec<Span> {
    let tree = &analysis.tree;
    let mut out = vec![Span::new(0, tree.text.len())];
    let mut push = |span: Span| {
        if out.last().is_some_and(|last| last.contains(span) && span.touches(offset)) {
            out.push(span);
        }
    };
    let document = tree.documents.iter().find(|document| document.span.touches(offset));
    let mut at: Option<&NodeRef> = document.and_then(|document| {
        push(document.span);
        document.root.as_ref()
    });
    while let Some(node) = at.take().filter(|node| node.span.touches(offset)) {
        push(node.span);
        match &node.kind {
            Kind::Mapping(entries) => {
                let first = entries.partition_point(|entry| !entry.merged && entry.key.span.to(entry.value.span).end < offset);
                let whole = |entry: &&dagu_schema::syntax::Entry| !entry.merged && entry.key.span.to(entry.value_span()).touches(offset);
                let found = entries.get(first..).unwrap_or_default().iter().find(whole).or_else(|| entries.iter().find(whole));
                if let Some(entry) = found {
                    push(entry.key.span.to(entry.value_span()));
                    at = Some(if entry.value.span.touches(offset) && entry.value.span.start < entry.value.span.end {
                        &entry.value
                    } else {
                        &entry.key
                    });
                }
            }
            Kind::Sequence(items) => {
                let first = items.partition_point(|item| item.span.end < offset);
                at = items.get(first).filter(|item| item.span.touches(offset));
            }
            Kind::Scalar(_) => parts(analysis, node, offset, &mut push),
            Kind::Alias(_) => {}
        }
    }
    if let Some(word) = word(&tree.text, offset) {
        push(word);
    }
    out
}

/// What is within a scalar: its text without quotes, its line, the reference.
fn parts(analysis: &Analysis, node: &Node, offset: usize, push: &mut impl FnMut(Span)) {
    let tree = &analysis.tree;
    let Some(scalar) = node.scalar() else { return };
    if !scalar.text.is_empty() {
        push(tree.span_in(node, 0..scalar.text.len()));
    }
    let line = tree.lines.line_span(&tree.text, tree.lines.line_of(offset));
    let content = tree.text.get(line.range()).unwrap_or_default();
    let indent = content.len() - content.trim_start().len();
    if scalar.is_block() && !content.trim().is_empty() {
        push(Span::new(line.start + indent, line.start + content.trim_end().len()));
    }
    for found in reference::find(&scalar.text) {
        let span = tree.span_in(node, found.range);
        if span.touches(offset) {
            push(span);
        }
    }
}

/// The letters around a byte.
fn word(text: &str, offset: usize) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (before, after) = (text.get(..offset)?, text.get(offset..)?);
    let start = offset - before.chars().rev().take_while(|&c| is_part(c)).map(char::len_utf8).sum::<usize>();
    let end = offset + after.chars().take_while(|&c| is_part(c)).map(char::len_utf8).sum::<usize>();
    (start < end).then(|| Span::new(start, end))
}
