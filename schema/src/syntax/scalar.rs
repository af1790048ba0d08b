//! Scalars: their types as the engine's decoder (goccy/go-yaml) sees them, and the way from a
//! byte of the decoded text back to the byte of the source it came from.

use std::ops::Range;

use crate::source::Span;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A scalar.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text after unquoting, unescaping and folding.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// The type of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalarType {
    /// Null or empty.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// Anything else.
    String,
}

impl ScalarType {
    /// The type that the engine's decoder gives a text without quotes.
    pub fn of(text: &str) -> Self {
        plain_type(text)
    }
}

impl Scalar {
    /// Whether it spans lines by its style: `|` or `>`.
    pub fn is_block(&self) -> bool {
        matches!(self.style, Style::Literal | Style::Folded)
    }

    pub(super) fn type_with_tag(&self, tag: Option<&str>) -> ScalarType {
        match tag {
            Some("!!str") => ScalarType::String,
            _ if self.style == Style::Plain => plain_type(&self.text),
            _ => ScalarType::String,
        }
    }

    /// See [`super::Tree::span_in`].
    pub(super) fn span_in(&self, source: &str, span: Span, range: Range<usize>) -> Span {
        let raw = source.get(span.range()).unwrap_or_default();
        let offsets = self.source_offsets(raw);
        let last = offsets.len() - 1;
        let start = offsets[range.start.min(last)];
        let end = offsets[range.end.min(last)].max(start);
        // The end of a part is where its last character ends, not where the next one starts:
        // between the two may lie an escape, a line break or an indent.
        let end = if range.end > range.start {
            let before = self.text.get(..range.end.min(last)).and_then(|text| text.chars().next_back());
            let width = before.map_or(0, char::len_utf8);
            let from = offsets[(range.end.min(last)).saturating_sub(width)];
            match before {
                Some(c) if raw.get(from..).is_some_and(|rest| rest.starts_with(c)) && !self.escaped(raw, from) => from + c.len_utf8(),
                _ => end,
            }
        } else {
            start
        };
        Span::new(span.start + start, span.start + end.max(start))
    }

    /// Whether the source at this offset is an escape of a quoted scalar.
    fn escaped(&self, raw: &str, at: usize) -> bool {
        match self.style {
            Style::DoubleQuoted => raw.as_bytes().get(at) == Some(&b'\\'),
            Style::SingleQuoted => raw.as_bytes().get(at) == Some(&b'\'') && at != 0,
            _ => false,
        }
    }

    /// For each byte of the text, and one past its end, the byte of `raw` it came from.
    fn source_offsets(&self, raw: &str) -> Vec<usize> {
        let bytes = raw.as_bytes();
        let quoted = matches!(self.style, Style::SingleQuoted | Style::DoubleQuoted);
        let mut at = usize::from(quoted);
        let mut offsets = Vec::with_capacity(self.text.len() + 1);
        let mut at_line_start = false;
        for c in self.text.chars() {
            if at_line_start && c != '\n' {
                at = skip_indent(bytes, at, self.block_indent(raw));
                at_line_start = false;
            }
            let start = at;
            match c {
                '\n' if self.is_block() => {
                    at = if self.style == Style::Folded { skip_blank_to_break(bytes, at) } else { at };
                    at = skip_break(bytes, at);
                    at_line_start = true;
                }
                ' ' | '\n' if is_break(bytes.get(at)) || (!self.is_block() && blank_until_break(bytes, at)) => {
                    at = skip_blank_to_break(bytes, at);
                    at = skip_break(bytes, at);
                    if self.is_block() {
                        at_line_start = true;
                    } else {
                        // A folded line break eats the indent of the next line; each further
                        // break is one line feed of its own.
                        let rest = skip_indent(bytes, at, None);
                        at = if is_break(bytes.get(rest)) { if c == '\n' { at } else { rest } } else { rest };
                    }
                }
                _ if self.style == Style::DoubleQuoted && bytes.get(at) == Some(&b'\\') => at += escape_length(raw, at),
                _ if self.style == Style::SingleQuoted && raw.get(at..).is_some_and(|rest| rest.starts_with("''")) => at += 2,
                _ => at += c.len_utf8(),
            }
            at = at.min(raw.len());
            offsets.extend(std::iter::repeat_n(start.min(raw.len()), c.len_utf8()));
        }
        offsets.push(at.min(raw.len()));
        offsets
    }

    /// The indent that a block scalar's lines lose: that of its second line, at most; the span
    /// starts after the first one's.
    fn block_indent(&self, raw: &str) -> Option<usize> {
        if !self.is_block() {
            return None;
        }
        // Lines are compared pairwise: the indent lost is what a source line has more than its
        // line of the text.
        raw.lines()
            .zip(self.text.lines())
            .skip(1)
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(raw, text)| leading_spaces(raw).saturating_sub(leading_spaces(text)))
            .next()
            .or_else(|| raw.lines().skip(1).filter(|line| !line.trim().is_empty()).map(leading_spaces).min())
    }
}

fn leading_spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_break(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'\n' | b'\r'))
}

fn blank_until_break(bytes: &[u8], at: usize) -> bool {
    is_break(bytes.get(skip_blank_to_break(bytes, at)))
}

fn skip_blank_to_break(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

fn skip_break(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => at + 2,
        (Some(b'\n' | b'\r'), _) => at + 1,
        _ => at,
    }
}

/// Skips the indent of a line: all blanks, or at most so many spaces.
fn skip_indent(bytes: &[u8], mut at: usize, most: Option<usize>) -> usize {
    let limit = at + most.unwrap_or(usize::MAX - at);
    while at < limit && matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// Bytes of the escape sequence that starts at the backslash.
fn escape_length(raw: &str, at: usize) -> usize {
    let bytes = raw.as_bytes();
    match bytes.get(at + 1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(b'\n' | b'\r') => {
            let after = skip_break(bytes, at + 1);
            skip_indent(bytes, after, None) - at
        }
        _ => 1 + raw.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8),
    }
}

/// The type of a plain scalar: YAML 1.2 words, with the engine decoder's own number forms
/// (`0x`, `0o`, a leading `0` for octal, `_` between digits; `1e3` is a string).
fn plain_type(text: &str) -> ScalarType {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" => return ScalarType::Bool(true),
        "false" | "False" | "FALSE" => return ScalarType::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return ScalarType::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return ScalarType::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Float(f64::NAN),
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or(ScalarType::String)
}

fn integer(text: &str) -> Option<ScalarType> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.ends_with('_') {
        return None;
    }
    let digits = digits.replace('_', "");
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        i128::from_str_radix(hex, 16)
    } else if let Some(octal) = digits.strip_prefix("0o") {
        i128::from_str_radix(octal, 8)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        i128::from_str_radix(binary, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i128::from_str_radix(&digits, 8)
    } else {
        digits.parse()
    };
    let value = sign * value.ok()?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(ScalarType::Int(value))
}

fn float(text: &str) -> Option<ScalarType> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let plausible = digits.contains('.') && digits.chars().any(|c| c.is_ascii_digit());
    if !starts || !plausible || digits.ends_with('_') {
        return None;
    }
    text.replace('_', "").parse().ok().map(ScalarType::Float)
}
