//! Own types to the protocol's and back.

use dagu_schema::{Analysis, Edit, Encoding, Layout, LineIndex, Position, Severity, Span};
use tower_lsp::lsp_types as lsp;

/// Translates between the bytes of one text and the client's positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Converter<'a> {
    text: &'a str,
    lines: &'a LineIndex,
    encoding: Encoding,
    /// Where the bytes are those of a text with room for edits.
    layout: Option<&'a Layout>,
}

impl<'a> Converter<'a> {
    /// For a text with its lines, in the encoding agreed upon.
    pub(crate) fn new(text: &'a str, lines: &'a LineIndex, encoding: Encoding) -> Self {
        Self { text, lines, encoding, layout: None }
    }

    /// The same for the bytes of an analysis of the text.
    pub(crate) fn of(self, analysis: &'a Analysis) -> Self {
        Self { layout: analysis.layout(), ..self }
    }

    /// The encoding agreed upon.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The byte offset of a position; one outside the text is taken to the nearest place in it.
    pub(crate) fn offset(&self, position: lsp::Position) -> usize {
        let position = Position { line: index(position.line), column: index(position.character) };
        let offset = self.lines.offset(self.text, position, self.encoding);
        self.layout.map_or(offset, |layout| layout.read(offset))
    }

    /// The bytes of a range; one with its ends swapped is put right.
    pub(crate) fn span(&self, range: lsp::Range) -> Span {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        Span::new(start.min(end), start.max(end))
    }

    /// The position of a byte offset.
    pub(crate) fn position(&self, offset: usize) -> lsp::Position {
        let offset = self.layout.map_or(offset, |layout| layout.own(offset));
        let position = self.lines.position(self.text, offset, self.encoding);
        lsp::Position { line: number(position.line), character: number(position.column) }
    }

    /// The range of a span.
    pub(crate) fn range(&self, span: Span) -> lsp::Range {
        lsp::Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// A replacement of text.
    pub(crate) fn edit(&self, edit: &Edit) -> lsp::TextEdit {
        lsp::TextEdit { range: self.range(edit.span), new_text: edit.text.clone() }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// How bad a finding is.
pub(crate) fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Info => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
    }
}

/// The encoding of columns: the first of the client's, in its order of preference, that is known
/// here; UTF-16 when it names none.
pub(crate) fn encoding(offered: Option<&[lsp::PositionEncodingKind]>) -> Encoding {
    let known = |kind: &lsp::PositionEncodingKind| match kind.as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "utf-16" => Some(Encoding::Utf16),
        "utf-32" => Some(Encoding::Chars),
        _ => None,
    };
    offered.unwrap_or_default().iter().find_map(known).unwrap_or(Encoding::Utf16)
}

/// The protocol's name of an encoding.
pub(crate) fn encoding_kind(encoding: Encoding) -> lsp::PositionEncodingKind {
    match encoding {
        Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
        Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        Encoding::Chars => lsp::PositionEncodingKind::UTF32,
    }
}

/// Text for people: Markdown where the client shows it. Without, the same text is legible enough.
pub(crate) fn markup(markdown: bool, value: String) -> lsp::MarkupContent {
    let kind = if markdown { lsp::MarkupKind::Markdown } else { lsp::MarkupKind::PlainText };
    lsp::MarkupContent { kind, value }
}
