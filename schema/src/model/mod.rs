//! Every field of a DAG, once: name, forms, default, documentation, spelling that went before.
//!
//! The validator ([`validate`]), completion, hover and the hints for unknown keys all come from
//! these tables.

pub mod validate;

use crate::syntax::{Node, Tree};

/// A kind of mapping: its name and its fields.
#[derive(Debug)]
pub struct Object {
    /// What the author would call it: `step`, `container`, ...
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its fields, in the order in which an author would write them.
    pub fields: &'static [Field],
    /// What other keys may stand there.
    pub other: Other,
}

/// Keys beside the fields of an [`Object`].
#[derive(Clone, Copy, Debug)]
pub enum Other {
    /// The engine rejects them.
    Rejected,
    /// The engine passes them on or ignores them.
    Open,
    /// The author chooses the keys; all values have this shape.
    Named(&'static Shape),
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// What it does, in one or two sentences (Markdown).
    pub doc: &'static str,
    /// What holds when it is absent; empty for nothing to say.
    pub default: &'static str,
    /// A value as YAML; empty for none.
    pub example: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// For an old spelling: what to write instead.
    pub deprecated: Option<&'static str>,
}

/// What a value may be. Null is accepted wherever the engine's decoder accepts it.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text. Numbers and booleans are rejected, as the engine's strict decoder does.
    Text,
    /// Text, number or boolean, read as text.
    Scalar,
    /// A boolean.
    Bool,
    /// A whole number (the decoder truncates a fraction).
    Int,
    /// A number.
    Number,
    /// One of these words.
    Word(&'static [Word]),
    /// A list of one shape.
    List(&'static Shape),
    /// A mapping.
    Object(&'static Object),
    /// The first of these whose kind of node fits.
    OneOf(&'static [Shape]),
}

/// One of a fixed set of values.
#[derive(Debug)]
pub struct Word {
    /// The value.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

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
