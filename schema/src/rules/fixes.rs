//! Which rules have a fix.

use crate::diagnostic::Safety;

/// The safety of a rule's fix, where its findings may have one: safe where any is.
pub fn of(_rule: &str) -> Option<Safety> {
    None
}
