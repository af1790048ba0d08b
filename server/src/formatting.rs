//! `textDocument/formatting` and `textDocument/rangeFormatting`.

use std::ops::RangeInclusive;

use dagu_schema::format::{Options, format};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;
use crate::documents::Snapshot;

/// What the server can do.
pub(crate) fn capability() -> lsp::OneOf<bool, lsp::DocumentFormattingOptions> {
    lsp::OneOf::Left(true)
}

/// What the server can do with a part.
pub(crate) fn range_capability() -> lsp::OneOf<bool, lsp::DocumentRangeFormattingOptions> {
    lsp::OneOf::Left(true)
}

/// The edits that lay out a document, or the entries that a range is of. Made from the text as the
/// client has it, so their places are in that.
pub(crate) fn edits(
    snapshot: &Snapshot,
    asked: &lsp::FormattingOptions,
    range: Option<lsp::Range>,
    converter: Converter<'_>,
) -> Option<Vec<lsp::TextEdit>> {
    let options = Options {
        indent: usize::try_from(asked.tab_size).unwrap_or_default(),
        trim_lines: asked.trim_trailing_whitespace.unwrap_or(true),
        final_line_break: asked.insert_final_newline.unwrap_or(true),
        trim_end: asked.trim_final_newlines.unwrap_or(true),
    };
    let edits = format(&snapshot.text, options, range.map(lines))?;
    Some(edits.iter().map(|edit| converter.edit(edit)).collect())
}

/// The lines of a range; one that ends before the first letter of a line has none of that.
fn lines(range: lsp::Range) -> RangeInclusive<usize> {
    let lsp::Range { start, end } = range;
    let is_before = end.character == 0 && end.line > start.line;
    let index = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    index(start.line.min(end.line))..=index(if is_before { end.line - 1 } else { end.line.max(start.line) })
}
