//! Changes of a DAG's form that an author asks for at a place: what it does stays the same, or becomes
//! narrower in the way that the title says. Each is an edit with a proof that the result has to pass.

mod container;
mod narrow;

use std::collections::HashMap;

use crate::analysis::Analysis;
use crate::diagnostic::Edit;
use crate::fix::no_new_error;
use crate::source::Span;
use crate::suppress::with_breaks_of;
use crate::workflow::lineage;

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Written another way.
    Rewrite,
    /// A part that stands several times, written once.
    Extract,
    /// A part that stands once for several, written where it is used.
    Inline,
}

/// A change that can be made at a place.
#[derive(Clone, Debug)]
pub struct Refactoring {
    /// What it does, in the imperative.
    pub title: String,
    /// Its kind.
    pub kind: Kind,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    proof: Proof,
}

/// What has to be true of the result, beside that nothing new is wrong with it.
#[derive(Clone, Debug)]
enum Proof {
    /// Every step sees what it saw.
    Same,
    /// As before, but for one name, which only these steps see.
    Narrowed(narrow::Narrowed),
}

/// The changes that can be made where the span is; whether each does no harm, [`Refactoring::holds`] says.
pub fn at(analysis: &Analysis, span: Span) -> Vec<Refactoring> {
    let mut found = Vec::new();
    // What could not be read may use what would be moved.
    if !analysis.tree.repaired.is_empty() {
        return found;
    }
    for workflow in analysis.workflows.iter().filter(|workflow| touches(workflow.node.span, span)) {
        found.extend(narrow::at(analysis, workflow, span));
        found.extend(container::shared(analysis, workflow, span));
        found.extend(container::copied(analysis, workflow, span));
        found.extend(container::own(analysis, workflow, span));
    }
    for edit in found.iter_mut().flat_map(|found| &mut found.edits) {
        edit.text = with_breaks_of(&analysis.tree.text, std::mem::take(&mut edit.text));
    }
    found
}

impl Refactoring {
    /// Whether the text after the change is as good as the one before: no finding that was not there,
    /// and names made of what they were made of.
    pub fn holds(&self, before: &Analysis, after: &Analysis) -> bool {
        let is_same = before.workflows.len() == after.workflows.len()
            && before.workflows.iter().zip(&after.workflows).all(|(old, new)| {
                old.every_step().count() == new.every_step().count() && lineage::is_kept((old, &before.dotenv), (new, &after.dotenv))
            });
        let is_proven = || match &self.proof {
            Proof::Same => true,
            Proof::Narrowed(narrowed) => narrowed.holds(before, after),
        };
        is_same && no_new_error(before, after, |_| false) && has_no_more(before, after, self.kind == Kind::Inline) && is_proven()
    }
}

/// Whether no rule has more to say. What is written once more may be wrong once more.
fn has_no_more(before: &Analysis, after: &Analysis, is_repeated: bool) -> bool {
    let all = |analysis: &'_ Analysis| {
        let mut counts: HashMap<&'static str, usize> = HashMap::new();
        analysis.diagnostics.iter().chain(&analysis.suppressed).for_each(|found| *counts.entry(found.rule).or_default() += 1);
        counts
    };
    let known = all(before);
    all(after).iter().all(|(rule, count)| known.get(rule).is_some_and(|known| is_repeated || known >= count))
}

fn touches(span: Span, other: Span) -> bool {
    !span.is_beyond() && span.start <= other.end && other.start <= span.end
}
