//! One line a finding.

use std::io::{self, Write};

use super::Checked;

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for diagnostic in file.diagnostics() {
            let [(line, column), _] = file.lines(diagnostic.span);
            writeln!(out, "{}:{line}:{column}: {}[{}] {}", file.path, diagnostic.severity.name(), diagnostic.rule, diagnostic.message)?;
        }
    }
    Ok(())
}
