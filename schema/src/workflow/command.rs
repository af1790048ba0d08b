//! A command text of a `run` step.

use crate::syntax::NodeRef;

/// One command: the text of `run:`, or one item of its list.
#[derive(Clone, Debug)]
pub struct Command {
    /// The text.
    pub text: String,
    /// The scalar it stands in.
    pub node: NodeRef,
    /// Whether it is a script: a text of several lines.
    pub script: bool,
}
