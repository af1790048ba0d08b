//! Unified diffs on standard output.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

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
    write!(io::stdout().lock(), "{}", lines.unified_diff().header(&name, &name))
}
