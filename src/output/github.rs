//! Workflow commands, which GitHub Actions shows beside the lines.

use std::io::{self, Write};

use dagu_schema::{Severity, printable};

use super::paths::Root;
use super::{Checked, with_help};

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let root = Root::current();
    for file in files {
        let path = property(&root.name(&file.path));
        for diagnostic in &file.diagnostics {
            let command = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Hint => "notice",
            };
            let [(line, column), (end_line, end_column)] = file.places(file.marked(diagnostic.span));
            write!(out, "::{command} file={path},line={line},endLine={end_line}")?;
            // Columns of a mark over several lines are refused.
            if line == end_line {
                write!(out, ",col={column},endColumn={end_column}")?;
            }
            writeln!(out, ",title={}::{}", property(diagnostic.rule), data(&with_help(diagnostic)))?;
        }
    }
    Ok(())
}

/// The text of a command, as GitHub's toolkit escapes it.
fn data(text: &str) -> String {
    printable::lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
