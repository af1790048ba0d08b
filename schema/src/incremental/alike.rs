//! Whether an edit of a step is one of its wording only.

use crate::syntax::{Entry, Kind, Node};

/// Keys of a step whose text only the step itself runs, sends or shows.
const WORDING: &[&str] = &["run", "command", "script", "description"];
/// The same of its `with`.
const WORDING_OF_ACTION: &[&str] = &["command", "script", "prompt"];

/// Whether two nodes of a step differ in nothing that rules of [`crate::rules::Check::Among`] read of another step: at most
/// in what it runs and says, and in where they stand.
pub(super) fn gives_the_same(old: &Node, new: &Node) -> bool {
    is_same_but_for(old, new, &|old, new| match old.name() {
        "with" => is_same_but_for(&old.value, &new.value, &|old, new| is_wording(old, new, WORDING_OF_ACTION)),
        _ => is_wording(old, new, WORDING),
    })
}

/// Whether both are texts, or lists of texts, of one of some keys.
fn is_wording(old: &Entry, new: &Entry, keys: &[&str]) -> bool {
    keys.contains(&old.name())
        && match (&old.value.kind, &new.value.kind) {
            (Kind::Scalar(_), Kind::Scalar(_)) => old.value.is_null() == new.value.is_null(),
            (Kind::Sequence(old), Kind::Sequence(new)) => old.iter().chain(new).all(|item| matches!(item.kind, Kind::Scalar(_))),
            _ => false,
        }
}

/// Whether two mappings have the same entries, those aside of which `may_differ` says that they may differ.
fn is_same_but_for(old: &Node, new: &Node, may_differ: &dyn Fn(&Entry, &Entry) -> bool) -> bool {
    let (Kind::Mapping(old_entries), Kind::Mapping(new_entries)) = (&old.kind, &new.kind) else { return is_same(old, new) };
    old.properties.is_none()
        && new.properties.is_none()
        && old_entries.len() == new_entries.len()
        && old_entries.iter().zip(new_entries).all(|(old, new)| {
            is_same(&old.key, &new.key) && old.merged == new.merged && (may_differ(old, new) || is_same(&old.value, &new.value))
        })
}

/// Whether two nodes hold the same, written in the same style, perhaps at other places. Anchors, tags and aliases are none
/// of a text that is edited by parts.
fn is_same(old: &Node, new: &Node) -> bool {
    if old.properties.is_some() || new.properties.is_some() || old.flow != new.flow {
        return false;
    }
    match (&old.kind, &new.kind) {
        (Kind::Scalar(old), Kind::Scalar(new)) => old.style == new.style && old.text == new.text,
        (Kind::Mapping(_), Kind::Mapping(_)) => is_same_but_for(old, new, &|_, _| false),
        (Kind::Sequence(old), Kind::Sequence(new)) => old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new)),
        _ => false,
    }
}
