//! `dagu-rs check --fix` and `--add-ignore`: what is done about findings in their files.

use std::io::{self, Write as _};
use std::sync::Arc;

use dagu_schema::fix::{fix, ignore};

use crate::diff;
use crate::facts::Machine;
use crate::files::{Input, each, reason};
use crate::output::{self, Checked};
use crate::replace::replace;

/// What is done to a text.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Fixes are applied, with `all` those too that are not safe.
    Fix { all: bool },
    /// Findings are suppressed by comments.
    Ignore { reason: String },
}

/// The fixing of some files.
pub(super) struct Mending {
    change: Change,
    diff: bool,
    findings: usize,
    files: usize,
}

/// A text, fixed.
pub(super) struct Fixed {
    input: Input,
    before: Checked,
    after: Checked,
    new: Arc<String>,
    count: usize,
}

impl Mending {
    /// `diff`: print what would change, and write nothing.
    pub(super) fn new(change: Change, diff: bool) -> Self {
        Self { change, diff, findings: 0, files: 0 }
    }

    /// Fixes files, and gives what remains. What keeps a file from being written is added to the troubles; the error is about
    /// standard output.
    pub(super) fn mend(&mut self, machine: &Machine, inputs: Vec<Input>, troubles: &mut Vec<String>) -> io::Result<Vec<Checked>> {
        let mut files = Vec::with_capacity(inputs.len());
        for fixed in each(inputs, |input| self.fix(machine, input)) {
            match self.write(fixed, troubles) {
                Ok(checked) => files.push(checked),
                // The reader has seen enough, as in `dagu-rs check --diff | head`.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                Err(error) => return Err(error),
            }
        }
        Ok(files)
    }

    /// What fixes make of a text; nothing is written.
    fn fix(&self, machine: &Machine, input: Input) -> Fixed {
        let before = machine.check(input.file(), &input.text);
        let check = |text: &str| machine.check(input.file(), text);
        let fixed = match &self.change {
            Change::Fix { all } => fix(before.clone(), *all, &check),
            Change::Ignore { reason } => ignore(before.clone(), reason, &check),
        };
        let new = fixed.analysis.tree.text.clone();
        let [before, after] = [before, fixed.analysis].map(|analysis| Checked::new(&input.path, analysis));
        Fixed { input, before, after, new, count: fixed.count }
    }

    /// Writes what fixes made of a text, and gives what remains.
    fn write(&mut self, fixed: Fixed, troubles: &mut Vec<String>) -> io::Result<Checked> {
        let Fixed { input, before, after, new, count } = fixed;
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
                if let Err(error) = replace(&input.path, new.as_bytes()) {
                    troubles.push(format!("cannot write {}: {}", input.path.display(), reason(&error)));
                    return Ok(before);
                }
            }
            () => {}
        }
        self.findings += count;
        self.files += usize::from(changed);
        Ok(after)
    }

    /// Says on standard error how many were fixed, and beside a diff, what would remain.
    pub(super) fn say(&self, files: &[Checked]) {
        let number = self.files;
        let files_changed = format!("{number} file{}", if number == 1 { "" } else { "s" });
        let done = if matches!(self.change, Change::Fix { .. }) { "fixed" } else { "suppressed" };
        let text = match (self.diff, self.findings) {
            (false, 0) => format!("nothing {done}"),
            (false, findings) => format!("{findings} {done} in {files_changed}"),
            (true, findings) => format!("{findings} would be {done} in {files_changed}; then {}", output::count(files)),
        };
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
