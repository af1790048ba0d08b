//! `dagu-rs creds`: which step can read which credential, and how it gets there.

mod diff;
mod earlier;
mod html;
pub(crate) mod matrix;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::Exit;
use crate::facts::{self, Machine, read_dotenv};
use crate::inspect::{self, json};
use matrix::Matrix;

/// What `creds` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
A cell says how a credential gets to a step: `env` as a variable of its process, `text` written into its command line, \
prompt or input, `file` by a mount; `literal`: only the reference as written gets there, since nothing gives it a value. What stands in parentheses the Dagu engine does, and `dagu-rs run` does not; what \
is marked `!`, the other way round. Values are never shown.
Exit codes: 0, 1 with --fail-on-new when a step newly sees a credential, or another one under its name, 2 usage, I/O or internal error, 3 there is no \
DAG in the file.")]
pub(crate) struct Args {
    /// The DAG file.
    file: PathBuf,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Say what the file newly shows to which step, against this git revision of it or another file.
    #[arg(long, value_name = "REV|FILE")]
    diff: Option<String>,
    /// Exit with 1 when a step newly sees a credential, or another one under the same name.
    #[arg(long, requires = "diff")]
    fail_on_new: bool,
    #[command(flatten)]
    machine: facts::Options,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, for people.
    Table,
    /// One JSON object, version 1.
    Json,
    /// A page that needs nothing else.
    Html,
}

/// Shows the credentials of a DAG.
pub(crate) fn creds(args: &Args) -> Exit {
    inspect::finish(Machine::new(&args.machine).and_then(|machine| answer(args, &machine)))
}

fn answer(args: &Args, machine: &Machine) -> Result<(String, Exit), String> {
    let Some(analysis) = inspect::read(machine, &args.file)? else { return Ok((String::new(), Exit::Nothing)) };
    let name = args.file.display().to_string();
    let Some(other) = &args.diff else {
        let matrix = Matrix::of(&name, &analysis, &BTreeMap::new());
        let text = match args.format {
            Format::Table => inspect::lines(table::write(&matrix)),
            Format::Json => json(&matrix)?,
            Format::Html => html::write(&matrix),
        };
        return Ok((text, Exit::Success));
    };
    let before = earlier::matrix(machine, &args.file, other)?;
    let after = earlier::read(machine, &args.file, &analysis.tree.text, &read_dotenv);
    let changes = diff::between(before.as_ref(), &after);
    let exit = if args.fail_on_new && changes.iter().any(diff::Change::is_new) { Exit::Failure } else { Exit::Success };
    let text = match args.format {
        Format::Table => inspect::lines(diff::text(&name, other, before.is_some(), &changes)),
        Format::Json => json(&diff::Report { version: 1, file: &name, against: other, changes: &changes })?,
        Format::Html => return Err("a difference is shown as a table or as JSON".to_owned()),
    };
    Ok((text, exit))
}
