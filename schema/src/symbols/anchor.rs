//! YAML anchors and the aliases that name them.

use super::{Kind, Place, Role, Symbol, Window};
use crate::analysis::Analysis;
use crate::source::Span;
use crate::syntax::{self, NodeRef};

/// The places of anchors' names, without `&` and `*`.
pub(super) fn places(analysis: &Analysis, window: Window<'_>) -> Vec<Place> {
    let tree = &analysis.tree;
    let mut out = Vec::new();
    // Only a text with an anchor has any.
    if !tree.is_anchored(Span::new(0, tree.text.len())) {
        return out;
    }
    let mut open: Vec<&NodeRef> = tree.documents.iter().rev().filter_map(|document| document.root.as_ref()).collect();
    open.extend(tree.merges_in(Span::new(0, tree.text.len())).map(|(_, merged)| merged));
    while let Some(node) = open.pop() {
        let whole = node.anchor().map_or(node.span, |(_, span)| span.to(node.span));
        if let Window::At(offset) = window
            && !whole.touches(offset)
        {
            continue;
        }
        if let Some((name, span)) = node.anchor() {
            out.extend(place(tree, name, *span, span.start, Role::Declaration));
        }
        match &node.kind {
            syntax::Kind::Alias(Some(target)) => {
                if let Some((name, declared)) = target.anchor() {
                    out.extend(place(tree, name, node.span, declared.start, Role::Read));
                }
            }
            syntax::Kind::Mapping(entries) => {
                open.extend(entries.iter().filter(|entry| !entry.merged).flat_map(|entry| [&entry.key, &entry.value]));
            }
            syntax::Kind::Sequence(items) => open.extend(items),
            _ => {}
        }
    }
    out
}

/// The letters of the name behind its sign.
fn place(tree: &syntax::Tree, name: &str, span: Span, home: usize, role: Role) -> Option<Place> {
    let written = tree.text.get(span.range())?;
    let start = span.start + written.find(name)?;
    let symbol = Symbol { kind: Kind::Anchor, name: name.to_owned(), document: 0, home };
    Some(Place { symbol, span: Span::new(start, start + name.len()), role, node: None })
}
