//! A text that is edited: what did not change is not read, resolved and checked again.
//!
//! The text that is read has room behind each item of `steps` ([`Layout`]), so that an edit within one of them moves
//! nothing else. Then only that item is parsed, held against the model, resolved, and looked at by the rules that look at
//! steps each by itself; rules about the whole document look at all of it. Where an edit is anything else, or something in
//! the item may bear on the rest in other ways (an anchor, a name that the engine makes up), all of the text is read anew.
//! So the result is the same as that of a fresh check, which a test compares for random edits.

mod alike;
mod layout;

use std::sync::Arc;

pub use layout::Layout;

use crate::analysis::{Analysis, Facts, Reading, at_home, finish, merge};
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::rules::{Apart, Subject};
use crate::syntax::Tree;
use crate::workflow::Base;
use crate::workflow::call;
use crate::workflow::resolve;

/// Items of `steps` from which reading all of a text takes longer than anybody should wait for each letter.
pub const WORTHWHILE: usize = 64;

/// What is kept of a text for its next edit.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    layout: Layout,
    facts: Facts,
    /// What the parser and the model find.
    read: Parted,
    /// What is wrong with each part, as far as that depends on no other: it, and what rules find.
    judged: Parted,
    /// What rules find that look at each step among the others.
    among: Parted,
}

/// Findings by the part of the text that they are about.
#[derive(Clone, Debug, Default)]
struct Parted {
    /// In what is no item of `steps`.
    root: Vec<Diagnostic>,
    /// In each item.
    items: Vec<Vec<Diagnostic>>,
}

/// A text with its layout, before it is judged, or judged again.
#[derive(Clone, Debug)]
pub(crate) struct Laid {
    layout: Layout,
    /// What was kept of the last judgement, with what has changed since.
    kept: Option<(Box<Kept>, Changed)>,
}

/// What an edit changed.
#[derive(Clone, Copy, Debug)]
struct Changed {
    /// The item of `steps`.
    item: usize,
    /// Whether that was its wording only.
    wording: bool,
}

/// The byte at which a text begins to differ from what it was.
pub fn first_difference(before: &str, now: &str) -> usize {
    layout::changed(before, now).1.start
}

/// Whether a text that was read with a layout can be edited by parts.
pub(crate) fn may_be_edited(layout: &Layout, reading: &mut Reading) -> bool {
    let Analysis { tree, workflows, .. } = &mut reading.analysis;
    let ([workflow], true) = (workflows.as_slice(), tree.is_plain() && layout.fits(tree)) else { return false };
    let items = workflow.node.get("steps").and_then(|steps| steps.items()).unwrap_or_default();
    let is_one_step_each =
        items.len() == workflow.steps.len() && items.iter().zip(&workflow.steps).all(|(item, step)| Arc::ptr_eq(item, &step.node));
    let has_own_actions = ["actions", "step_types"].iter().any(|key| workflow.node.get(key).is_some());
    let is_base_sound = workflow.base.as_deref().is_none_or(|base| base.trouble().is_none());
    if !is_one_step_each || has_own_actions || !is_base_sound {
        return false;
    }
    tree.forget_comments(layout.rooms());
    true
}

impl Laid {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, kept: None }
    }
}

/// Reads a text again of which a part has changed. Gives the analysis back where that is not enough.
pub(crate) fn reread(analysis: Analysis, before: &str, now: &str, base: Option<&Arc<Base>>) -> Result<Reading, Box<Analysis>> {
    let mut analysis = Box::new(analysis);
    let Some(mut kept) = analysis.kept.take() else { return Err(analysis) };
    let Some(change) = kept.layout.change(before, now) else { return Err(analysis) };
    let Analysis { tree, workflows, .. } = &mut *analysis;
    let [workflow] = workflows.as_mut_slice() else { return Err(analysis) };
    let has_same_base = match (&workflow.base, base) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
        (None, None) => true,
        _ => false,
    };
    let (Some(old), true) = (tree.text.get(change.room.range()), has_same_base) else { return Err(analysis) };
    let column = old.len() - old.trim_start_matches(' ').len();
    let was_alone =
        kept.layout.item(change.item).and_then(|part| Tree::read_item(tree.text.get(part.range())?, part.start, column)).is_some();
    let Some((item, comments, mut found)) =
        change.text.get(..change.len).filter(|_| was_alone).and_then(|text| Tree::read_item(text, change.room.start, column))
    else {
        return Err(analysis);
    };
    let Some((was, name)) = workflow.steps.get(change.item).map(|step| (step.node.clone(), step.name.clone())) else {
        return Err(analysis);
    };
    // The root is let go of, so that it can be changed where it is.
    workflow.node = item.clone();
    if !tree.replace_item(change.item, item.clone(), change.room, &change.text, comments) {
        return Err(analysis);
    }
    let Some(own) = tree.documents.first().and_then(|document| document.root.clone()) else { return Err(analysis) };
    if !resolve::replace_step(tree, workflow, &own, change.item) {
        return Err(analysis);
    }
    let step = workflow.steps.get(change.item);
    let wording = step.is_some_and(|step| step.name == name && alike::gives_the_same(&was, &step.node));
    let mut shape = model::validate::item(tree, &workflow.node, &item);
    if !shape.names.is_empty() {
        return Err(analysis);
    }
    found.append(&mut shape.diagnostics);
    kept.layout.after(&change);
    if let Some(of_item) = kept.read.items.get_mut(change.item) {
        *of_item = found;
    }
    analysis.diagnostics.clear();
    analysis.suppressed.clear();
    let laid = Laid { layout: kept.layout.clone(), kept: Some((kept, Changed { item: change.item, wording })) };
    Ok(Reading { analysis: *analysis, laid: Some(laid) })
}

/// Judges a text that has a layout.
pub(crate) fn judge(analysis: &mut Analysis, laid: Laid, facts: &Facts) {
    let Analysis { tree, workflows, .. } = &*analysis;
    let Some(workflow) = workflows.first() else { return };
    let locals = call::locals(workflows);
    let subject = Subject::new(tree, workflow, workflows, &locals, facts);
    let apart = Apart::of(&subject);
    let finished = |mut found: Vec<Diagnostic>| {
        if let Some(base) = &workflow.base {
            found = found.into_iter().filter_map(|found| at_home(found, base, workflow)).collect();
        }
        finish(&mut found, tree);
        found
    };
    let of_item = |read: &Parted, number: usize| {
        let mut found = read.items.get(number).cloned().unwrap_or_default();
        found.append(&mut apart.item(number));
        finished(found)
    };
    let steps = workflow.steps.len();
    let all_among = || Parted::of(finished(apart.among(None)), &laid.layout, steps);
    let again;
    let kept = match laid.kept {
        Some((mut kept, changed)) if kept.facts == *facts => {
            if let Some(found) = kept.judged.items.get_mut(changed.item) {
                *found = of_item(&kept.read, changed.item);
            }
            match kept.among.look_again(changed) {
                Some(items) => {
                    again = apart.chosen(&items);
                    kept.among.add(finished(apart.among(Some(&again))), &laid.layout);
                }
                None => kept.among = all_among(),
            }
            kept
        }
        kept => {
            let read = kept.map_or_else(|| Parted::of(analysis.diagnostics.clone(), &laid.layout, steps), |(kept, _)| kept.read);
            let mut root = read.root.clone();
            root.append(&mut apart.root());
            let items = (0..steps).map(|number| of_item(&read, number)).collect();
            let judged = Parted { root: finished(root), items };
            let among = all_among();
            Box::new(Kept { layout: laid.layout, facts: facts.clone(), read, judged, among })
        }
    };
    let mut all = finished(apart.whole());
    all.extend([&kept.judged, &kept.among].into_iter().flat_map(|parted| parted.root.iter().chain(parted.items.iter().flatten())).cloned());
    merge(&mut all);
    analysis.diagnostics = all;
    analysis.kept = Some(kept);
}

impl Parted {
    fn of(found: Vec<Diagnostic>, layout: &Layout, items: usize) -> Self {
        let mut parted = Self { root: Vec::new(), items: vec![Vec::new(); items] };
        parted.add(found, layout);
        parted
    }

    fn add(&mut self, found: Vec<Diagnostic>, layout: &Layout) {
        for found in found {
            let item = layout.item_of(found.span).and_then(|item| self.items.get_mut(item));
            item.unwrap_or(&mut self.root).push(found);
        }
    }

    /// Forgets what an edit may change of what was found in each item among the others, and gives the items to look at again:
    /// the changed one, and those in which something was found, for it may tell of another. `None` where all are.
    fn look_again(&mut self, changed: Changed) -> Option<Vec<usize>> {
        if !changed.wording || !self.root.is_empty() {
            return None;
        }
        let is_concerned = |(number, found): (usize, &mut Vec<Diagnostic>)| {
            let is_concerned = number == changed.item || !found.is_empty();
            found.clear();
            is_concerned.then_some(number)
        };
        Some(self.items.iter_mut().enumerate().filter_map(is_concerned).collect())
    }
}

impl Kept {
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}
