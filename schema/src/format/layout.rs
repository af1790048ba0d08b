//! Where each line of a text belongs, by the collections that are open there.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::Options;
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::syntax::{Kind, Node, NodeRef, Tree};

/// Columns by which the content of a list's item stands deeper than its dash.
const BEHIND_DASH: usize = 2;

/// A text and what its lines are.
pub(super) struct Layout<'a> {
    tree: &'a Tree,
    text: &'a str,
    options: Options,
    /// Where the keys of mappings in block style end, by where they start, and whether they are aliases.
    keys: HashMap<usize, (usize, bool)>,
    /// What is written in brackets.
    flow: Vec<&'a Node>,
    /// For each line, what it goes on with that began on a line above.
    inside: Vec<Option<Inside>>,
    /// The lines at whose end a scalar goes on.
    open_ended: Vec<bool>,
    /// The last line that is not blank.
    last: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Scalar,
    Brackets,
}

/// A collection that is open: its column before and after.
#[derive(Clone, Copy)]
struct Level {
    old: usize,
    new: usize,
    is_list: bool,
}

/// The first thing of a line that begins an entry, an item or a value.
#[derive(Clone, Copy)]
struct Start {
    old: usize,
    new: usize,
    is_dash: bool,
}

/// The lines of whole entries of one collection.
#[derive(Clone)]
pub(super) struct Part {
    lines: RangeInclusive<usize>,
    /// The column of the collection, which stays, and whether it is a list.
    column: Option<(usize, bool)>,
}

impl Part {
    fn has(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }

    fn is_of(&self, level: (usize, bool)) -> bool {
        self.column == Some(level)
    }
}

/// A walk over the lines.
struct Walk {
    edits: Vec<Edit>,
    stack: Vec<Level>,
    /// The column of the last thing on the last line that starts anything, and by how much it moved.
    content: usize,
    shift: isize,
    /// By how much that line's first thing moved.
    first_shift: isize,
    /// Comments that no line has come behind yet.
    comments: Vec<usize>,
    /// The column that comments must not exceed: behind a block scalar they would be its text.
    limit: Option<usize>,
    /// The last line of a block scalar, and whether it keeps the blank lines at its end.
    block: Option<(usize, bool)>,
    /// For each line what starts on it.
    starts: Vec<Option<Start>>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(tree: &'a Tree, options: Options) -> Self {
        let count = tree.lines.len();
        let is_blank = |line: &usize| tree.lines.line_span(&tree.text, *line).range();
        let last = (0..count).rev().find(|line| tree.text.get(is_blank(line)).is_some_and(|line| !line.trim().is_empty()));
        let mut layout = Self {
            tree,
            text: &tree.text,
            options,
            keys: HashMap::new(),
            flow: Vec::new(),
            inside: vec![None; count],
            open_ended: vec![false; count],
            last: last.unwrap_or(0),
        };
        for root in tree.documents.iter().filter_map(|document| document.root.as_ref()) {
            layout.look_at(root);
        }
        let merges = tree.merges_in(Span::new(0, tree.text.len())).map(|(key, value)| (*key, value));
        for (key, value) in merges {
            layout.keys.insert(key.start, (key.end, false));
            layout.look_at(value);
        }
        layout
    }

    fn look_at(&mut self, root: &'a NodeRef) {
        let mut open: Vec<&'a NodeRef> = vec![root];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Scalar(scalar) if !scalar.is_block() => self.goes_on(node, Inside::Scalar),
                Kind::Scalar(_) | Kind::Alias(_) => {}
                Kind::Sequence(items) => open.extend(items),
                Kind::Mapping(entries) => {
                    for entry in entries.iter().filter(|entry| !entry.merged) {
                        if !node.flow {
                            let is_alias = matches!(entry.key.kind, Kind::Alias(_));
                            self.keys.insert(entry.key.span.start, (entry.key.span.end, is_alias));
                        }
                        open.extend([&entry.key, &entry.value]);
                    }
                }
            }
            if node.flow && !matches!(node.kind, Kind::Scalar(_)) {
                self.flow.push(node);
                self.goes_on(node, Inside::Brackets);
            }
        }
    }

    fn goes_on(&mut self, node: &Node, inside: Inside) {
        let lines = &self.tree.lines;
        let (first, last) = (lines.line_of(node.span.start), lines.line_of(node.span.end));
        for line in first..last {
            if let Some(next) = self.inside.get_mut(line + 1)
                && *next != Some(Inside::Scalar)
            {
                *next = Some(inside);
            }
            if let Some(open) = self.open_ended.get_mut(line) {
                *open |= inside == Inside::Scalar;
            }
        }
    }

    /// The lines of whole entries that these lines are of; `None` for a text that is not understood.
    pub(super) fn whole_entries(&self, lines: RangeInclusive<usize>) -> Option<Part> {
        let starts = self.walk(Some(&Part { lines: RangeInclusive::new(1, 0), column: None }))?.starts;
        let end = self.last.min(starts.len().saturating_sub(1));
        let (mut first, mut last) = ((*lines.start()).min(end), (*lines.end()).min(end));
        let is_comment =
            |line: usize| self.inside.get(line) == Some(&None) && self.content(line).trim_start_matches([' ', '\t']).starts_with('#');
        let is_within =
            |line: usize| starts.get(line).copied().flatten().is_none() && !self.content(line).trim().is_empty() && !is_comment(line);
        while first > 0 && is_within(first) {
            first -= 1;
        }
        // The outermost column of the lines, and whether an item of a list starts there.
        let outermost = |first: usize, last: usize| {
            let starts = starts.get(first..=last).unwrap_or_default().iter().flatten();
            starts.map(|start| (start.old, start.is_dash)).min()
        };
        let Some((column, is_dash)) = outermost(first, last) else { return Some(Part { lines: first..=last, column: None }) };
        let belongs = |start: &Start| start.old > column || (start.old == column && start.is_dash && !is_dash);
        // What the first lines belong to starts above them.
        while first > 0 && starts.get(first).copied().flatten().is_none_or(|start| belongs(&start)) {
            first -= 1;
        }
        while last < end && starts.get(last + 1).copied().flatten().is_none_or(|start| belongs(&start)) {
            last += 1;
        }
        Some(Part { lines: first..=last, column: Some((column, is_dash)) })
    }

    /// The edits of these lines, or of all.
    pub(super) fn edits(&self, part: Option<&Part>) -> Option<Vec<Edit>> {
        let mut edits = self.walk(part)?.edits;
        for node in &self.flow {
            self.brackets(node, part, &mut edits);
        }
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        edits.dedup();
        Some(edits)
    }

    fn span(&self, line: usize) -> Span {
        self.tree.lines.line_span(self.text, line)
    }

    fn content(&self, line: usize) -> &'a str {
        self.text.get(self.span(line).range()).unwrap_or_default()
    }

    /// The spaces that a line starts with.
    fn indent(&self, line: usize) -> usize {
        let content = self.content(line);
        content.len() - content.trim_start_matches(' ').len()
    }

    fn walk(&self, part: Option<&Part>) -> Option<Walk> {
        let mut walk = Walk {
            edits: Vec::new(),
            stack: Vec::new(),
            content: 0,
            shift: 0,
            first_shift: 0,
            comments: Vec::new(),
            limit: None,
            block: None,
            starts: vec![None; self.inside.len()],
        };
        let is_asked = |line: usize| part.is_none_or(|part| part.has(line));
        let mut line = 0;
        while line <= self.last {
            let content = self.content(line);
            let bare = content.trim_start_matches([' ', '\t']);
            match self.inside.get(line).copied().flatten() {
                _ if is_marker(content) => {
                    self.put_comments(&mut walk, None, &is_asked);
                    let rest = content.get(3..).unwrap_or_default().trim_start();
                    if rest.starts_with(['|', '>']) {
                        return None;
                    }
                    walk.stack.clear();
                    (walk.shift, walk.first_shift, walk.limit) = (0, 0, None);
                    self.trim(&mut walk, line, &is_asked);
                }
                Some(Inside::Scalar) if bare.is_empty() => {}
                _ if bare.is_empty() => self.trim(&mut walk, line, &is_asked),
                Some(inside) => {
                    let least = walk.stack.last().map_or(0, |level| level.new + usize::from(inside == Inside::Scalar));
                    let old = self.indent(line);
                    let shift = if old < walk.content { walk.first_shift } else { walk.shift };
                    let new = old.saturating_add_signed(shift).max(least);
                    if is_asked(line) {
                        self.indent_to(&mut walk, line, new);
                    }
                    self.trim(&mut walk, line, &is_asked);
                }
                None if bare.starts_with('#') => walk.comments.push(line),
                None if content.starts_with('%') && walk.stack.is_empty() => self.trim(&mut walk, line, &is_asked),
                None => {
                    line = self.entry(&mut walk, line, part)?;
                    continue;
                }
            }
            line += 1;
        }
        self.put_comments(&mut walk, None, &is_asked);
        if is_asked(self.last) {
            self.end(&mut walk);
        }
        Some(walk)
    }

    /// A line on which an entry, an item or a value starts, and the block scalar that it may begin.
    /// Gives the next line.
    fn entry(&self, walk: &mut Walk, line: usize, part: Option<&Part>) -> Option<usize> {
        let is_asked = |line: usize| part.is_none_or(|part| part.has(line));
        let span = self.span(line);
        let (content, indent) = (self.content(line), self.indent(line));
        let around = if walk.comments.is_empty() { Vec::new() } else { walk.stack.clone() };
        let asked = is_asked(line);
        let mut at = indent;
        let mut first = None;
        // Where the value of the line may begin a block scalar.
        let mut value = None;
        if content.get(at..)?.starts_with('\t') {
            return None;
        }
        loop {
            let rest = content.get(at..)?;
            while walk.stack.last().is_some_and(|level| level.old > at) {
                walk.stack.pop();
            }
            if is_indicator(rest, '?') || is_indicator(rest, ':') {
                return None;
            }
            if is_indicator(rest, '-') {
                let level = match walk.stack.last() {
                    Some(level) if level.is_list && level.old == at => *level,
                    _ => self.open(walk, at, true, asked.then_some(part)),
                };
                first.get_or_insert(Start { old: at, new: level.new, is_dash: true });
                walk.shift = distance(level.old, level.new);
                let next = at + 1 + blanks(rest.get(1..)?);
                if content.get(next..)?.is_empty() || content.get(next..)?.starts_with('#') {
                    break;
                }
                if asked {
                    self.one_blank(walk, span.start + at + 1, span.start + next);
                    walk.shift = distance(next, level.new + BEHIND_DASH);
                }
                (at, value) = (next, Some(next));
                continue;
            }
            let bare = at + properties(rest);
            let Some(&(key_end, is_alias)) = self.keys.get(&(span.start + bare)) else {
                let new = match walk.stack.last() {
                    Some(level) if asked => level.new + self.depth(level),
                    _ => at,
                };
                if first.is_none() {
                    first = Some(Start { old: at, new, is_dash: false });
                    walk.shift = distance(at, new);
                }
                value = Some(at);
                break;
            };
            while walk.stack.last().is_some_and(|level| level.old == at && level.is_list) {
                walk.stack.pop();
            }
            let level = match walk.stack.last() {
                Some(level) if level.old == at => *level,
                _ => self.open(walk, at, false, asked.then_some(part)),
            };
            first.get_or_insert(Start { old: at, new: level.new, is_dash: false });
            walk.shift = distance(at, level.new);
            let behind = content.get(key_end.checked_sub(span.start)?..)?;
            let colon = key_end + blanks(behind);
            if self.text.get(colon..)?.starts_with(':') {
                let behind = colon + 1 + blanks(content.get(colon + 1 - span.start..)?);
                let rest = self.text.get(behind..span.end)?;
                if asked && !is_alias && colon > key_end {
                    walk.edits.push(Edit { span: Span::new(key_end, colon), text: String::new() });
                }
                if asked && !rest.is_empty() && !rest.starts_with('#') {
                    self.one_blank(walk, colon + 1, behind);
                }
                value = Some(behind - span.start);
            } else {
                value = None;
            }
            break;
        }
        let first = first?;
        (walk.content, walk.first_shift) = (at, distance(first.old, first.new));
        *walk.starts.get_mut(line)? = Some(first);
        if asked {
            self.indent_to(walk, line, first.new);
        }
        self.trim(walk, line, &is_asked);
        let here = std::mem::replace(&mut walk.stack, around);
        self.put_comments(walk, Some(first), &is_asked);
        walk.stack = here;
        walk.limit = None;
        let header = value.and_then(|at| content.get(at + properties(content.get(at..)?)..)).filter(|value| value.starts_with(['|', '>']));
        match header {
            Some(header) => self.block(walk, line, header, &is_asked),
            None => Some(line + 1),
        }
    }

    /// The collection that opens at a column; it stays there on a line that is not asked for.
    fn open(&self, walk: &mut Walk, at: usize, is_list: bool, asked: Option<Option<&Part>>) -> Level {
        let asked = asked.is_some_and(|part| part.is_none_or(|part| !part.is_of((at, is_list))));
        let new = walk.stack.last().map_or(0, |level| level.new + self.depth(level));
        let level = Level { old: at, new: if asked { new } else { at }, is_list };
        walk.stack.push(level);
        level
    }

    /// By how much what is in a collection stands deeper.
    fn depth(&self, level: &Level) -> usize {
        if level.is_list { BEHIND_DASH } else { self.options.indent }
    }

    /// The lines of a block scalar. Gives the line behind it.
    fn block(&self, walk: &mut Walk, line: usize, header: &str, is_asked: &dyn Fn(usize) -> bool) -> Option<usize> {
        let level = *walk.stack.last()?;
        let indicators = header.get(1..)?.split([' ', '\t', '#']).next()?;
        let explicit = indicators.chars().find_map(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
        let is_blank = |line: usize| self.content(line).trim().is_empty();
        let (old, new) = match explicit {
            Some(digit) => (level.old + digit, level.new + digit),
            None => {
                let first = (line + 1..self.inside.len()).find(|&line| !is_blank(line)).map(|line| self.indent(line));
                let Some(old) = first.filter(|&indent| indent > level.old) else { return Some(line + 1) };
                (old, if is_asked(line) { level.new + self.depth(&level) } else { old })
            }
        };
        let mut next = line + 1;
        while next < self.inside.len() && (is_blank(next) || self.indent(next) >= old) {
            let (content, indent) = (self.content(next), self.indent(next));
            let is_changed = is_asked(next) && next <= self.last;
            match () {
                () if !is_changed => {}
                () if content.len() == indent && indent <= old => self.replace(walk, self.span(next), ""),
                () if indent < old => return None,
                () => {
                    let start = self.span(next).start;
                    self.replace(walk, Span::new(start, start + old), &" ".repeat(new));
                }
            }
            if !is_blank(next) {
                walk.block = Some((next, indicators.contains('+')));
            }
            next += 1;
        }
        walk.limit = Some(level.new);
        Some(next)
    }

    /// Puts the comments above a line where that line goes, or where what stands around them goes.
    fn put_comments(&self, walk: &mut Walk, next: Option<Start>, is_asked: &dyn Fn(usize) -> bool) {
        for line in std::mem::take(&mut walk.comments) {
            let old = self.indent(line);
            let around = || walk.stack.iter().find(|level| level.old == old).map(|level| level.new);
            let moved = || match (next, walk.stack.iter().rev().find(|level| level.old < old)) {
                (Some(next), _) => old.saturating_add_signed(distance(next.old, next.new)),
                (None, Some(level)) => old.saturating_add_signed(distance(level.old, level.new)),
                (None, None) => old,
            };
            let new = next.filter(|next| next.old == old).map(|next| next.new).or_else(around).unwrap_or_else(moved);
            let new = walk.limit.map_or(new, |limit| new.min(limit));
            if is_asked(line) && !self.content(line).get(old..).unwrap_or_default().starts_with('\t') {
                self.indent_to(walk, line, new);
            }
            self.trim(walk, line, is_asked);
        }
    }

    fn indent_to(&self, walk: &mut Walk, line: usize, column: usize) {
        let start = self.span(line).start;
        self.replace(walk, Span::new(start, start + self.indent(line)), &" ".repeat(column));
    }

    fn one_blank(&self, walk: &mut Walk, start: usize, end: usize) {
        self.replace(walk, Span::new(start, end), " ");
    }

    fn replace(&self, walk: &mut Walk, span: Span, text: &str) {
        if self.text.get(span.range()) != Some(text) {
            walk.edits.push(Edit { span, text: text.to_owned() });
        }
    }

    /// Takes the blanks at the end of a line away.
    fn trim(&self, walk: &mut Walk, line: usize, is_asked: &dyn Fn(usize) -> bool) {
        let (span, content) = (self.span(line), self.content(line));
        let kept = content.trim_end_matches([' ', '\t']).len();
        if self.options.trim_lines && is_asked(line) && kept < content.len() && self.open_ended.get(line) == Some(&false) {
            walk.edits.push(Edit { span: Span::new(span.start + kept, span.end), text: String::new() });
        }
    }

    /// One line break at the end of the text.
    fn end(&self, walk: &mut Walk) {
        let end = self.span(self.last).end;
        let is_text = walk.block.is_some_and(|(line, _)| line == self.last);
        let is_kept = walk.block.is_some_and(|(line, keeps)| keeps && line == self.last);
        let rest = self.text.get(end..).unwrap_or_default();
        let line_break = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if line_break == 0 && rest.is_empty() && self.options.final_line_break && !is_text && !self.content(self.last).trim().is_empty() {
            let line_break = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
            walk.edits.push(Edit { span: Span::at(end), text: line_break.to_owned() });
        } else if rest.len() > line_break && self.options.trim_end && !is_kept {
            walk.edits.push(Edit { span: Span::new(end + line_break, self.text.len()), text: String::new() });
        }
    }

    /// One blank behind each comma and colon between brackets.
    fn brackets(&self, node: &Node, part: Option<&Part>, edits: &mut Vec<Edit>) {
        let is_asked = |at: usize| part.is_none_or(|part| part.has(self.tree.lines.line_of(at)));
        let mut behind = |end: usize, mark: char, is_alias: bool, may_be_tight: bool| {
            let Some(rest) = self.text.get(end..).filter(|_| is_asked(end)) else { return };
            let before = blanks(rest);
            let Some(after) = rest.get(before..).and_then(|rest| rest.strip_prefix(mark)) else { return };
            let blank = blanks(after);
            let at = end + before + 1;
            if before > 0 && !is_alias {
                edits.push(Edit { span: Span::new(end, end + before), text: String::new() });
            }
            let is_last = after.get(blank..).is_none_or(|rest| rest.is_empty() || rest.starts_with(['\n', '\r', '#', ',', ']', '}']));
            if !is_last && after.get(..blank) != Some(" ") && (blank > 0 || may_be_tight) {
                edits.push(Edit { span: Span::new(at, at + blank), text: " ".to_owned() });
            }
        };
        let is_alias = |node: &Node| matches!(node.kind, Kind::Alias(_));
        match &node.kind {
            Kind::Sequence(items) => {
                for item in items.iter().filter(|item| item.span.start < item.span.end) {
                    behind(item.span.end, ',', is_alias(item), true);
                }
            }
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    let (key, value) = (entry.key.span, entry.value.span);
                    if key.start < key.end {
                        let is_quoted = self.text.get(key.start..).is_some_and(|key| key.starts_with(['"', '\'']));
                        behind(key.end, ':', is_alias(&entry.key), is_quoted);
                    }
                    if value.start < value.end {
                        behind(value.end, ',', is_alias(&entry.value), true);
                    }
                }
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}

fn distance(old: usize, new: usize) -> isize {
    isize::try_from(new).unwrap_or(0) - isize::try_from(old).unwrap_or(0)
}

/// Whether a line begins or ends a document.
fn is_marker(line: &str) -> bool {
    ["---", "..."].iter().any(|marker| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])))
}

fn is_indicator(rest: &str, mark: char) -> bool {
    rest.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn blanks(rest: &str) -> usize {
    rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// The bytes of anchors and tags, with the blanks behind them.
fn properties(rest: &str) -> usize {
    let mut at = 0;
    while let Some(property) = rest.get(at..).filter(|rest| rest.starts_with(['&', '!'])) {
        let length = property.find([' ', '\t']).unwrap_or(property.len());
        at += length + blanks(property.get(length..).unwrap_or_default());
    }
    at
}
