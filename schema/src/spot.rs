//! What stands at an offset of a text: the keys and items around it, and the step that they belong to.

use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, Tree};
use crate::workflow::{Step, Workflow};

/// A place in a document.
#[derive(Debug)]
pub struct Spot<'t> {
    /// The root of the document.
    pub root: &'t Node,
    /// What holds the place, from the root inwards.
    pub rungs: Vec<Rung<'t>>,
    /// What of the innermost it is.
    pub part: Part,
}

/// What holds a place: an entry of a mapping, or an item of a list.
#[derive(Clone, Copy, Debug)]
pub enum Rung<'t> {
    /// A key with its value.
    Entry {
        /// The mapping.
        holder: &'t Node,
        /// The key with its value.
        entry: &'t Entry,
    },
    /// An item.
    Item {
        /// Its index in the list.
        index: usize,
        /// The item.
        item: &'t Node,
    },
}

/// The part of an entry or item at which a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The key.
    Key,
    /// The value, or the item.
    Value,
    /// The dash before an item, or the blanks behind it.
    Dash,
    /// Between the entries or items of the innermost value.
    Between,
}

/// A step at a place.
#[derive(Clone, Debug)]
pub struct Owner<'w, 't> {
    /// The step; of steps within each other the innermost. `None` outside of steps.
    pub step: Option<&'w Step>,
    /// The keys from there inwards; outside of steps those from the root.
    pub keys: Vec<&'t str>,
}

impl<'t> Rung<'t> {
    /// The value of the entry, or the item.
    pub fn node(&self) -> &'t Node {
        match self {
            Self::Entry { entry, .. } => &entry.value,
            Self::Item { item, .. } => item,
        }
    }

    /// The key of the entry.
    pub fn key(&self) -> Option<&'t str> {
        match self {
            Self::Entry { entry, .. } => Some(entry.name()),
            Self::Item { .. } => None,
        }
    }
}

impl<'t> Spot<'t> {
    /// What stands at an offset; `None` in a comment, and where there is no document with a root.
    pub fn at(tree: &'t Tree, offset: usize) -> Option<Self> {
        let comment = tree.comments.partition_point(|comment| comment.start < offset).checked_sub(1);
        if comment.and_then(|comment| tree.comments.get(comment)).is_some_and(|comment| offset <= comment.end) {
            return None;
        }
        let document = tree.documents.partition_point(|document| document.span.start <= offset).saturating_sub(1);
        let root = tree.documents.get(document)?.root.as_deref()?;
        let mut spot = Self { root, rungs: Vec::new(), part: Part::Between };
        let mut node = root;
        while let Some((rung, part)) = inside(tree, node, offset) {
            spot.rungs.push(rung);
            spot.part = part;
            if part != Part::Value {
                break;
            }
            node = rung.node();
            if matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_)) {
                spot.part = Part::Between;
            }
        }
        Some(spot)
    }

    /// The innermost entry or item.
    pub fn last(&self) -> Option<&Rung<'t>> {
        self.rungs.last()
    }

    /// The innermost entry, with the mapping that holds it.
    pub fn entry(&self) -> Option<(&'t Node, &'t Entry)> {
        self.rungs.iter().rev().find_map(|rung| match rung {
            Rung::Entry { holder, entry } => Some((*holder, *entry)),
            Rung::Item { .. } => None,
        })
    }

    /// The keys, from the root inwards.
    pub fn keys(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.rungs.iter().filter_map(Rung::key)
    }

    /// The scalar at the place.
    pub fn scalar(&self) -> Option<&'t Node> {
        let node = self.last().filter(|_| self.part == Part::Value)?.node();
        matches!(node.kind, Kind::Scalar(_)).then_some(node)
    }

    /// The step that holds the place. `workflow` is what was read from the document.
    pub fn owner<'w>(&self, workflow: &'w Workflow) -> Owner<'w, 't> {
        let mut step: Option<&'w Step> = None;
        let mut below = 0;
        // The steps among which the next rung may be one.
        let mut list: &'w [Step] = &[];
        for (at, rung) in self.rungs.iter().enumerate() {
            let node = rung.node();
            let is_mapping = node.entries().is_some();
            let found = if list.is_empty() || node.items().is_some() { None } else { find(list, node) };
            if let Some(found) = found {
                (step, below, list) = (Some(found), at + 1, &[]);
            } else if at == 0 && rung.key() == Some("steps") {
                list = &workflow.steps;
            } else if at == 1 && self.rungs.first().and_then(Rung::key) == Some("handler_on") {
                let handler = workflow.handlers.iter().find(|(_, handler)| std::ptr::eq(&*handler.node, node));
                if let Some((_, handler)) = handler.filter(|_| is_mapping) {
                    (step, below) = (Some(handler), at + 1);
                }
            } else if rung.key() == Some("steps") && self.rungs.get(at.wrapping_sub(1)).and_then(Rung::key) == Some("foreach") {
                list = step.map_or(&[], |step| &step.body);
            }
        }
        let keys = self.rungs.iter().skip(below).filter_map(Rung::key).collect();
        Owner { step, keys }
    }
}

/// The steps of which a part stands within a span, those in the bodies of `foreach` and the handlers' included.
pub fn steps_in(workflow: &Workflow, span: Span) -> Vec<&Step> {
    let is_in = |step: &&Step| step.node.span.start <= span.end && span.start <= step.node.span.end;
    let mut found = Vec::new();
    // The bodies that are still to be looked at, after the steps themselves.
    let mut open: Vec<&[Step]> = vec![&workflow.steps];
    while let Some(steps) = open.pop() {
        let first = steps.partition_point(|step| step.node.span.end < span.start);
        for step in steps.iter().skip(first).take_while(|step| step.node.span.start <= span.end).filter(is_in) {
            found.push(step);
            open.push(&step.body);
        }
    }
    let handlers = workflow.handlers.iter().map(|(_, step)| step);
    for step in handlers.filter(|step| is_in(step) || step.label.start <= span.end && span.start <= step.label.end) {
        found.push(step);
        found.extend(step.body.iter().filter(is_in));
    }
    found
}

/// The step that was read from a node, among steps that mostly stand in the order of the text.
fn find<'w>(steps: &'w [Step], node: &Node) -> Option<&'w Step> {
    let is_it = |step: &&Step| std::ptr::eq(&*step.node, node);
    let after = steps.partition_point(|step| step.node.span.start <= node.span.start);
    let before = after.checked_sub(1).and_then(|index| steps.get(index));
    before.filter(is_it).or_else(|| steps.iter().find(is_it))
}

/// The entry or item of a node at an offset.
fn inside<'t>(tree: &Tree, node: &'t Node, offset: usize) -> Option<(Rung<'t>, Part)> {
    match &node.kind {
        Kind::Mapping(entries) => {
            let own = || entries.iter().filter(|entry| !entry.merged);
            let of = |entry| Rung::Entry { holder: node, entry };
            if let Some(entry) = own().find(|entry| entry.key.span.touches(offset)) {
                return Some((of(entry), Part::Key));
            }
            let entry = own().find(|entry| covers(entry.value.span, offset))?;
            Some((of(entry), Part::Value))
        }
        Kind::Sequence(items) => {
            // Of two items that touch the offset the one that starts there.
            let after = items.partition_point(|item| item.span.start <= offset);
            let before = after.checked_sub(1).and_then(|index| Some((index, items.get(index)?)));
            if let Some((index, item)) = before.filter(|(_, item)| covers(item.span, offset)) {
                return Some((Rung::Item { index, item }, Part::Value));
            }
            let item = items.get(after)?;
            let between = tree.text.get(offset..item.span.start)?;
            let is_dash = between.strip_prefix('-').unwrap_or(between).chars().all(|c| c == ' ');
            let has_dash = || tree.text.get(..offset).is_some_and(|before| before.trim_end_matches(' ').ends_with('-'));
            let is_dash = is_dash && !node.flow && (between.starts_with('-') || has_dash());
            is_dash.then_some((Rung::Item { index: after, item }, Part::Dash))
        }
        Kind::Scalar(_) | Kind::Alias(_) => None,
    }
}

fn covers(span: Span, offset: usize) -> bool {
    span.start < span.end && span.touches(offset)
}
