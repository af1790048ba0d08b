//! Every step of a document by its mapping: those of `steps`, of handlers, and those inside `foreach`.

use crate::syntax::{Node, NodeRef};

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In `steps`.
    Top,
    /// In `handler_on`.
    Handler,
    /// In a `foreach` of another step.
    Body,
}

/// The step mappings of a document, in the order in which they are written. Linear in their number.
pub fn steps(root: &Node) -> Vec<(&NodeRef, Standing)> {
    let mut found = Vec::new();
    let mut open: Vec<(&NodeRef, Standing)> = Vec::new();
    let handlers = root.get("handler_on").and_then(|node| node.entries()).unwrap_or_default();
    open.extend(handlers.iter().rev().map(|entry| (&entry.value, Standing::Handler)));
    if let Some(steps) = root.get("steps") {
        push(&mut open, steps, Standing::Top);
    }
    while let Some((node, standing)) = open.pop() {
        if node.items().is_some() {
            push(&mut open, node, standing);
        } else if node.entries().is_some() {
            found.push((node, standing));
            if let Some(body) = node.get("foreach").and_then(|foreach| foreach.get("steps")) {
                push(&mut open, body, Standing::Body);
            }
        }
    }
    found
}

fn push<'a>(open: &mut Vec<(&'a NodeRef, Standing)>, steps: &'a NodeRef, standing: Standing) {
    if let Some(items) = steps.items() {
        open.extend(items.iter().rev().map(|node| (node, standing)));
    }
}
