//! Where a cursor is, as the model sees it.

use super::{Field, Object};
use crate::syntax::{Node, Tree};

/// What stands at a place of the text, as the model sees it: for hover and completion.
#[derive(Debug)]
pub struct Place<'a> {
    /// The kind of mapping that holds the place.
    pub object: Option<&'static Object>,
    /// The mapping itself, when there is one already.
    pub mapping: Option<&'a Node>,
    /// The field whose key or value is there.
    pub field: Option<&'static Field>,
    /// Whether the place is in the value rather than the key.
    pub in_value: bool,
    /// Keys and indexes from the root of the document, such as `steps`, `0`, `container`.
    pub path: Vec<String>,
}

/// What stands at a byte offset.
pub fn at(_tree: &Tree, _offset: usize) -> Option<Place<'_>> {
    None
}
