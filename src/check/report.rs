//! How findings are reported: in which form, and where to.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::files::reason;
use crate::output::{self, Checked, Color, Format};
use crate::replace::replace;

/// How findings are reported.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// How findings are printed.
    #[arg(long, short, visible_alias = "output-format", value_enum, default_value = "full")]
    format: Format,
    /// Write the report to this file, whole or not at all, and print nothing.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// When the report has colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

impl Options {
    /// Writes the report. `beside`: standard output belongs to something else.
    ///
    /// # Errors
    /// What keeps the report from being written. A reader who has seen enough, as in `dagu-rs check | head`, is no error.
    pub(super) fn write(&self, files: &[Checked], beside: bool) -> Result<(), String> {
        if let Some(path) = &self.output_file {
            let mut report = Vec::new();
            let written = self.report(files, self.color == Color::Always, &mut report).and_then(|()| replace(path, &report));
            return written.map_err(|error| format!("cannot write the report to {}: {}", path.display(), reason(&error)));
        }
        let written = if beside {
            self.report(files, false, &mut io::stderr().lock())
        } else {
            self.report(files, self.color.enabled(), &mut io::stdout().lock())
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("cannot write the report: {error}")),
            _ => Ok(()),
        }
    }

    fn report(&self, files: &[Checked], color: bool, out: &mut dyn Write) -> io::Result<()> {
        if files.is_empty() && self.format == Format::Full {
            return Ok(());
        }
        let mut out = io::BufWriter::new(out);
        output::write(self.format, color, files, &mut out)?;
        out.flush()
    }
}
