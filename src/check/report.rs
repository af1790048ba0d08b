//! How findings are reported: in which form, and where to.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::files::reason;
use crate::output::{self, Checked, Color, Format};
use crate::replace::replace;

/// What standard output is called. Opened by its name, a file behind it would be written from its start.
const STDOUT: [&str; 2] = ["-", "/dev/stdout"];

/// How findings are reported.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Options {
    /// How findings are printed.
    #[arg(long, short, visible_alias = "output-format", value_enum, default_value = "full")]
    format: Format,
    /// Write the report to this file, whole or not at all, and print nothing; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Report how often each rule finds something, not what it finds.
    #[arg(long)]
    statistics: bool,
    /// When the report has colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

impl Options {
    /// Whether the options go together.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn possible(&self) -> Result<(), String> {
        if self.statistics && output::write_statistics(self.format, &[], &mut io::sink()).is_none() {
            return Err("--statistics are a table, or with `--format json` JSON".to_owned());
        }
        Ok(())
    }

    /// The file that the report goes to.
    pub(super) fn output_file(&self) -> Option<&Path> {
        self.output_file.as_deref()
    }

    /// Writes the report. `beside`: standard output belongs to something else.
    ///
    /// # Errors
    /// What keeps the report from being written. A reader who has seen enough, as in `dagu-rs check | head`, is no error.
    pub(super) fn write(&self, files: &[Checked], beside: bool) -> Result<(), String> {
        if let Some(path) = self.output_file.as_deref().filter(|path| !STDOUT.iter().any(|name| *path == Path::new(name))) {
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
        if self.statistics {
            output::write_statistics(self.format, files, &mut out).unwrap_or(Ok(()))?;
        } else {
            output::write(self.format, color, files, &mut out)?;
        }
        out.flush()
    }
}
