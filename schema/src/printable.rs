//! Texts of a file as they may reach a terminal: what would move its cursor, paint, or turn the
//! direction of what follows is written as an escape.

use std::borrow::Cow;

/// Whether a character does something to a terminal, or to the order of the characters around it.
fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text on one line, line breaks and tabs escaped too.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_harmful)
}

/// A text of several lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_harmful(c) && !matches!(c, '\n' | '\t'))
}

/// A text of several lines in which every byte keeps its place: characters of the same length stand
/// in for the harmful ones.
pub fn in_place(text: &str) -> Cow<'_, str> {
    let is_left = |c: char| !is_harmful(c) || matches!(c, '\n' | '\t');
    if text.chars().all(is_left) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(match c.len_utf8() {
            _ if is_left(c) || (c == '\r' && chars.peek() == Some(&'\n')) => c,
            1 => '?',
            2 => '\u{bf}',
            _ => '\u{fffd}',
        });
    }
    Cow::Owned(out)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}
