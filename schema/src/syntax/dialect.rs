//! Where the engine's parser (goccy/go-yaml) departs from YAML 1.2: what only it reads, and what it
//! reads otherwise. All of it was measured.

use std::sync::Arc;

use super::{Kind, Node, NodeRef, Scalar, Style, build};
use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::source::{LineIndex, Span};

const RULE: &str = "yaml-dialect";

/// Stands in for a letter that the parser would not take: a letter that means nothing to it.
const STAND_IN: u8 = b'x';

/// A plain scalar as a parser of YAML 1.2 reads it.
pub(super) struct Plain<'a> {
    /// The whole text as written, whose first byte counts as `offset`.
    pub(super) source: &'a str,
    pub(super) offset: usize,
    pub(super) span: Span,
    pub(super) text: &'a str,
    /// Whether letters had to be stood in for.
    pub(super) only_engine: bool,
    /// Whether it stands in brackets.
    pub(super) flow: bool,
}

/// A plain scalar as the engine's parser reads it.
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads a plain scalar as the engine's parser does: without its tabs, and from a line that starts
/// with `-` on like the text of `>-`.
pub(super) fn read_plain(plain: &Plain<'_>) -> Reading {
    let (offset, mut span) = (plain.offset, plain.span);
    let slice = |span: Span| plain.source.get(span.start - offset..span.end - offset).unwrap_or_default();
    let mut diagnostics = Vec::new();
    let dashed = dashed_part(slice(span));
    if let Some(dash) = dashed {
        span.end += comments_after(&plain.source[span.end - offset..], dash.indent);
        diagnostics.extend(dedent(slice(span), span, dash));
    }
    let raw = slice(span);
    let text = Scalar::engine_text(raw);
    let fold = || dashed.filter(|_| !plain.flow).and_then(|dash| as_block(raw, span, dash));
    if plain.only_engine {
        diagnostics.push(only_engine(raw, span, dashed.is_some(), fold()));
    } else if let Some(tab) = lost_tab(raw) {
        let tab = Span::new(span.start + tab, span.start + tab + 1);
        let message = "the engine's parser drops a tab in text without quotes: what stands before and after it is joined";
        let fix = Fix::replace("Replace the tab with a space", Safety::Unsafe, tab, " ");
        diagnostics.push(warning(tab, message).help("write a space, or put the value in single quotes to keep the tab").fix(fix));
    } else if dashed.is_some() && !same_words(&text, plain.text) {
        let message = "from the line that starts with `-` on, the engine's parser reads this as it reads `>-`: deeper lines keep their breaks, and `#` starts no comment. Other YAML tools join all lines and drop comments";
        diagnostics.push(
            warning(span, message).help("write a block, `|` to keep the lines or `>-` to join them, so that every tool reads the same"),
        );
    }
    Reading { text, span, diagnostics }
}

/// Whether a letter stands in for one that only the engine's parser takes there; control characters
/// are reported as such.
pub(super) fn has_stand_in(parsed: &str, source: &str) -> bool {
    parsed != source
        && parsed.bytes().zip(source.bytes()).any(|(parsed, source)| parsed != source && source.is_ascii() && !source.is_ascii_control())
}

/// The letter of the source for one that was parsed in its place.
pub(super) fn original(source: &str, parsed: char, at: usize) -> char {
    let written = source.get(at..).and_then(|rest| rest.chars().next());
    written
        .filter(|written| parsed == char::from(STAND_IN) && written.is_control() && !matches!(written, '\n' | '\r' | '\t'))
        .unwrap_or(parsed)
}

fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(RULE, Severity::Warning, span, message)
}

fn only_engine(raw: &str, span: Span, dashed: bool, as_block: Option<Fix>) -> Diagnostic {
    if dashed {
        let joined = if ends_with_backslash(raw) {
            "; a `\\` at the end of a line is then before a blank, which a shell takes literally"
        } else {
            ""
        };
        let message = format!(
            "only the engine's parser reads `: ` or ` #` in a value that goes on over lines, after a line that starts with `-`: other YAML tools refuse the file. It joins the lines with blanks{joined}"
        );
        let found = warning(span, message).help("write a block: `|` keeps the lines, `>-` joins them");
        return match as_block {
            Some(fix) => found.fix(fix),
            None => found,
        };
    }
    let first = raw.chars().next().unwrap_or_default();
    let start = Span::new(span.start, span.start + first.len_utf8());
    let message = format!("only the engine's parser reads a value that starts with `{first}`: other YAML tools refuse the file");
    let found = warning(start, message).help("put the value in quotes");
    if raw.contains(['\n', '\r', '\t', '\'']) {
        found
    } else {
        found.fix(Fix::replace("Put the value in quotes", Safety::Safe, span, format!("'{raw}'")))
    }
}

/// The first further line of a plain scalar that starts with `-`.
#[derive(Clone, Copy)]
struct Dash {
    /// Its place in the scalar.
    at: usize,
    /// The column of the `-`, from 0.
    indent: usize,
}

fn dashed_part(raw: &str) -> Option<Dash> {
    further_lines(raw).find(|(_, _, content)| content.starts_with('-')).map(|(at, indent, _)| Dash { at, indent })
}

/// The lines of a scalar after its first, without blank ones: place of the text, indentation, text.
fn further_lines(raw: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut at = 0;
    let lines = raw.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let content = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - content.len();
        (start + indent, indent, content.trim_end())
    });
    lines.skip(1).filter(|(_, _, content)| !content.is_empty())
}

/// Bytes after the scalar that the parser takes for comments and the engine's for its text.
fn comments_after(rest: &str, indent: usize) -> usize {
    let mut end = 0;
    let mut at = 0;
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        let content = line.trim();
        let depth = line.len() - line.trim_start_matches(' ').len();
        at += line.len();
        if content.is_empty() {
            continue;
        }
        if !content.starts_with('#') || (index > 0 && depth < indent) {
            break;
        }
        end = at - (line.len() - line.trim_end().len());
    }
    end
}

/// A line that stands less deep than the one with the `-`: there the engine's parser sees the text end.
fn dedent(raw: &str, span: Span, dash: Dash) -> Option<Diagnostic> {
    let (at, _, content) = further_lines(raw).find(|&(at, indent, _)| at > dash.at && indent < dash.indent)?;
    let length = content.find(char::is_whitespace).unwrap_or(content.len());
    let place = Span::new(span.start + at, span.start + at + length);
    let message = "this line stands less deep than the line above that starts with `-`, where the engine's parser sees the value end: it rejects the file";
    Some(
        Diagnostic::new("yaml-syntax", Severity::Error, place, message)
            .help("write the value as a block: `|` keeps the lines, `>-` joins them"),
    )
}

/// The change to a block that holds the same words: as joined lines, or, where a `\` says that the
/// lines are meant as lines, as they stand.
fn as_block(raw: &str, span: Span, dash: Dash) -> Option<Fix> {
    let lines: Vec<&str> = raw.lines().map(str::trim).collect();
    let even = further_lines(raw).all(|(_, indent, _)| indent == dash.indent) && further_lines(raw).count() + 1 == lines.len();
    if !even || raw.contains('\t') {
        return None;
    }
    let (header, title, safety) = match ends_with_backslash(raw) {
        true => ("|-", "Write it as a block that keeps the lines", Safety::Unsafe),
        false => (">-", "Write it as a block that joins the lines", Safety::Safe),
    };
    let indent = " ".repeat(dash.indent);
    let block = lines.iter().fold(header.to_owned(), |block, line| block + "\n" + &indent + line);
    Some(Fix::replace(title, safety, span, block))
}

fn ends_with_backslash(raw: &str) -> bool {
    raw.lines().any(|line| line.trim_end().ends_with('\\'))
}

/// The first tab with a letter on either side.
fn lost_tab(raw: &str) -> Option<usize> {
    let from_dash = dashed_part(raw).map_or(raw.len(), |dash| dash.at);
    let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_whitespace());
    let bytes = raw.as_bytes();
    bytes[..from_dash].iter().enumerate().position(|(at, &byte)| {
        byte == b'\t' && is_letter(at.checked_sub(1).and_then(|before| bytes.get(before))) && {
            let after = bytes[at..].iter().position(|&byte| byte != b'\t');
            after.is_some_and(|after| is_letter(bytes.get(at + after)))
        }
    })
}

fn same_words(one: &str, other: &str) -> bool {
    let words = |text: &'_ str| text.split([' ', '\t']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    words(one) == words(other)
}

/// For each tab in double quotes the engine's parser misses one letter after the closing quote.
pub(super) fn tab_in_quotes(source: &str, span: Span, offset: usize) -> Option<Diagnostic> {
    let (start, end) = (span.start - offset, span.end - offset);
    let tabs: Vec<usize> = lost_letters(source.get(start..end)?).into_iter().map(|at| span.start + at).collect();
    let first = *tabs.first()?;
    let rest = source.get(end..)?;
    let missed = rest.char_indices().nth(tabs.len()).map_or(rest, |(at, _)| &rest[..at]);
    let line_after = rest[missed.len()..].lines().next().unwrap_or_default().trim();
    let harmless = if missed.contains('\n') { line_after.is_empty() || line_after.starts_with('#') } else { true };
    if missed.trim().is_empty() && harmless {
        return None;
    }
    let edits = tabs.iter().map(|&tab| crate::diagnostic::Edit { span: Span::new(tab, tab + 1), text: "\\t".to_owned() });
    let message = "a tab in double quotes makes the engine's parser miss what follows the closing quote: it rejects the file";
    let found = Diagnostic::new("yaml-syntax", Severity::Error, Span::new(first, first + 1), message).help("write `\\t` for the tab");
    Some(found.fix(Fix { title: "Write the tab as `\\t`".to_owned(), safety: Safety::Safe, edits: edits.collect() }))
}

/// The tabs of a text in double quotes that count: not escaped, not beside a line break, and not
/// right before a quote.
fn lost_letters(raw: &str) -> Vec<usize> {
    let mut tabs = Vec::new();
    let mut start = 0;
    for line in raw.split_inclusive(['\n', '\r']) {
        let text = line.trim_end();
        let mut escaped = false;
        let mut in_indent = start > 0;
        for (at, byte) in text.bytes().enumerate() {
            let was_escaped = std::mem::take(&mut escaped);
            escaped = byte == b'\\' && !was_escaped;
            in_indent &= matches!(byte, b' ' | b'\t');
            if byte == b'\t' && !was_escaped && !in_indent && text.as_bytes().get(at + 1) != Some(&b'"') {
                tabs.push(start + at);
            }
        }
        start += line.len();
    }
    tabs
}

/// A plain key in braces that the engine's parser ends at a colon.
pub(super) struct Split {
    pub(super) key: NodeRef,
    pub(super) value: NodeRef,
    span: Span,
}

pub(super) fn split_key(node: &NodeRef) -> Option<Split> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    let is_whole = node.span.end - node.span.start == scalar.text.len() && node.properties.is_none();
    if scalar.style != Style::Plain || !is_whole {
        return None;
    }
    let bytes = scalar.text.as_bytes();
    let colon = bytes.windows(2).position(|pair| pair[0] == b':' && pair[1] != b'/').filter(|&colon| colon > 0)?;
    let part = |from: usize, to: usize| {
        let scalar = Scalar { text: scalar.text[from..to].to_owned(), style: Style::Plain };
        let node = Node::composed(node, Kind::Scalar(scalar));
        Arc::new(Node { flow: false, span: Span::new(node.span.start + from, node.span.start + to), ..node })
    };
    Some(Split { key: part(0, colon), value: part(colon + 1, bytes.len()), span: node.span })
}

impl Split {
    /// What is said where it is a key without a value.
    pub(super) fn of_entry(&self) -> Diagnostic {
        let message = format!("{}. Other YAML tools read one key without a value", self.message());
        let space = Fix::replace("Put a blank after the colon", Safety::Safe, Span::at(self.value.span.start), " ");
        warning(self.span, message).help("put a blank after the colon, or quote the key").fix(space)
    }

    /// What is said where it is an item of a list.
    pub(super) fn of_item(&self) -> Diagnostic {
        let message = format!("{}: a mapping stands here, not a text as other YAML tools read it", self.message());
        let quoted = format!("\"{}:{}\"", self.key.text().unwrap_or_default(), self.value.text().unwrap_or_default());
        let found = warning(self.span, message).help("quote the item");
        if quoted.contains('\\') || quoted.matches('"').count() > 2 {
            found
        } else {
            found.fix(Fix::replace("Quote the item", Safety::Safe, self.span, quoted))
        }
    }

    fn message(&self) -> String {
        let (key, value) = (self.key.text().unwrap_or_default(), self.value.text().unwrap_or_default());
        format!("inside braces the engine's parser takes `{key}:{value}` for the key `{key}` with the value `{value}`")
    }
}

/// The text with a letter in place of each one that only the engine's parser takes where it stands;
/// `None` where there is none in what the parser reads then.
pub(super) fn stand_ins(text: &str, lines: &LineIndex) -> Option<String> {
    let mut changes = dashed_regions(text, lines);
    changes.extend(leading_indicators(text, lines, is_harmless));
    settle(text, &changes).or_else(|| {
        changes.extend(leading_indicators(text, lines, is_closing));
        settle(text, &changes)
    })
}

/// Letters to be stood in for, which all have to be in one plain scalar that spans `within`.
struct Change {
    letters: Vec<usize>,
    within: Span,
    /// Whether the scalar has to start there, not before.
    starts: bool,
}

/// Makes the changes that proved to be right.
fn settle(text: &str, changes: &[Change]) -> Option<String> {
    let made = |changes: &mut dyn Iterator<Item = &Change>| {
        let mut bytes = text.as_bytes().to_vec();
        for letter in changes.flat_map(|change| &change.letters) {
            if let Some(byte) = bytes.get_mut(*letter) {
                *byte = STAND_IN;
            }
        }
        String::from_utf8(bytes).ok()
    };
    if changes.is_empty() {
        return None;
    }
    let scalars = build::plain_scalars(&made(&mut changes.iter())?);
    let is_right = |change: &&Change| {
        let after = scalars.partition_point(|scalar| scalar.start <= change.within.start);
        let scalar = after.checked_sub(1).and_then(|at| scalars.get(at));
        scalar.is_some_and(|scalar| {
            scalar.end >= change.within.end
                && if change.starts { scalar.start == change.within.start } else { scalar.start < change.within.start }
        })
    };
    let right: Vec<&Change> = changes.iter().filter(is_right).collect();
    if right.is_empty() { None } else { made(&mut right.into_iter()) }
}

/// Lines that go on with a plain value, from one that starts with `-`: in them `: ` and ` #` are text.
fn dashed_regions(text: &str, lines: &LineIndex) -> Vec<Change> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut changes = Vec::new();
    // The indentation of the line above, where a plain value may go on from it.
    let mut above: Option<usize> = None;
    let mut region: Option<(usize, Change)> = None;
    for line in 0..lines.len() {
        let span = lines.line_span(text, line);
        let content = &text[span.range()];
        if content.trim().is_empty() {
            continue;
        }
        let depth = indent(content);
        if region.as_ref().is_some_and(|(first, _)| depth < *first) {
            changes.extend(region.take().map(|(_, change)| change));
        }
        if region.is_none() && content[depth..].starts_with('-') && above.is_some_and(|above| above < depth) {
            let start = span.start + depth;
            region = Some((depth, Change { letters: Vec::new(), within: Span::at(start), starts: false }));
        }
        if let Some((_, change)) = &mut region {
            change.letters.extend(indicators(content).map(|at| span.start + at));
            change.within.end = change.letters.last().map_or(change.within.end, |last| last + 1);
        }
        if !content[depth..].starts_with('#') {
            above = goes_on(content).then_some(depth);
        }
    }
    changes.extend(region.map(|(_, change)| change));
    changes.retain(|change| !change.letters.is_empty());
    changes
}

/// Whether a plain value may go on after this line: it ends with text, not with a key, a `-`, an
/// anchor or a tag.
fn goes_on(line: &str) -> bool {
    let line = line.split_once(" #").map_or(line, |(before, _)| before).trim_end();
    let last = line.rsplit(' ').next().unwrap_or_default();
    !last.ends_with(':') && last != "-" && !last.starts_with(['&', '!'])
}

/// The colons and number signs of a line that mean something to YAML.
fn indicators(line: &str) -> impl Iterator<Item = usize> {
    let bytes = line.as_bytes();
    let is_blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    bytes.iter().enumerate().filter_map(move |(at, &byte)| {
        let counts = match byte {
            b':' => is_blank(bytes.get(at + 1)),
            b'#' => at.checked_sub(1).is_some_and(|before| is_blank(bytes.get(before))),
            _ => false,
        };
        counts.then_some(at)
    })
}

/// A `%` anywhere but at the start of a line without indentation, and a `-` that brackets end.
fn is_harmless(line: &[u8], at: usize) -> bool {
    match line.get(at) {
        Some(b'%') => line.first() == Some(&b' '),
        Some(b'-') => matches!(line.get(at + 1), Some(b',' | b']' | b'}')),
        _ => false,
    }
}

/// A `,` or `}` that no bracket on the line is before.
fn is_closing(line: &[u8], at: usize) -> bool {
    matches!(line.get(at), Some(b',' | b'}')) && !line.iter().take(at).any(|byte| matches!(byte, b'[' | b'{'))
}

/// Letters at the start of a value that are of a kind.
fn leading_indicators(text: &str, lines: &LineIndex, is_of_kind: fn(&[u8], usize) -> bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for line in 0..lines.len() {
        let span = lines.line_span(text, line);
        let bytes = text[span.range()].as_bytes();
        // Whether a value may start: after `key: `, `- `, a bracket or a comma, or at the line's start.
        let mut may_start = true;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b' ' {
                may_start |= at.checked_sub(1).is_some_and(|before| matches!(bytes.get(before), Some(b':' | b'-' | b'?')));
                continue;
            }
            if may_start && is_of_kind(bytes, at) {
                let letter = span.start + at;
                changes.push(Change { letters: vec![letter], within: Span::new(letter, letter + 1), starts: true });
            }
            may_start = matches!(byte, b'[' | b'{' | b',');
        }
    }
    changes
}
