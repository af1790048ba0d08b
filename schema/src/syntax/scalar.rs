//! Scalars: their types as the engine's decoder (goccy/go-yaml) sees them, and the way from a
//! byte of the decoded text back to the byte of the source it came from.

use std::borrow::Cow;
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
    /// Not written at all, but computed from what is: it has no parts in the text.
    Computed,
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
        let Some(tag) = tag else {
            return if self.style == Style::Plain { plain_type(&self.text) } else { ScalarType::String };
        };
        // These tags say the type of a quoted text as well.
        let of_text = plain_type(&self.text);
        match (tag, of_text) {
            ("!!str", _) => ScalarType::String,
            ("!!null", _) => ScalarType::Null,
            ("!!int", _) if !matches!(of_text, ScalarType::Int(_)) && self.style == Style::Plain => ScalarType::Int(0),
            ("!!int", ScalarType::Int(_)) | ("!!float", ScalarType::Float(_)) | ("!!bool", ScalarType::Bool(_)) => of_text,
            #[expect(clippy::cast_precision_loss, reason = "as the decoder does")]
            ("!!float", ScalarType::Int(number)) => ScalarType::Float(number as f64),
            _ if self.style == Style::Plain => of_text,
            _ => ScalarType::String,
        }
    }

    /// The text of a plain scalar as the engine's parser reads it.
    pub(super) fn engine_text(raw: &str) -> String {
        decode_flow(raw, Style::Plain).into_iter().map(|(letter, _)| letter).collect()
    }

    /// The letters of the text, each with its bytes in the source, counted from the scalar's start.
    pub(super) fn letters(&self, source: &str, span: Span) -> Vec<(char, Range<usize>)> {
        let raw = source.get(span.range()).unwrap_or_default();
        if !self.is_block() {
            return decode_flow(raw, self.style);
        }
        let line_start = source.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break + 1);
        align_block(raw, &self.text, span.start - line_start)
    }

    /// See [`super::Tree::span_in`]. `places` are those of [`Self::places`].
    pub(super) fn span_in(&self, source: &str, span: Span, range: Range<usize>, places: &Places) -> Span {
        let raw = source.get(span.range()).unwrap_or_default();
        if self.text.is_empty() || self.style == Style::Computed {
            return span;
        }
        // An empty part at the end is shown at the last letter.
        let range = if range.is_empty() && range.start >= self.text.len() {
            self.text.char_indices().next_back().map_or(range, |(start, last)| start..start + last.len_utf8())
        } else {
            range
        };
        let first = places.partition_point(|(at, _)| *at <= range.start).saturating_sub(1);
        let found = places.get(first).filter(|_| range.start < self.text.len());
        let place = found.map_or(raw.len()..raw.len(), |(_, from)| {
            let inside = places.iter().skip(first).take_while(|(at, _)| *at < range.end);
            let end = inside.map(|(_, from)| from.end).max().unwrap_or_default();
            if range.is_empty() { from.start..from.start } else { from.start..end.max(from.end) }
        });
        Span::new(span.start + place.start, span.start + place.end)
    }

    /// Where each letter of the text stands: its bytes in the source, counted from the scalar's start,
    /// behind its first byte in the text.
    pub(super) fn places(&self, source: &str, span: Span) -> Places {
        let mut at = 0;
        let place = |(letter, from): (char, Range<usize>)| {
            let start = at;
            at += letter.len_utf8();
            (start, from)
        };
        self.letters(source, span).into_iter().map(place).collect()
    }
}

/// See [`Scalar::places`].
pub(super) type Places = Vec<(usize, Range<usize>)>;

/// The letters of a plain or quoted scalar, each with its bytes in the source.
fn decode_flow(raw: &str, style: Style) -> Vec<(char, Range<usize>)> {
    let quotes = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
    let end = raw.len().saturating_sub(quotes);
    let mut out = Vec::new();
    let mut at = quotes.min(end);
    while let Some(c) = raw.get(at..end).and_then(|rest| rest.chars().next()) {
        if let Some((breaks, after)) = line_breaks(raw, at, end) {
            // One break folds to a space; of several, all but one stay.
            let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
            out.extend(folded.chars().map(|c| (c, at..after)));
            at = after;
            if style == Style::Plain && raw.as_bytes().get(at) == Some(&b'-') {
                decode_from_dash(raw, at, &mut out);
                return out;
            }
            continue;
        }
        let length = match (style, c) {
            (Style::DoubleQuoted, '\\') => escape_length(raw, at).min(end - at),
            (Style::SingleQuoted, '\'') => (end - at).min(2),
            _ => c.len_utf8(),
        };
        match (style, c) {
            (Style::DoubleQuoted, '\\') => out.extend(unescape(&raw[at..at + length]).map(|c| (c, at..at + length))),
            // The engine's parser drops it.
            (Style::Plain, '\t') => {}
            _ => out.push((c, at..at + length)),
        }
        at += length;
    }
    out
}

/// The rest of a plain scalar from a line on that starts with `-`, which the engine's parser reads
/// like the text of `>-`: lines that stand as deep as that one are joined, those that stand deeper
/// keep their breaks and what they are indented by, and nothing in them has a meaning to YAML.
fn decode_from_dash(raw: &str, dash: usize, out: &mut Vec<(char, Range<usize>)>) {
    let depth = |at: usize| at - raw.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |line_break| line_break + 1);
    let first = depth(dash);
    let (mut last, mut before) = (Some(first), Some(first));
    let mut at = dash;
    while let Some(c) = raw.get(at..).and_then(|rest| rest.chars().next()) {
        let after = skip_break(raw.as_bytes(), at);
        if after == at {
            out.push((c, at..at + c.len_utf8()));
            at += c.len_utf8();
            continue;
        }
        out.push(('\n', at..after));
        let spaces = raw[after..].len() - raw[after..].trim_start_matches(' ').len();
        at = after + spaces;
        let is_blank = raw[at..].is_empty() || skip_break(raw.as_bytes(), at) > at;
        if spaces > first {
            out.extend((after + first..at).map(|space| (' ', space..space + 1)));
        } else if !is_blank && before == Some(spaces) {
            if let Some(line_break) = out.last_mut() {
                *line_break = (' ', line_break.1.start..at);
            }
        } else if !is_blank && before.is_none() && last == Some(spaces) {
            out.pop();
        }
        before = (!is_blank).then_some(spaces);
        last = before.or(last);
    }
}

/// The number of line breaks, with the blanks around them, that start at `at`, and where they end.
fn line_breaks(raw: &str, at: usize, end: usize) -> Option<(usize, usize)> {
    let bytes = &raw.as_bytes()[..end];
    let mut breaks = 0;
    let mut position = at;
    loop {
        let blank = skip_blanks(bytes, position);
        let after = skip_break(bytes, blank);
        if after == blank {
            return (breaks > 0).then_some((breaks, blank));
        }
        breaks += 1;
        position = after;
    }
}

/// The letters of a block scalar, each with its bytes in the source: what the lines lost (indent,
/// folded breaks) is skipped.
fn align_block(raw: &str, text: &str, indent: usize) -> Vec<(char, Range<usize>)> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        let breaks = c == '\n' || (c == ' ' && skip_break(bytes, at) > at);
        if !breaks {
            while skip_break(bytes, at) > at {
                at = next_line(bytes, at, indent);
            }
        }
        if !breaks {
            // The parser drops a byte order mark.
            at += raw
                .get(at..)
                .and_then(|rest| rest.find(c).filter(|&skipped| rest[..skipped].chars().all(|c| c == '\u{feff}')))
                .unwrap_or(0);
        }
        let start = at;
        at = if breaks { next_line(bytes, at, indent) } else { next_letter(raw, at) };
        out.push((c, start..if breaks { skip_break(bytes, start) } else { at }));
    }
    out
}

fn next_letter(raw: &str, at: usize) -> usize {
    at + raw.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

/// Past the line break at `at`, if there is one, and the indent of the line after it.
fn next_line(bytes: &[u8], at: usize, indent: usize) -> usize {
    let mut after = skip_break(bytes, at);
    let limit = after + if after > at { indent } else { 0 };
    while after < limit && bytes.get(after) == Some(&b' ') {
        after += 1;
    }
    after
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
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

/// Bytes of the escape sequence that starts at the backslash.
fn escape_length(raw: &str, at: usize) -> usize {
    let bytes = raw.as_bytes();
    match bytes.get(at + 1) {
        Some(b'x') => 4,
        Some(b'u') if raw.get(at + 6..).is_some_and(|rest| rest.starts_with("\\u")) && is_high_surrogate(raw, at + 2) => 12,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(b'\n' | b'\r') => skip_blanks(bytes, skip_break(bytes, at + 1)) - at,
        _ => 1 + raw.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8),
    }
}

fn is_high_surrogate(raw: &str, digits: usize) -> bool {
    raw.get(digits..digits + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).is_some_and(|code| (0xD800..0xDC00).contains(&code))
}

/// What an escape sequence stands for: one letter, or none for an escaped line break.
fn unescape(escape: &str) -> impl Iterator<Item = char> + use<> {
    let rest = escape.get(1..).unwrap_or_default();
    let code = |hex: &str| u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
    let letter = match rest.chars().next() {
        None | Some('\n' | '\r') => None,
        Some('0') => Some('\0'),
        Some('a') => Some('\x07'),
        Some('b') => Some('\x08'),
        Some('t' | '\t') => Some('\t'),
        Some('n') => Some('\n'),
        Some('v') => Some('\x0b'),
        Some('f') => Some('\x0c'),
        Some('r') => Some('\r'),
        Some('e') => Some('\x1b'),
        Some('N') => Some('\u{85}'),
        Some('_') => Some('\u{a0}'),
        Some('L') => Some('\u{2028}'),
        Some('P') => Some('\u{2029}'),
        Some('x' | 'u' | 'U') if rest.len() <= 9 => code(&rest[1..]),
        // A pair of surrogates is one letter outside the basic plane, four bytes long.
        Some('u') => Some('\u{10000}'),
        Some(c) => Some(c),
    };
    letter.into_iter()
}

/// The type of a plain scalar: YAML 1.2 words, with the engine decoder's own number forms
/// (`0x`, `0o`, a leading `0` for octal, `_` between digits; `1e3` is a string).
fn plain_type(text: &str) -> ScalarType {
    // Most texts are words, which the first letter shows.
    if !matches!(text.as_bytes().first(), None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'.' | b'+' | b'-' | b'0'..=b'9')) {
        return ScalarType::String;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" => return ScalarType::Bool(true),
        "false" | "False" | "FALSE" => return ScalarType::Bool(false),
        ".inf" | ".Inf" | ".INF" => return ScalarType::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return ScalarType::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Float(f64::NAN),
        _ if text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) => return ScalarType::String,
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or(ScalarType::String)
}

fn integer(text: &str) -> Option<ScalarType> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = without_underscores(digits);
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
    without_underscores(text).parse().ok().map(ScalarType::Float)
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}
