//! The layout of a text put in order: indentation, blanks, the end of the file. What it says stays
//! the same, comments and blank lines included; that is checked, not hoped for.

mod layout;
mod same;

use std::ops::RangeInclusive;

use crate::diagnostic::Edit;
use crate::fix::edited;
use crate::syntax::Tree;

use layout::Layout;

/// How a text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns by which what belongs to a key stands deeper than it.
    pub indent: usize,
    /// Whether blanks at the ends of lines go.
    pub trim_lines: bool,
    /// Whether the last line gets a line break.
    pub final_line_break: bool,
    /// Whether blank lines at the end go.
    pub trim_end: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { indent: 2, trim_lines: true, final_line_break: true, trim_end: true }
    }
}

/// The deepest indentation that is asked for in earnest.
const DEEPEST: usize = 16;

/// The edits that put a text in order, one for each part of a line that changes; with `lines` (from 0)
/// only those of the entries that these lines are of. `None` for a text with a syntax error, and where
/// the text would not say the same afterwards.
pub fn format(text: &str, options: Options, lines: Option<RangeInclusive<usize>>) -> Option<Vec<Edit>> {
    let options = Options { indent: options.indent.clamp(1, DEEPEST), ..options };
    let (tree, diagnostics) = Tree::parse(text);
    if !tree.repaired.is_empty() || diagnostics.iter().any(|found| found.rule == "yaml-syntax") {
        return None;
    }
    let layout = Layout::new(&tree, options);
    let edits = match lines {
        None => layout.edits(None)?,
        Some(lines) => layout.edits(Some(&layout.whole_entries(lines)?))?,
    };
    if edits.is_empty() {
        return Some(edits);
    }
    let (after, found) = Tree::parse(&edited(text, &edits));
    let rules = |found: &[crate::Diagnostic]| found.iter().map(|found| found.rule).collect::<Vec<_>>();
    let is_same = rules(&diagnostics) == rules(&found) && after.repaired.is_empty() && same::trees(&tree, &after);
    is_same.then_some(edits)
}
