//! One JSON object a finding, the same as in the `json` report, each on its line.

use std::io::{self, Write};

use super::Checked;
use super::json::{findings, write_line};

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    files.iter().try_for_each(|file| findings(file, &file.name()).try_for_each(|finding| write_line(&finding, out)))
}
