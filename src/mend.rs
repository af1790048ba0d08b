//! `dagu-rs check --fix`: what findings offer, applied to their files.

use std::io::{self, Write as _};

use dagu_schema::fix::fix;

use crate::check::{Input, reason};
use crate::diff;
use crate::facts::Machine;
use crate::output::{self, Checked};
use crate::replace::replace;

/// The fixing of some files.
pub(crate) struct Mending {
    all: bool,
    diff: bool,
    findings: usize,
    files: usize,
}

impl Mending {
    /// `all`: also fixes that are not safe; `diff`: print what would change, and write nothing.
    pub(crate) fn new(all: bool, diff: bool) -> Self {
        Self { all, diff, findings: 0, files: 0 }
    }

    /// Fixes a file, and gives what remains. What keeps the file from being written is added to the
    /// troubles; the error is about standard output.
    pub(crate) fn mend(&mut self, machine: &Machine, input: &Input, troubles: &mut Vec<String>) -> io::Result<Checked> {
        let before = machine.check(input.file(), &input.text);
        let fixed = fix(before.clone(), self.all, &|text| machine.check(input.file(), text));
        let new = fixed.analysis.tree.text.clone();
        let changed = *new != *input.text;
        match () {
            () if self.diff && changed => diff::print(&input.path, &diff::lines(&input.text, &new))?,
            () if self.diff => {}
            // Standard input always has its text on standard output.
            () if input.stdin => {
                let mut out = io::stdout().lock();
                out.write_all(new.as_bytes())?;
                out.flush()?;
            }
            () if changed => {
                if let Err(error) = replace(&input.path, &new) {
                    troubles.push(format!("cannot write {}: {}", input.path.display(), reason(&error)));
                    return Ok(Checked::new(&input.path, before));
                }
            }
            () => {}
        }
        self.findings += fixed.count;
        self.files += usize::from(changed);
        Ok(Checked::new(&input.path, fixed.analysis))
    }

    /// Says on standard error how many were fixed, and beside a diff, what would remain.
    pub(crate) fn say(&self, files: &[Checked]) {
        let number = self.files;
        let files_changed = format!("{number} file{}", if number == 1 { "" } else { "s" });
        let text = match (self.diff, self.findings) {
            (false, 0) => "nothing fixed".to_owned(),
            (false, findings) => format!("{findings} fixed in {files_changed}"),
            (true, findings) => format!("{findings} would be fixed in {files_changed}; then {}", output::count(files)),
        };
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
