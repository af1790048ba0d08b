//! Whether two texts say the same: values, how they are written, and comments.

use crate::source::Span;
use crate::syntax::{Kind, Node, Tree};

/// Whether two trees hold the same, comments included.
pub(super) fn trees(before: &Tree, after: &Tree) -> bool {
    let comments =
        |tree: &Tree| -> Vec<String> { tree.comments.iter().map(|comment| written(tree, *comment).trim_end().to_owned()).collect() };
    before.documents.len() == after.documents.len()
        && comments(before) == comments(after)
        && before.documents.iter().zip(&after.documents).all(|(old, new)| match (&old.root, &new.root) {
            (Some(old), Some(new)) => nodes((before, old), (after, new)),
            (None, None) => true,
            _ => false,
        })
}

fn written(tree: &Tree, span: Span) -> &str {
    tree.text.get(span.range()).unwrap_or_default()
}

fn nodes((before, old): (&Tree, &Node), (after, new): (&Tree, &Node)) -> bool {
    let mut open = vec![(old, new)];
    while let Some((old, new)) = open.pop() {
        let anchors = [old, new].map(|node| node.anchor().map(|(name, _)| name));
        if old.flow != new.flow || old.tag() != new.tag() || anchors[0] != anchors[1] {
            return false;
        }
        match (&old.kind, &new.kind) {
            (Kind::Scalar(old), Kind::Scalar(new)) if old.text == new.text && old.style == new.style => {}
            // What it stands for is compared where that is written.
            (Kind::Alias(_), Kind::Alias(_)) if written(before, old.span) == written(after, new.span) => {}
            (Kind::Sequence(old), Kind::Sequence(new)) if old.len() == new.len() => {
                open.extend(old.iter().zip(new).map(|(old, new)| (&**old, &**new)));
            }
            (Kind::Mapping(old), Kind::Mapping(new)) if old.len() == new.len() => {
                for (old, new) in old.iter().zip(new) {
                    if old.merged != new.merged {
                        return false;
                    }
                    if !old.merged {
                        open.push((&old.key, &new.key));
                        open.push((&old.value, &new.value));
                    }
                }
            }
            _ => return false,
        }
    }
    true
}
