//! Unified diffs on standard output.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use dagu_schema::printable;
use similar::TextDiff;

/// How long the smallest diff of a file is looked for; after that a larger one will do.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lines in which two texts differ.
pub(crate) fn lines<'t>(old: &'t str, new: &'t str) -> TextDiff<'t, 't, 't, str> {
    TextDiff::configure().timeout(PATIENCE).diff_lines(old, new)
}

/// Prints the change of a file, so that `patch` can read it.
pub(crate) fn print<'t>(path: &Path, lines: &'t TextDiff<'t, 't, 't, str>) -> io::Result<()> {
    let name = path.display().to_string();
    let mut out = io::stdout().lock();
    // `patch` reads it as it is.
    if out.is_terminal() {
        return write!(out, "{}", printable::lines(&lines.unified_diff().header(&name, &name).to_string()));
    }
    write!(out, "{}", lines.unified_diff().header(&name, &name))
}
