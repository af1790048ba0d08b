//! A file with what was found in it, as the reports read it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::{Analysis, Diagnostic, LineIndex, Span};

use super::columns::Columns;

/// A file with what was found in it. The tree is not kept, and the text of a file without findings neither: there may be
/// thousands of files.
pub(crate) struct Checked {
    /// The path as given or found.
    pub(crate) path: PathBuf,
    /// The text that the findings are about; empty when there are none.
    pub(crate) text: Arc<String>,
    /// The lines of the text.
    pub(crate) lines: LineIndex,
    columns: Columns,
    /// What is reported, by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many findings comments suppress.
    pub(crate) suppressed: usize,
    /// How many findings a baseline knows.
    pub(crate) known: usize,
}

impl Checked {
    /// Of what was found in a file, what reports need.
    pub(crate) fn new(path: &Path, analysis: Analysis) -> Self {
        let Analysis { tree, diagnostics, suppressed, .. } = analysis;
        let (text, lines) = if diagnostics.is_empty() { (Arc::default(), LineIndex::new("")) } else { (tree.text, tree.lines) };
        let columns = Columns::new(&text);
        Self { path: path.to_owned(), text, lines, columns, diagnostics, suppressed: suppressed.len(), known: 0 }
    }

    /// The path as text; what is no UTF-8 in it is replaced.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Line and column of both ends of a span, 1-based, columns in characters.
    pub(crate) fn places(&self, span: Span) -> [(usize, usize); 2] {
        [span.start, span.end].map(|offset| {
            let offset = self.text.floor_char_boundary(offset);
            let line = self.lines.line_of(offset);
            (line + 1, self.columns.between(&self.text, self.lines.line_span(&self.text, line).start, offset) + 1)
        })
    }

    /// What a mark for a span covers: no line break at its end, and at least one character. It is empty in an empty line
    /// only; at the end of a text, the last character is marked.
    pub(crate) fn marked(&self, span: Span) -> Span {
        let text = &*self.text;
        let [start, end] = [span.start, span.end].map(|offset| text.floor_char_boundary(offset));
        let content = text.get(start..end).unwrap_or_default().trim_end_matches(BREAKS);
        if !content.is_empty() {
            return Span::new(start, start + content.len());
        }
        let start = if start == text.len() { text.trim_end_matches(BREAKS).len() } else { start };
        let line = self.lines.line_span(text, self.lines.line_of(start));
        let start = start.clamp(line.start, line.end);
        let [before, after] = [line.start..start, start..line.end].map(|part| text.get(part).unwrap_or_default());
        match (after.chars().next(), before.chars().next_back()) {
            (Some(next), _) => Span::new(start, start + next.len_utf8()),
            (None, Some(last)) => Span::new(start - last.len_utf8(), start),
            (None, None) => Span::at(start),
        }
    }
}

const BREAKS: [char; 2] = ['\n', '\r'];
