//! One line a finding.

use std::io::{self, Write};

use dagu_schema::printable;

use super::Checked;

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    for file in files.iter().filter(|file| !file.diagnostics.is_empty()) {
        let name = file.name();
        let path = printable::line(&name);
        for diagnostic in &file.diagnostics {
            let [(line, column), _] = file.places(diagnostic.span);
            writeln!(out, "{path}:{line}:{column}: {}[{}] {}", diagnostic.severity.name(), diagnostic.rule, diagnostic.message)?;
        }
    }
    Ok(())
}
