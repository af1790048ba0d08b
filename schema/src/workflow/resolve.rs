//! Tree to workflow.

use crate::syntax::{Document, Tree};
use crate::workflow::Workflow;

/// The workflow of one document; `None` when its root is no mapping.
pub fn document(_tree: &Tree, _document: &Document) -> Option<Workflow> {
    None
}
