//! Keys taken out of mappings.

use super::{add_key, comments_above, line_start};
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, Tree};

/// The edit that takes out a key with its value. `path`: mappings, each in the one before it, with
/// the key there; of a mapping that would be empty the key that leads to it goes too. `None` where
/// the layout does not allow it, or what goes may stand for more than this place.
pub(crate) fn remove(tree: &Tree, path: &[(&Node, &str)]) -> Option<Edit> {
    let ((mapping, key), outer) = path.split_last()?;
    let Kind::Mapping(entries) = &mapping.kind else { return None };
    if mapping.span.is_beyond() || tree.merges_in(mapping.span).next().is_some() {
        return None;
    }
    let own: Vec<&Entry> = entries.iter().filter(|entry| !entry.merged).collect();
    let at = own.iter().position(|entry| entry.name() == *key)?;
    if own.len() == 1 {
        return remove(tree, outer);
    }
    let edit = if mapping.flow { in_brackets(tree, &own, at)? } else { in_lines(tree, &own, at)? };
    let is_of_here = !tree.is_anchored(edit.span) && !tree.is_repaired(edit.span);
    is_of_here.then_some(edit)
}

/// What moves to another mapping: the edit that takes it out, and its comments.
struct Moved {
    /// The edit that takes out the key with its value, and with the comments below.
    removed: Edit,
    above: Vec<String>,
    behind: String,
}

/// Like [`remove`], for what `line` in block style says in `to` from then on: the comments directly
/// above it, and the one behind it, go there too.
pub(in crate::rules) fn relocate(tree: &Tree, path: &[(&Node, &str)], to: &Node, line: &str) -> Option<Vec<Edit>> {
    let moved = if to.flow { Moved::without_comments(remove(tree, path)?) } else { Moved::of(tree, path)? };
    let mut added = add_key(to, &tree.text, &format!("{line}{}", moved.behind))?;
    let indent = " ".repeat(added.text.len() - added.text.trim_start_matches(' ').len());
    added.text.insert_str(0, &moved.above.iter().map(|comment| format!("{indent}{comment}\n")).collect::<String>());
    Some(vec![moved.removed, added])
}

impl Moved {
    fn without_comments(removed: Edit) -> Self {
        Self { removed, above: Vec::new(), behind: String::new() }
    }

    fn of(tree: &Tree, path: &[(&Node, &str)]) -> Option<Self> {
        let text = tree.text.as_ref();
        let mut moved = Self::without_comments(remove(tree, path)?);
        let (mapping, key) = path.last()?;
        let value = &mapping.entry(key)?.value;
        let span = moved.removed.span;
        let mut inside = tree.comments_in(span);
        if let [before @ .., last] = inside
            && let Some(between) = text.get(value.span.end..last.start)
            && !between.is_empty()
            && between.chars().all(|c| matches!(c, ' ' | '\t'))
        {
            moved.behind = format!("{between}{}", text.get(last.range())?.trim_end());
            inside = before;
        }
        let inside = inside.iter().filter_map(|comment| Some(text.get(comment.range())?.trim_end().to_owned()));
        moved.removed.text.clear();
        if span.start == line_start(text, span.start) {
            let start = comments_above(tree, span.start);
            moved.above = text.get(start..span.start)?.lines().map(|line| line.trim().to_owned()).collect();
            moved.removed.span = Span::new(start, span.end);
        }
        moved.above.extend(inside);
        Some(moved)
    }
}

/// An entry up to the next one, or from the end of the one before.
fn in_brackets(tree: &Tree, entries: &[&Entry], at: usize) -> Option<Edit> {
    let entry = entries.get(at)?;
    let span = match entries.get(at + 1) {
        Some(next) => Span::new(entry.key.span.start, next.key.span.start),
        None => {
            let before = entries.get(at.checked_sub(1)?)?;
            // Where an empty value ends the text does not tell.
            let end = Some(before.value.span.end).filter(|_| !before.value.is_null())?;
            Span::new(end, entry.value.span.end.max(entry.key.span.end))
        }
    };
    let is_clear = tree.comments_in(span).is_empty() && entry.value_span() != entry.key.span;
    is_clear.then(|| Edit { span, text: String::new() })
}

/// The lines of an entry, of which comments stay; behind a dash, up to the next entry.
fn in_lines(tree: &Tree, entries: &[&Entry], at: usize) -> Option<Edit> {
    let text = tree.text.as_ref();
    let entry = entries.get(at)?;
    let key = entry.key.span.start;
    let start = line_start(text, key);
    let last = text.get(..entry.value.span.end.max(entry.key.span.end))?.trim_end().len();
    let end = last + text.get(last..)?.find('\n').map_or(text.len() - last, |line_break| line_break + 1);
    let rest = text.get(last..end)?.trim().trim_start_matches(':').trim_start();
    if !(rest.is_empty() || rest.starts_with('#')) {
        return None;
    }
    let before = text.get(start..key)?;
    let indent = " ".repeat(before.len());
    let comments = tree.comments_in(Span::new(start, end)).iter().map(|comment| text.get(comment.range()).unwrap_or_default().trim_end());
    if before.trim().is_empty() {
        return Some(Edit { span: Span::new(start, end), text: comments.map(|comment| format!("{indent}{comment}\n")).collect() });
    }
    let next = entries.get(at + 1)?.key.span.start;
    let is_free = next >= end && text.get(end..next)?.trim().is_empty() && before.chars().all(|c| c == '-' || c == ' ');
    is_free.then(|| Edit { span: Span::new(key, next), text: comments.map(|comment| format!("{comment}\n{indent}")).collect() })
}
