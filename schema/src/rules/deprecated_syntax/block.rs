//! A mapping in block style, cut into its entries with the comments that belong to each.

use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, Style, Tree};

/// Replacements in the text, by place.
pub(super) type Replacements = Vec<(Span, String)>;

/// A mapping whose keys each start a line, but for the first, which may follow a dash.
pub(super) struct Block<'t> {
    text: &'t str,
    /// The column of the keys, in bytes.
    pub(super) column: usize,
    /// The entries in the order of the text.
    pub(super) slots: Vec<Slot<'t>>,
    /// Whether an entry ends in a block scalar to which blank lines behind it belong: `|+`.
    pub(super) keeps_blank_lines: bool,
}

/// An entry with its lines.
pub(super) struct Slot<'t> {
    pub(super) entry: &'t Entry,
    /// Where the lines before it start: comments and blank lines.
    pub(super) start: usize,
    /// Where its own first line starts (of the first slot, the key itself).
    body: usize,
    /// Where the content of its last line ends.
    pub(super) end: usize,
}

impl<'t> Block<'t> {
    /// Cuts up a mapping; `None` for one in brackets, with merge keys, or laid out in a way that
    /// does not part into lines.
    pub(super) fn read(tree: &'t Tree, node: &'t Node) -> Option<Self> {
        let text = tree.text.as_ref();
        let Kind::Mapping(entries) = &node.kind else { return None };
        let (first, last) = (entries.first()?, entries.last()?);
        let is_whole = node.span.start == first.key.span.start && node.span.end <= last.value.span.end.max(last.key.span.end);
        let has_lone_return = text.get(node.span.range())?.replace("\r\n", "").contains('\r');
        if node.flow || !is_whole || has_lone_return || entries.iter().any(|entry| entry.merged) || tree.is_repaired(node.span) {
            return None;
        }
        let column = first.key.span.start - line_start(text, first.key.span.start);
        let mut slots: Vec<Slot<'t>> = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = &entry.key;
            let line = line_start(text, key.span.start);
            let prefix = text.get(line..key.span.start)?;
            let (start, body) = match slots.last() {
                None if prefix.is_ascii() && !prefix.contains(['\t', '?']) => (key.span.start, key.span.start),
                Some(before) if prefix.len() == column && prefix.bytes().all(|byte| byte == b' ') => (next_line(text, before.end)?, line),
                _ => return None,
            };
            let lead = text.get(start..body)?;
            if !lead.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
                return None;
            }
            slots.push(Slot { entry, start, body, end: entry_end(text, entry)? });
        }
        let keeps_blank_lines = entries.iter().any(|entry| keeps_blank_lines(text, &entry.value));
        Some(Self { text, column, slots, keeps_blank_lines })
    }

    /// Whether a line follows that a block scalar, if one came to stand last, would take in: a
    /// comment that is indented further than the keys, or a blank line behind `|+`.
    pub(super) fn is_followed_closely(&self) -> bool {
        let Some(end) = self.slots.last().map(|slot| slot.end) else { return false };
        let Some(next) = next_line(self.text, end) else { return false };
        let mut first = true;
        for line in self.text.get(next..).unwrap_or_default().lines() {
            let content = line.trim_start_matches(' ');
            let is_blank = content.trim().is_empty();
            if is_blank && first && self.keeps_blank_lines {
                return true;
            }
            if !is_blank {
                if !content.starts_with('#') {
                    return false;
                }
                if line.len() - content.len() > self.column {
                    return true;
                }
            }
            first = false;
        }
        false
    }

    /// The line break of the mapping's lines.
    pub(super) fn line_break(&self) -> &'static str {
        let from = self.slots.first().map_or(0, |slot| slot.start);
        let ends_in_return = self.text.get(from..).and_then(|rest| rest.find('\n').map(|at| rest[..at].ends_with('\r')));
        if ends_in_return.unwrap_or_else(|| self.text.contains("\r\n")) { "\r\n" } else { "\n" }
    }

    /// The comments and blank lines before an entry.
    pub(super) fn lead(&self, slot: usize) -> Vec<String> {
        let Some(slot) = self.slots.get(slot) else { return Vec::new() };
        let lead = self.text.get(slot.start..slot.body).unwrap_or_default();
        lead.strip_suffix('\n').map(lines).unwrap_or_default()
    }

    /// The lines of an entry, the first one indented to the column of the keys, after
    /// replacements in it.
    pub(super) fn body(&self, slot: usize, replacements: &[(Span, String)]) -> Vec<String> {
        let Some(slot) = self.slots.get(slot) else { return Vec::new() };
        let mut body = self.text.get(slot.body..slot.end).unwrap_or_default().to_owned();
        let mut sorted: Vec<&(Span, String)> = replacements.iter().collect();
        sorted.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, text) in sorted {
            let range = span.start.saturating_sub(slot.body)..span.end.saturating_sub(slot.body);
            if body.get(range.clone()).is_some() {
                body.replace_range(range, text);
            }
        }
        let missing = if slot.body == slot.entry.key.span.start { self.column } else { 0 };
        lines(&format!("{}{body}", " ".repeat(missing)))
    }

    /// The comment behind the value of an entry on one line, with the blanks before it.
    pub(super) fn tail(&self, slot: usize) -> Option<&'t str> {
        let slot = self.slots.get(slot)?;
        let rest = self.text.get(content_end(self.text, slot.entry)..slot.end)?.trim_end();
        rest.trim_start().starts_with('#').then_some(rest)
    }
}

/// Lines moved to the right; empty ones stay empty.
pub(super) fn shifted(lines: Vec<String>, columns: usize) -> Vec<String> {
    lines.into_iter().map(|line| if line.is_empty() { line } else { format!("{}{line}", " ".repeat(columns)) }).collect()
}

/// The lines of a text, without their line breaks.
fn lines(text: &str) -> Vec<String> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()).collect()
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break + 1)
}

/// Where the line after the one of the offset starts.
fn next_line(text: &str, offset: usize) -> Option<usize> {
    Some(offset + text.get(offset..)?.find('\n')? + 1)
}

/// Where the content of an entry ends: its value, or the colon of one without.
fn content_end(text: &str, entry: &Entry) -> usize {
    let key = entry.key.span.end;
    let colon = text.get(key..).and_then(|rest| rest.find(':')).map_or(key, |at| key + at + 1);
    if entry.value.span.start == entry.value.span.end { colon } else { entry.value.span.end.max(colon) }
}

/// Where the content of the entry's last line ends; `None` when there is more in it than the
/// entry and a comment.
fn entry_end(text: &str, entry: &Entry) -> Option<usize> {
    let key = &entry.key;
    let is_simple = key.scalar().is_some_and(|scalar| !scalar.is_block()) && key.properties.is_none();
    if !is_simple || !matches!(key.kind, Kind::Scalar(_)) || !text.get(key.span.end..)?.trim_start_matches(' ').starts_with(':') {
        return None;
    }
    let content = content_end(text, entry);
    let rest = text.get(content..)?;
    let line = rest.find('\n').map_or(rest, |at| &rest[..at]).trim_end_matches('\r');
    let is_comment = line.starts_with([' ', '\t']) && line.trim_start().starts_with('#');
    if !is_comment && !line.trim().is_empty() {
        return None;
    }
    let mut end = content + line.len();
    if keeps_blank_lines(text, &entry.value) {
        while let Some(next) = next_line(text, end) {
            let rest = text.get(next..)?;
            let line = rest.find('\n').map_or(rest, |at| &rest[..at]);
            if !line.trim().is_empty() || next == text.len() {
                break;
            }
            end = next + line.trim_end_matches('\r').len();
        }
    }
    Some(end)
}

/// Whether the value ends in a block scalar whose trailing blank lines count: `|+`.
fn keeps_blank_lines(text: &str, value: &Node) -> bool {
    let mut node = value;
    loop {
        node = match &node.kind {
            Kind::Mapping(entries) => match entries.last() {
                Some(entry) => &entry.value,
                None => return false,
            },
            Kind::Sequence(items) => match items.last() {
                Some(item) => item,
                None => return false,
            },
            Kind::Scalar(scalar) if matches!(scalar.style, Style::Literal | Style::Folded) => {
                let header = text.get(..node.span.start).and_then(|before| before.trim_end().lines().next_back());
                return header.is_some_and(|header| header.contains('+'));
            }
            Kind::Scalar(_) | Kind::Alias(_) => return false,
        };
    }
}
