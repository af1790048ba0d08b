//! A file with what was found in it, as the reports read it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::{Analysis, Diagnostic, Encoding, LineIndex, Span};

/// A file with what was found in it. The tree is not kept, and the text of a file without findings neither: there may be
/// thousands of files.
pub(crate) struct Checked {
    /// The path as given or found.
    pub(crate) path: PathBuf,
    /// The text that the findings are about; empty when there are none.
    pub(crate) text: Arc<str>,
    /// The lines of the text.
    pub(crate) lines: LineIndex,
    /// What is reported, by place.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many findings comments suppress.
    pub(crate) suppressed: usize,
}

impl Checked {
    /// Of what was found in a file, what reports need.
    pub(crate) fn new(path: &Path, analysis: Analysis) -> Self {
        let Analysis { tree, diagnostics, suppressed, .. } = analysis;
        let (text, lines) = if diagnostics.is_empty() { (Arc::from(""), LineIndex::new("")) } else { (tree.text, tree.lines) };
        Self { path: path.to_owned(), text, lines, diagnostics, suppressed: suppressed.len() }
    }

    /// The path as text; what is no UTF-8 in it is replaced.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Line and column of both ends of a span, 1-based, columns in characters.
    pub(crate) fn places(&self, span: Span) -> [(usize, usize); 2] {
        [span.start, span.end].map(|offset| {
            let position = self.lines.position(&self.text, offset, Encoding::Chars);
            (position.line + 1, position.column + 1)
        })
    }
}
