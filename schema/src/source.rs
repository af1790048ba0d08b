//! Places in a text: byte spans, and their translation to lines and columns.

use std::ops::Range;

/// A half-open range of bytes in one text. Both ends lie on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte, 0-based.
    pub start: usize,
    /// One past the last byte, 0-based.
    pub end: usize,
}

/// Where the spans of another text begin that a workflow was read from, its base configuration: no
/// text is that long, so that every span says which text it is of.
pub const BEYOND: usize = usize::MAX / 2 + 1;

/// Where the spans of the base configuration of a workspace begin, which lies over the other one.
pub const FURTHER: usize = BEYOND + BEYOND / 2;

impl Span {
    /// Whether it is a place in the base configuration, not in the text itself.
    pub fn is_beyond(self) -> bool {
        self.start >= BEYOND
    }

    /// The span from byte `start` up to, not including, byte `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// The empty span at a byte offset.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether the offset lies inside or at either end: where a cursor would touch it.
    pub fn touches(self, offset: usize) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// Whether the other lies within.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes as a range, to slice with.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The unit in which a column is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, the default of the language server protocol.
    Utf16,
    /// Unicode scalar values: what reports for people and programs use.
    Chars,
}

/// A line and a column, both 0-based; the column's unit is the [`Encoding`] asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, 0-based.
    pub line: usize,
    /// Column, 0-based.
    pub column: usize,
}

/// Where each line of a text starts. Lines end with LF, CR LF or a lone CR, as in YAML and LSP.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

/// Bytes of a line that is shorter than most.
const USUAL_LINE: usize = 16;

impl LineIndex {
    /// Reads the line starts of a text.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let is_end = |&at: &usize| bytes.get(at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
        let mut starts = Vec::with_capacity(bytes.len() / USUAL_LINE + 1);
        starts.push(0);
        starts.extend(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(is_end).map(|at| at + 1));
        Self { starts }
    }

    /// Reads the line starts of a part of the text anew: of bytes that were replaced by those of a range of the new text.
    /// The bytes around it are the same as before.
    pub fn replace(&mut self, text: &str, old: Span, new: Span) {
        // A line break may end or begin at the edge.
        let around = |span: Span, len: usize| Span::new(span.start.saturating_sub(1), (span.end + 1).min(len));
        let (bytes, part) = (text.as_bytes(), around(new, text.len()));
        let starts = (part.start..part.end)
            .filter(|&at| bytes.get(at) == Some(&b'\n') || (bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) != Some(&b'\n')));
        let starts: Vec<usize> = starts.map(|at| at + 1).collect();
        let before = text.len() + (old.end - old.start) - (new.end - new.start);
        let gone = around(old, before);
        let first = self.starts.partition_point(|&start| start < gone.start + 1).max(1);
        let behind = self.starts.partition_point(|&start| start <= gone.end).max(first);
        if new.end != old.end {
            self.starts.iter_mut().skip(behind).for_each(|start| *start = *start + new.end - old.end);
        }
        self.starts.splice(first..behind, starts);
    }

    /// The number of lines; a text always has at least one.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never true: a text has at least one line.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The bytes of a 0-based line without its line break; empty past the end of the text.
    pub fn line_span(&self, text: &str, line: usize) -> Span {
        let Some(&start) = self.starts.get(line) else {
            return Span::at(text.len());
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or_default();
        Span::new(start, start + content.trim_end_matches(['\n', '\r']).len())
    }

    /// The 0-based line on which a byte offset lies.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Line and column of a byte offset. An offset past the end, or inside a character, is
    /// taken back to the last character boundary.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_of(offset);
        let before = text.get(self.starts[line]..offset).unwrap_or_default();
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
            Encoding::Chars => before.chars().count(),
        };
        Position { line, column }
    }

    /// The byte offset of a position. A column past the end of its line is taken back to the end
    /// of the line, a line past the end of the text to the end of the text.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = self.line_span(text, position.line);
        let content = text.get(line.range()).unwrap_or_default();
        let mut left = position.column;
        for (i, c) in content.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => c.len_utf8(),
                Encoding::Utf16 => c.len_utf16(),
                Encoding::Chars => 1,
            };
            if left < width {
                return line.start + i;
            }
            left -= width;
        }
        line.end
    }
}
