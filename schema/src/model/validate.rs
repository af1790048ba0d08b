//! The tree held against the model: unknown keys, wrong types, missing fields.

use crate::diagnostic::Diagnostic;
use crate::syntax::Tree;

/// What is wrong with the shape of each document.
pub fn documents(_tree: &Tree) -> Vec<Diagnostic> {
    Vec::new()
}
