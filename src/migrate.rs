//! `dagu-rs migrate`: rewrites DAG files that use older syntax.

mod convert;
mod same;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use similar::{DiffTag, TextDiff};

use self::convert::{Conversion, Place};
use crate::Exit;
use crate::diff;
use crate::facts::{self, Machine};
use crate::files::{Input, Search, reason};
use crate::output::{complain, fail};
use crate::replace::replace;

/// What `migrate` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders to rewrite. Folders are searched for DAGs.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Print what would change as a unified diff, and write nothing.
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    machine: facts::Options,
}

/// Rewrites what the arguments name, and says what was done and what is left.
pub(crate) fn migrate(args: &Args) -> Exit {
    let machine = match Machine::new(&args.machine) {
        Ok(machine) => machine,
        Err(trouble) => return fail(&trouble),
    };
    let mut search = Search::of(&args.paths, machine.configs(), false, None);
    let inputs = search.read();
    let mut troubles = search.troubles;
    if inputs.is_empty() && troubles.is_empty() {
        complain("no DAG found: a DAG is a .yaml or .yml file with `steps:`");
        return Exit::Nothing;
    }
    let mut total = Total::default();
    for input in &inputs {
        match file(&machine, input, args.diff, &mut total) {
            Ok(()) => {}
            Err(Trouble::File(trouble)) => troubles.push(trouble),
            // The reader has seen enough, as in `dagu-rs migrate --diff | head`.
            Err(Trouble::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(Trouble::Output(error)) => return fail(&format!("cannot write to standard output: {error}")),
        }
    }
    for trouble in &troubles {
        complain(trouble);
    }
    if let Err(error) = total.say(args.diff) {
        return fail(&format!("cannot write to standard output: {error}"));
    }
    match () {
        () if !troubles.is_empty() => Exit::Error,
        () if total.left > 0 => Exit::Failure,
        () => Exit::Success,
    }
}

/// A text in today's syntax, as far as that can be done unseen; `None` for one that is no YAML.
pub(crate) fn today(machine: &Machine, path: Option<&Path>, text: &str) -> Option<String> {
    convert::convert(text, &|text| machine.analyze(path, text)).ok().map(|conversion| conversion.text)
}

/// What kept a file from being done.
enum Trouble {
    /// Something about the file.
    File(String),
    /// The report cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What was done to all files.
#[derive(Default)]
struct Total {
    files: usize,
    done: usize,
    left: usize,
}

impl Total {
    fn say(&self, diff: bool) -> io::Result<()> {
        let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
        let verb = if diff { "would change" } else { "changed" };
        let text = match (self.done, self.left) {
            (0, 0) => "nothing to migrate".to_owned(),
            (0, left) => format!("nothing {verb}; {} left for you", count(left, "place")),
            (done, left) => {
                let left = if left == 0 { String::new() } else { format!("; {} left for you", count(left, "place")) };
                format!("{} {verb} in {}{left}", count(done, "place"), count(self.files, "file"))
            }
        };
        say(diff, &text)
    }
}

/// Prints a line: beside a diff on standard error, so that the diff can be piped.
fn say(diff: bool, line: &str) -> io::Result<()> {
    if diff { writeln!(io::stderr().lock(), "{line}") } else { writeln!(io::stdout().lock(), "{line}") }
}

fn file(machine: &Machine, input: &Input, diff: bool, total: &mut Total) -> Result<(), Trouble> {
    let Input { path, text, .. } = input;
    let Conversion { text: new, done, left } = convert::convert(text, &|text| machine.analyze(Some(path), text))
        .map_err(|place| Trouble::File(format!("{}:{}: {}; the file is left as it is", path.display(), place.line, place.what)))?;
    let lines = diff.then(|| diff::lines(text, &new));
    if *text != new {
        if let Some(lines) = &lines {
            diff::print(path, lines)?;
        } else {
            let failed = |error: io::Error| Trouble::File(format!("cannot write {}: {}", path.display(), reason(&error)));
            replace(path, &new).map_err(failed)?;
        }
        total.files += 1;
    }
    for Place { line, what } in &done {
        say(diff, &format!("{}:{line}: {what}", path.display()))?;
    }
    for Place { line, what } in &left {
        let line = lines.as_ref().map_or(*line, |lines| old_line(lines, *line));
        say(diff, &format!("{}:{line}: left: {what}", path.display()))?;
    }
    total.done += done.len();
    total.left += left.len();
    Ok(())
}

/// The line of the text before that stands on a line of the text after; both count from 1.
fn old_line(diff: &TextDiff<'_, '_, '_, str>, line: usize) -> usize {
    let at = line - 1;
    let Some(op) = diff.ops().iter().find(|op| op.new_range().contains(&at)) else { return line };
    let (old, new) = (op.old_range(), op.new_range());
    let within = if op.tag() == DiffTag::Equal { at - new.start } else { (at - new.start).min(old.len().saturating_sub(1)) };
    old.start + within + 1
}
