//! Reading on after a syntax error: the faulty part of a line is blanked with spaces of the same
//! length, which keeps every other byte where it is, and the text is read again.

use std::sync::Arc;

use granit_parser::{ErrorKind, ScanError};

use super::{Kind, LastPlaces, Names, Node, Tree, build, dialect};
use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::source::{LineIndex, Span};

/// Syntax errors repaired in one text; what comes after is left unread.
const REPAIRS: usize = 50;

/// Bytes parsed in search of repairs, as a multiple of the text's length, and at least: keeps the
/// cost of a badly broken large file in proportion.
const EFFORT: usize = 100;
const LEAST_EFFORT: usize = 10 << 20;
const MOST_EFFORT: usize = 60 << 20;

pub(super) fn parse(text: &str) -> (Tree, Vec<Diagnostic>) {
    let lines = LineIndex::new(text);
    let mut readable = blank_unreadable(text);
    let mut diagnostics = readable.diagnostics;
    let mut repaired = readable.spans;
    let mut effort = (text.len().saturating_mul(EFFORT)).clamp(LEAST_EFFORT, MOST_EFFORT);
    let mut pass = build::build(&readable.text, &readable.source, 0, &Names::new());
    let mut attempts = 0;
    while let Some(error) = pass.error.take() {
        if effort >= text.len()
            && let Some(lenient) = dialect::stand_ins(&readable.text, &lines)
        {
            effort -= text.len();
            readable.text = lenient;
            pass = build::build(&readable.text, &readable.source, 0, &Names::new());
            continue;
        }
        let at = fault(&error, text, &lines);
        // A bracket that an error on a later line meets open is the fault itself: what follows was
        // read as its content.
        let bracket = pass.open_bracket.filter(|&bracket| lines.line_of(bracket) < lines.line_of(at));
        diagnostics.push(match (bracket, tab_in_indent(text, lines.line_span(text, lines.line_of(at)))) {
            (Some(bracket), _) => open_bracket(bracket),
            (None, Some(tab)) => tab_error(tab),
            (None, None) => describe(&error, text, &lines),
        });
        attempts += 1;
        let repairable = attempts <= REPAIRS && is_repairable(error.kind());
        let Some(repair) = repairable.then(|| best_repair(&readable.text, &lines, at, bracket, &mut effort)).flatten() else {
            // What follows is not in the tree.
            repaired.push(Span::new(at, text.len()));
            break;
        };
        readable.text = repair.text;
        readable.source = blank(&readable.source, &repair.blanked);
        repaired.extend(repair.blanked);
        pass = build::build(&readable.text, &readable.source, 0, &Names::new());
    }
    diagnostics.append(&mut pass.diagnostics);
    diagnostics.extend(tabs_let_through(&readable.text, &lines, &pass).into_iter().map(tab_error));
    let text = Arc::new(text.to_owned());
    let readable = (*readable.text != *text).then(|| Arc::new((readable.text, readable.source)));
    let (documents, comments, mut merges, anchored) = (pass.documents, pass.comments, pass.merges, outermost(pass.anchored));
    merges.sort_unstable_by_key(|(key, _)| key.start);
    let tree =
        Tree { text, lines, documents, comments, merges, anchored, repaired, readable, names: Names::new(), last: LastPlaces::default() };
    (tree, diagnostics)
}

/// Those of some nested spans that are in no other, in order.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    spans.retain(|span| {
        span.start >= end && {
            end = span.end;
            true
        }
    });
    spans
}

struct Readable {
    /// What is parsed.
    text: String,
    /// What is read where letters of `text` stand in for others.
    source: String,
    diagnostics: Vec<Diagnostic>,
    spans: Vec<Span>,
}

/// Characters that no YAML text may hold are reported once. A letter stands in for those that the
/// engine's parser takes as text; null bytes are blanked.
fn blank_unreadable(text: &str) -> Readable {
    let mut out = Readable { text: text.to_owned(), source: text.to_owned(), diagnostics: Vec::new(), spans: Vec::new() };
    if text.starts_with('\u{feff}') {
        let mark = Span::new(0, '\u{feff}'.len_utf8());
        out.diagnostics.push(
            Diagnostic::new(
                "yaml-syntax",
                Severity::Error,
                mark,
                "the file starts with a byte order mark, which the engine takes for a part of the first key",
            )
            .help("save it as UTF-8 without a byte order mark")
            .fix(Fix::replace("Remove the byte order mark", Safety::Safe, mark, "")),
        );
    }
    let unreadable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
    // Of the bytes alone much can be seen at a time; those of U+0080 to U+009F start with 0xC2.
    let is_odd = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\r' && byte != b'\t') || byte == 0x7f || byte == 0xc2;
    let has_odd = |bytes: &[u8]| bytes.iter().fold(false, |found, &byte| found | is_odd(byte));
    if !text.as_bytes().chunks(64).any(has_odd) || !text.contains(unreadable) {
        return out;
    }
    for (kind, has) in [("null", text.contains('\0')), ("other", text.contains(|c| c != '\0' && unreadable(c)))] {
        let is_null = kind == "null";
        let mut places = text.char_indices().filter(|&(_, c)| unreadable(c) && (c == '\0') == is_null);
        let Some((first, c)) = places.next().filter(|_| has) else { continue };
        let (count, span) = (places.count(), Span::new(first, first + c.len_utf8()));
        let more = if count > 0 { format!(" (and {count} more like it)") } else { String::new() };
        let name = format!("the control character U+{:04X}", u32::from(c));
        out.diagnostics.push(if is_null {
            let message = format!("{name} must not stand in YAML{more}; is this a text file?");
            Diagnostic::new("yaml-syntax", Severity::Error, span, message).refused(false)
        } else {
            let message = format!("{name} stands here{more}: only the engine's parser takes it, other YAML tools refuse the file");
            let help = "remove it, or write it as an escape in double quotes";
            Diagnostic::new("yaml-dialect", Severity::Warning, span, message).help(help)
        });
    }
    let stand_in = |c: char, or_null: &str| match c {
        '\0' => or_null.to_owned(),
        c if unreadable(c) => "x".repeat(c.len_utf8()),
        c => c.to_string(),
    };
    out.spans = text.match_indices('\0').map(|(at, _)| Span::new(at, at + 1)).collect();
    out.text = text.chars().map(|c| stand_in(c, " ")).collect();
    out.source = text.replace('\0', " ");
    out
}

fn is_repairable(kind: &ErrorKind) -> bool {
    !matches!(kind, ErrorKind::RecursionLimitExceeded)
}

/// A blanking that was tried.
struct Repair {
    /// How far the parser gets with it, the keys and values it reads on the way, and (negative)
    /// the visible bytes blanked: the greatest is the best.
    score: (usize, usize, isize),
    text: String,
    blanked: Vec<Span>,
}

/// The blanking that lets the parser get furthest, and keeps most on the way.
fn best_repair(text: &str, lines: &LineIndex, at: usize, bracket: Option<usize>, effort: &mut usize) -> Option<Repair> {
    let mut best: Option<Repair> = None;
    let rest_of_line = bracket.map(|bracket| vec![Span::new(bracket, lines.line_span(text, lines.line_of(bracket)).end)]);
    for spans in rest_of_line.into_iter().chain(candidates(text, lines, at)) {
        if *effort < text.len() {
            break;
        }
        *effort -= text.len();
        let repaired = blank(text, &spans);
        let (error, scalars) = build::first_error(&repaired);
        let reached = error.map_or(usize::MAX, |error| fault(&error, &repaired, lines));
        let lost: usize = spans.iter().map(|span| text[span.range()].bytes().filter(|byte| !byte.is_ascii_whitespace()).count()).sum();
        let score = (reached, scalars, -isize::try_from(lost).unwrap_or(isize::MAX));
        if reached > at && best.as_ref().is_none_or(|best| score > best.score) {
            best = Some(Repair { score, text: repaired, blanked: spans });
        }
    }
    best
}

/// What may be blanked to mend an error: on the line of the error and the two before it that have
/// text, the value after `key:` or `- `, or the whole line; a line indented with a tab goes whole.
fn candidates(text: &str, lines: &LineIndex, at: usize) -> Vec<Vec<Span>> {
    let error_line = lines.line_of(at);
    let mut near = Vec::new();
    for line in (0..=error_line).rev() {
        let span = lines.line_span(text, line);
        if !text[span.range()].trim().is_empty() {
            near.push(span);
        }
        if near.len() == 3 || error_line - line > 50 {
            break;
        }
    }
    if let Some(&line) = near.first().filter(|&&line| tab_in_indent(text, line).is_some()) {
        return vec![vec![line]];
    }
    let mut out: Vec<Vec<Span>> = Vec::new();
    for &line in &near {
        let content = &text[line.range()];
        if let Some(value) = value_start(content) {
            out.push(vec![Span::new(line.start + value, line.end)]);
        }
    }
    for &line in &near {
        out.push(vec![line]);
    }
    // A value that runs over lines (an open quote or bracket) goes with the lines it swallowed.
    if let [last, before, ..] = near[..] {
        out.push(vec![before, last]);
    }
    out.retain(|spans| spans.iter().any(|span| !text[span.range()].trim().is_empty()));
    out
}

/// Where the value of a `key: value` or `- item` line starts, if it has one.
fn value_start(line: &str) -> Option<usize> {
    let colon = line.find(": ").map(|i| i + 2);
    let dash = line.trim_start().starts_with("- ").then(|| line.find("- ").map(|i| i + 2)).flatten();
    colon.or(dash).filter(|&start| !line[start..].trim().is_empty())
}

fn blank(text: &str, spans: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        bytes[span.range()].fill(b' ');
    }
    // Spans end on character boundaries, so what is left is UTF-8 still.
    String::from_utf8(bytes).unwrap_or_default()
}

fn offset(error: &ScanError, text: &str) -> usize {
    error.marker().byte_offset().unwrap_or(text.len()).min(text.len())
}

/// The first tab in the indentation of a line that has text.
fn tab_in_indent(text: &str, line: Span) -> Option<Span> {
    let content = &text[line.range()];
    let indent = content.len() - content.trim_start().len();
    let tab = content[..indent].find('\t').filter(|_| indent < content.len())?;
    Some(Span::new(line.start + tab, line.start + tab + 1))
}

fn tab_error(tab: Span) -> Diagnostic {
    let (message, help) = words(&ErrorKind::TabNotAllowed);
    Diagnostic::new("yaml-syntax", Severity::Error, tab, message).help(help)
}

/// Tabs in indentations that the parser lets through and the engine does not: those of lines with
/// text, everywhere but in comments, brackets, and the further lines of a scalar; and those of any
/// line that stand no deeper than the last key or `-` before them.
fn tabs_let_through(text: &str, lines: &LineIndex, pass: &build::Pass) -> Vec<Span> {
    if !text.contains('\t') {
        return Vec::new();
    }
    let tabs: Vec<(Span, bool)> = (0..lines.len()).filter_map(|line| leading_tab(text, lines.line_span(text, line))).collect();
    if tabs.is_empty() {
        return Vec::new();
    }
    let Structure { covered, marks } = structure(text, lines, pass);
    let refused = |&(tab, has_text): &(Span, bool)| {
        // They do not overlap, so only the last one that starts before the tab can hold it.
        let before = covered.partition_point(|(span, _)| span.start < tab.start);
        let cover = before.checked_sub(1).and_then(|at| covered.get(at)).filter(|(span, _)| span.end > tab.start);
        let column = tab.start - lines.line_span(text, lines.line_of(tab.start)).start;
        let mark = marks.partition_point(|&(at, _)| at < tab.start).checked_sub(1).and_then(|at| marks.get(at));
        match cover {
            Some((_, true)) => false,
            None if has_text => true,
            _ => mark.is_some_and(|&(_, depth)| column < depth),
        }
    };
    tabs.into_iter().filter(refused).map(|(tab, _)| tab).collect()
}

/// The first tab in the indentation of a line, and whether text other than a comment follows.
fn leading_tab(text: &str, line: Span) -> Option<(Span, bool)> {
    let content = &text[line.range()];
    let rest = content.trim_start();
    let tab = line.start + content[..content.len() - rest.len()].find('\t')?;
    Some((Span::new(tab, tab + 1), !rest.is_empty() && !rest.starts_with('#')))
}

struct Structure {
    /// Scalars, and collections in brackets (`true`).
    covered: Vec<(Span, bool)>,
    /// Keys and `-`, each with the columns up to its own; block scalars, with their indentation.
    marks: Vec<(usize, usize)>,
}

fn structure(text: &str, lines: &LineIndex, pass: &build::Pass) -> Structure {
    let mut found = Structure { covered: Vec::new(), marks: Vec::new() };
    let column = |at: usize| at - lines.line_span(text, lines.line_of(at)).start;
    let mut open: Vec<&Node> = pass.documents.iter().filter_map(|document| document.root.as_deref()).collect();
    while let Some(node) = open.pop() {
        if node.flow {
            found.covered.push((node.span, true));
            continue;
        }
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    found.marks.push((entry.key.span.start, column(entry.key.span.start) + 1));
                    open.extend([&*entry.key, &*entry.value]);
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    let dash = text.get(..item.span.start).and_then(|before| before.rfind('-'));
                    found.marks.extend(dash.map(|dash| (dash, column(dash) + 1)));
                    open.push(item);
                }
            }
            Kind::Scalar(scalar) => {
                found.covered.push((node.span, false));
                if scalar.is_block() {
                    found.marks.push((node.span.start, column(node.span.start)));
                }
            }
            Kind::Alias(_) => found.covered.push((node.span, false)),
        }
    }
    found.covered.sort_unstable();
    found.marks.sort_unstable();
    found
}

fn open_bracket(at: usize) -> Diagnostic {
    let (message, help) = words(&ErrorKind::UnexpectedEofFlowSequence);
    Diagnostic::new("yaml-syntax", Severity::Error, Span::new(at, at + 1), message).help(help)
}

/// Where the fault is. A tab in an indentation is noticed where the scalar before it starts.
fn fault(error: &ScanError, text: &str, lines: &LineIndex) -> usize {
    let at = offset(error, text);
    let tab = matches!(error.kind(), ErrorKind::TabInPlainScalar)
        .then(|| (lines.line_of(at)..lines.len()).find_map(|line| tab_in_indent(text, lines.line_span(text, line))))
        .flatten();
    tab.map_or(at, |tab| tab.start)
}

/// The error in the author's words, with a place that has something to show.
fn describe(error: &ScanError, text: &str, lines: &LineIndex) -> Diagnostic {
    let at = offset(error, text);
    let mut line = lines.line_span(text, lines.line_of(at));
    let mut start = at.clamp(line.start, line.end);
    if text[start..line.end].trim().is_empty() {
        // The parser notices an error at the next token or at the end; the fault is before it.
        let before = text[..start].trim_end().len();
        line = lines.line_span(text, lines.line_of(before.saturating_sub(1)));
        let content = &text[line.range()];
        start = line.start + (content.len() - content.trim_start().len());
    }
    let token = text[start..line.end].trim_end();
    let length = match error.kind() {
        ErrorKind::UnclosedQuotedScalar | ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::RecursionLimitExceeded => 1,
        ErrorKind::UnexpectedCharacter { character } => character.len_utf8(),
        _ => token.find(char::is_whitespace).unwrap_or(token.len()).max(1),
    };
    let end = (start + length).min(line.end.max(start));
    let end = (end..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(end);
    let (message, help) = words(error.kind());
    let message = if message.is_empty() { error.info() } else { message.to_owned() };
    let rule = if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) { "yaml-too-large" } else { "yaml-syntax" };
    let diagnostic = Diagnostic::new(rule, Severity::Error, Span::new(start, end), message);
    if help.is_empty() { diagnostic } else { diagnostic.help(help) }
}

fn words(kind: &ErrorKind) -> (&'static str, &'static str) {
    use ErrorKind as E;
    match kind {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart => {
            ("YAML does not allow a tab in the indentation", "indent with spaces")
        }
        E::UnclosedQuotedScalar => ("this quote is never closed", "close it, or leave both quotes out"),
        E::UnclosedFlowCollection { .. }
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping => ("this bracket is never closed", "close it, or write the collection as a block"),
        E::MappingValueNotAllowed => (
            "a `: ` here starts a second value on a line that already has one",
            "quote the value if the colon belongs to it, or check the indentation",
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => {
            ("this line is no `key: value`: the colon is missing", "write `key: value`, or indent the line if it continues the one above")
        }
        E::ExpectedBlockMappingKey => {
            ("the indentation of this line fits no mapping above it", "line it up with the keys of the mapping that it belongs to")
        }
        E::ExpectedBlockSequenceEntry => (
            "the indentation of this line fits neither the list above it nor the item before it",
            "line it up with the keys of the item, or start it with `- `",
        ),
        E::BlockSequenceEntryNotAllowed => {
            ("a list item cannot start here", "put the list on the following lines, each item starting with `- `")
        }
        E::UnexpectedCharacter { character: '@' | '`' | '%' } => ("a plain value cannot start with this character", "quote the value"),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            ("text follows the closing quote", "put all of the value inside the quotes; a quote inside single quotes is written twice")
        }
        E::RecursionLimitExceeded => ("the nesting is too deep to read (more than 128 levels); the rest of the file is not checked", ""),
        _ => ("", ""),
    }
}
