//! Room for edits: a text with a comment line behind each item of `steps`, which gives way when the item grows.
//!
//! The text that is read has these lines, the one that the author sees does not. While an item grows and shrinks
//! within its room, all that stands behind it keeps its place.

use std::ops::Range;

use crate::source::Span;
use crate::syntax::{Kind, Tree};

/// Bytes of room that each item is given.
const ROOM: usize = 64;

/// Bytes of room for the item that is being written.
const ROOM_TO_WRITE: usize = 4096;

/// The author's text in parts, each with its place in the text that is read: what stands before the first item of
/// `steps`, each item, and what stands behind the last one.
#[derive(Clone, Debug)]
pub struct Layout {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug)]
struct Part {
    /// Its first byte in the author's text.
    own: usize,
    /// Its first byte in the text that is read.
    read: usize,
    /// Its bytes.
    len: usize,
}

/// What a change of the author's text is in the text that is read.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The item of `steps` that it is in, from 0.
    pub(crate) item: usize,
    /// The part of the text that is read that holds the item with its room.
    pub(crate) room: Span,
    /// What stands there from now on.
    pub(crate) text: String,
    /// How many bytes of that are the author's.
    pub(crate) len: usize,
}

impl Layout {
    /// A text with room behind each item, where it has `steps` of so many items; most room for the item at a byte of the
    /// text. Whether the parts are items only the tree of that text can tell: see [`Layout::fits`].
    pub(crate) fn of(text: &str, at_least: usize, at: Option<usize>) -> Option<(Self, String)> {
        let starts = items(text)?;
        // The first and the last of them begin the first item and what stands behind all.
        if starts.len() < at_least.saturating_add(1) || starts.len() < 2 {
            return None;
        }
        let mut parts = Vec::with_capacity(starts.len() + 1);
        let mut read = String::with_capacity(text.len() + starts.len() * ROOM * 3 / 2);
        let ends = starts.iter().copied().skip(1).chain([text.len()]);
        let (first, last) = (*starts.first()?, starts.len());
        parts.push(Part { own: 0, read: 0, len: first });
        read.push_str(text.get(..first)?);
        for (number, (&own, end)) in starts.iter().zip(ends).enumerate() {
            let item = text.get(own..end)?;
            if ends_in_empty_block(item) {
                return None;
            }
            parts.push(Part { own, read: read.len(), len: item.len() });
            read.push_str(item);
            if number + 1 < last && item.ends_with('\n') {
                let is_written = at.is_some_and(|at| own <= at && at < end);
                push_room(&mut read, if is_written { ROOM_TO_WRITE } else { ROOM });
            }
        }
        Some((Self { parts }, read))
    }

    /// Whether the parts are what the tree of the text has for items, each with nothing that ties it to other parts of the
    /// file.
    pub(crate) fn fits(&self, tree: &Tree) -> bool {
        let [document] = tree.documents.as_slice() else { return false };
        let Some(entry) = document.root.as_deref().and_then(|root| root.entry("steps")).filter(|entry| !entry.merged) else { return false };
        let Kind::Sequence(items) = &entry.value.kind else { return false };
        let is_plain = entry.value.properties.is_none() && !entry.value.flow;
        let parts = self.parts.iter().skip(1);
        is_plain
            && items.len() + 2 == self.parts.len()
            && items.iter().zip(parts).all(|(item, part)| part.read <= item.span.start && item.span.end <= part.read + part.len)
    }

    /// The comments that only make room, as spans of the text that is read.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = Span> {
        self.parts.windows(2).filter_map(|pair| match pair {
            [part, next] => Some(Span::new(part.read + part.len, next.read)).filter(|room| room.start < room.end),
            _ => None,
        })
    }

    /// The place in the author's text of a byte of the text that is read.
    pub fn own(&self, read: usize) -> usize {
        let part = self.parts.partition_point(|part| part.read <= read).checked_sub(1).and_then(|at| self.parts.get(at));
        part.map_or(read, |part| part.own + (read - part.read).min(part.len))
    }

    /// The place in the text that is read of a byte of the author's text.
    pub fn read(&self, own: usize) -> usize {
        let part = self.parts.partition_point(|part| part.own <= own).checked_sub(1).and_then(|at| self.parts.get(at));
        part.map_or(own, |part| part.read + (own - part.own).min(part.len))
    }

    /// The item that a span of the text that is read lies in.
    pub(crate) fn item_of(&self, span: Span) -> Option<usize> {
        let at = self.parts.partition_point(|part| part.read <= span.start).checked_sub(2)?;
        self.item(at).filter(|item| span.end <= item.end).map(|_| at)
    }

    /// The place of an item in the text that is read, without its room.
    pub(crate) fn item(&self, number: usize) -> Option<Span> {
        let is_item = number + 2 < self.parts.len();
        self.parts.get(number + 1).filter(|_| is_item).map(|part| Span::new(part.read, part.read + part.len))
    }

    /// What the author changed, where it is within one item and the item keeps to its room.
    pub(crate) fn change(&self, before: &str, now: &str) -> Option<Change> {
        let (old, new) = changed(before, now);
        let at = self.parts.partition_point(|part| part.own <= old.start).checked_sub(1)?;
        let (part, next) = (self.parts.get(at)?, self.parts.get(at + 1)?);
        // What the line break at its end is changed to belongs to the next part as well.
        if at == 0 || old.end >= part.own + part.len {
            return None;
        }
        let len = (part.len + new.len()).checked_sub(old.len())?;
        let mut text = now.get(part.own..part.own + len).filter(|text| !ends_in_empty_block(text))?.to_owned();
        let room = Span::new(part.read, next.read);
        let left = (room.end - room.start).checked_sub(text.len()).filter(|&left| left >= 2)?;
        push_room(&mut text, left);
        Some(Change { item: at - 1, room, text, len })
    }

    /// The layout after a change.
    pub(crate) fn after(&mut self, change: &Change) {
        let Some((part, behind)) = self.parts.get_mut(change.item + 1..).and_then(<[Part]>::split_first_mut) else { return };
        let (old, new) = (part.len, change.len);
        part.len = new;
        behind.iter_mut().for_each(|part| part.own = part.own + new - old);
    }
}

/// Whether the last that a text holds may be a block scalar without a line: where that stands depends on what follows.
fn ends_in_empty_block(text: &str) -> bool {
    let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let header = last.split(" #").next().unwrap_or_default().trim_end();
    header.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit()).ends_with(['|', '>'])
}

/// A comment line of so many bytes.
fn push_room(text: &mut String, bytes: usize) {
    text.extend(std::iter::repeat_n('#', bytes.saturating_sub(1)));
    text.push('\n');
}

/// The part in which two texts differ, in each of them.
pub(crate) fn changed(before: &str, now: &str) -> (Range<usize>, Range<usize>) {
    let (a, b) = (before.as_bytes(), now.as_bytes());
    let mut start = same_start(a, b);
    while !(before.is_char_boundary(start) && now.is_char_boundary(start)) {
        start -= 1;
    }
    let mut end = same_end(a.get(start..).unwrap_or_default(), b.get(start..).unwrap_or_default());
    while !(before.is_char_boundary(a.len() - end) && now.is_char_boundary(b.len() - end)) {
        end -= 1;
    }
    (start..a.len() - end, start..b.len() - end)
}

/// Bytes that are compared at a time, until some differ.
const AT_A_TIME: usize = 1024;

/// How many bytes are the same at the start.
fn same_start(a: &[u8], b: &[u8]) -> usize {
    let whole = a.chunks_exact(AT_A_TIME).zip(b.chunks_exact(AT_A_TIME)).take_while(|(a, b)| a == b).count() * AT_A_TIME;
    whole + a.iter().zip(b).skip(whole).take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same at the end.
fn same_end(a: &[u8], b: &[u8]) -> usize {
    let whole = a.rchunks_exact(AT_A_TIME).zip(b.rchunks_exact(AT_A_TIME)).take_while(|(a, b)| a == b).count() * AT_A_TIME;
    whole + a.iter().rev().zip(b.iter().rev()).skip(whole).take_while(|(a, b)| a == b).count()
}

/// Where the items of `steps` start, by the look of their lines, and where what follows them does.
fn items(text: &str) -> Option<Vec<usize>> {
    let mut lines = Lines { text, at: 0 };
    lines.by_ref().find(|(_, line)| {
        line.strip_prefix("steps:").is_some_and(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with('#'))
    })?;
    let mut starts = Vec::new();
    let mut column = None;
    for (at, line) in lines {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        let is_item = content == "-" || content.starts_with("- ") || content.trim_end() == "-";
        match column {
            None if is_item => {
                column = Some(indent);
                starts.push(at);
            }
            None => return None,
            Some(column) if indent == column && is_item => starts.push(at),
            Some(column) if indent <= column => {
                starts.push(at);
                // Anything but another key of the root may go together with what stands before it.
                return Some(starts).filter(|_| indent == 0 && content.starts_with(|c: char| c.is_ascii_alphabetic()));
            }
            Some(_) => {}
        }
    }
    starts.push(text.len());
    Some(starts)
}

/// The lines of a text, each with its first byte, without what ends it.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (at, end) = (self.at, rest.find('\n').unwrap_or(rest.len()));
        self.at += (end + 1).min(rest.len());
        let line = rest.get(..end)?;
        Some((at, line.strip_suffix('\r').unwrap_or(line)))
    }
}
