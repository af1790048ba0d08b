//! A container that steps have in common, written once; one that stands elsewhere, written at the step.
//!
//! What steps write alike is written once as an anchor: each still gets a container of its own. The root
//! container would be one that they share, with their files, processes and variables, and `defaults`
//! takes no container.

use std::ops::Range;

use crate::analysis::Analysis;
use crate::diagnostic::Edit;
use crate::rules::edits::{line_start, own_container, remove};
use crate::source::Span;
use crate::syntax::{Entry, Kind as NodeKind, Node, Tree};
use crate::workflow::kept_files::KeptFiles;
use crate::workflow::{Place, Step, Workflow};

use super::{Kind, Proof, Refactoring, touches};

/// The steps of a document that stand as items in its list.
fn items(workflow: &Workflow) -> Option<&[crate::syntax::NodeRef]> {
    let steps = workflow.node.entry("steps").filter(|entry| !entry.merged)?;
    match &steps.value.kind {
        NodeKind::Sequence(items) => Some(items),
        _ => None,
    }
}

/// The container of the step that the span touches.
fn container_at(workflow: &Workflow, span: Span) -> Option<&Entry> {
    let items = items(workflow)?;
    let first = items.partition_point(|item| item.span.end < span.start);
    let item = items.get(first).filter(|item| touches(item.span, span) && matches!(item.kind, NodeKind::Mapping(_)))?;
    item.entry("container").filter(|entry| !entry.merged && touches(entry.key.span.to(entry.value.span), span))
}

/// The container that a step writes and others repeat, as an anchor with aliases.
pub(super) fn shared(analysis: &Analysis, workflow: &Workflow, span: Span) -> Option<Refactoring> {
    let tree = &analysis.tree;
    let container = container_at(workflow, span)?;
    let is_written = |entry: &&Entry| {
        let is_own = matches!(entry.value.kind, NodeKind::Mapping(_)) && entry.value.tag().is_none();
        !entry.merged && is_own && !tree.is_repaired(entry.value.span)
    };
    Some(container).filter(is_written)?;
    let own = items(workflow)?.iter().filter(|item| matches!(item.kind, NodeKind::Mapping(_)) && !item.span.is_beyond());
    let same = own.filter_map(|item| item.entry("container")).filter(is_written);
    let same: Vec<&Entry> = same.filter(|entry| is_same(&entry.value, &container.value)).collect();
    let (first, others) = same.split_first()?;
    // What is written once more may have anchors of its own, and comments that would be gone.
    let is_free = |entry: &&Entry| {
        let whole = Span::new(entry.value.span.start, end_of_line(&tree.text, entry.value.span.end));
        entry.value.properties.is_none() && !has_properties(&entry.value) && tree.comments_in(whole).is_empty()
    };
    if others.is_empty() || !others.iter().all(is_free) {
        return None;
    }
    let (name, mut edits) = match first.value.anchor() {
        Some((name, _)) => (name.clone(), Vec::new()),
        None => {
            let name = free_name(tree, &first.value);
            let at = colon(tree, first)? + 1;
            (name.clone(), vec![Edit { span: Span::at(at), text: format!(" &{name}") }])
        }
    };
    for other in others {
        edits.push(Edit { span: Span::new(colon(tree, other)? + 1, other.value.span.end), text: format!(" *{name}") });
    }
    let count = others.len();
    let steps = if count == 1 { "the step that repeats it".to_owned() } else { format!("the {count} steps that repeat it") };
    let title = format!("Write this container once, as `*{name}` in {steps}");
    Some(Refactoring { title, kind: Kind::Extract, edits, proof: Proof::Same })
}

/// A container that an alias stands for, written in its place.
pub(super) fn copied(analysis: &Analysis, workflow: &Workflow, span: Span) -> Option<Refactoring> {
    let tree = &analysis.tree;
    let entry = container_at(workflow, span)?;
    let NodeKind::Alias(Some(target)) = &entry.value.kind else { return None };
    let alias = entry.value.span;
    let rest = tree.text.get(alias.end..end_of_line(&tree.text, alias.end))?;
    if !matches!(target.kind, NodeKind::Mapping(_)) || target.span.is_beyond() || has_properties(target) || !rest.trim().is_empty() {
        return None;
    }
    let key = entry.key.span.start;
    let column = key - line_start(&tree.text, key);
    let text = if target.flow {
        format!(" {}", tree.text.get(target.span.range()).filter(|text| !text.contains('\n'))?)
    } else {
        format!("\n{}", moved(tree, target.span.range(), column + 2)?)
    };
    let edits = vec![Edit { span: Span::new(colon(tree, entry)? + 1, alias.end), text }];
    let name = tree.text.get(alias.range())?;
    Some(Refactoring { title: format!("Write out the container that `{name}` stands for"), kind: Kind::Inline, edits, proof: Proof::Same })
}

/// The root container, for a step that has nothing in common with the others in it.
pub(super) fn own(analysis: &Analysis, workflow: &Workflow, span: Span) -> Option<Refactoring> {
    let container = workflow.container.as_ref().filter(|container| !container.node.span.is_beyond() && container.image().is_some())?;
    let at = workflow.steps.partition_point(|step| step.node.span.end < span.start);
    let step = workflow.steps.get(at).filter(|step| touches(step.label, span) || touches(step.action_key, span))?;
    if step.place != Place::RootContainer || step.node.span.is_beyond() || analysis.tree.is_anchored(step.node.span) {
        return None;
    }
    let inside: Vec<&Step> = workflow.every_step().filter(|step| step.place == Place::RootContainer).collect();
    let mut edits = vec![own_container(&analysis.tree, container, step)?];
    let title = if inside.len() == 1 {
        edits.push(remove(&analysis.tree, &[(&workflow.node, "container")])?);
        format!("Move the root container to `{}`, the only step in it", step.called())
    } else {
        if KeptFiles::of(workflow, container, &inside).are_shared(step) {
            return None;
        }
        format!("Give `{}` a container of its own, like the root's", step.called())
    };
    Some(Refactoring { title, kind: Kind::Inline, edits, proof: Proof::Same })
}

/// Where the colon behind a key is.
fn colon(tree: &Tree, entry: &Entry) -> Option<usize> {
    let rest = tree.text.get(entry.key.span.end..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest.get(blanks..)?.starts_with(':').then_some(entry.key.span.end + blanks)
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |length| at + length)
}

/// The lines of a mapping in block style, as they stand at another column.
fn moved(tree: &Tree, range: Range<usize>, column: usize) -> Option<String> {
    let start = line_start(&tree.text, range.start);
    let old = range.start - start;
    let lines = tree.text.get(start..range.end)?.lines().enumerate().map(|(number, line)| {
        if line.trim().is_empty() {
            return Some(String::new());
        }
        // The first line may have a dash, or a key, before it.
        let rest = if number == 0 { line.get(old..)? } else { line.get(old..).filter(|_| line.starts_with(&" ".repeat(old)))? };
        Some(format!("{}{rest}", " ".repeat(column)))
    });
    Some(lines.collect::<Option<Vec<_>>>()?.join("\n"))
}

/// Whether something in a node, at any depth, has an anchor or stands for one.
fn has_properties(node: &Node) -> bool {
    let mut open: Vec<&Node> = match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().flat_map(|entry| [&*entry.key, &*entry.value]).collect(),
        _ => Vec::new(),
    };
    while let Some(node) = open.pop() {
        match &node.kind {
            _ if node.properties.is_some() => return true,
            NodeKind::Scalar(_) => {}
            NodeKind::Alias(_) => return true,
            NodeKind::Mapping(entries) if entries.iter().any(|entry| entry.merged) => return true,
            NodeKind::Mapping(entries) => open.extend(entries.iter().flat_map(|entry| [&*entry.key, &*entry.value])),
            NodeKind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
        }
    }
    false
}

/// Whether two nodes have the same value, and were written with the same words.
fn is_same(a: &Node, b: &Node) -> bool {
    let mut open = vec![(a, b)];
    while let Some((a, b)) = open.pop() {
        match (&a.kind, &b.kind) {
            (NodeKind::Scalar(one), NodeKind::Scalar(other)) if one.text == other.text && a.scalar_type() == b.scalar_type() => {}
            (NodeKind::Mapping(one), NodeKind::Mapping(other)) if one.len() == other.len() => {
                let pairs = one.iter().zip(other);
                if pairs.clone().any(|(one, other)| one.name() != other.name() || one.merged || other.merged) {
                    return false;
                }
                open.extend(pairs.map(|(one, other)| (&*one.value, &*other.value)));
            }
            (NodeKind::Sequence(one), NodeKind::Sequence(other)) if one.len() == other.len() => {
                open.extend(one.iter().zip(other).map(|(one, other)| (&**one, &**other)));
            }
            _ => return false,
        }
    }
    true
}

/// A name for an anchor, after the image; one that the text does not have yet.
fn free_name(tree: &Tree, container: &Node) -> String {
    let image = container.get("image").or_else(|| container.get("exec")).and_then(|image| image.text()).unwrap_or_default();
    let base = image.split(['@', '$']).next().unwrap_or_default();
    let base = base.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let base: String = base.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let base = if base.trim_matches('-').is_empty() { "container" } else { base.trim_matches('-') };
    let names = std::iter::once(base.to_owned()).chain((2..).map(|number| format!("{base}-{number}")));
    let is_free = |name: &String| !tree.text.contains(&format!("&{name}"));
    names.into_iter().find(is_free).unwrap_or_default()
}
