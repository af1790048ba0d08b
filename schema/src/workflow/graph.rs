//! The order of the steps.

use crate::source::Span;

/// A step that must have run before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The step that runs first, by index.
    pub from: usize,
    /// Where the author said so; `None` in a chain.
    pub span: Option<Span>,
}
