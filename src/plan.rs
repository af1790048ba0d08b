//! `dagu-rs plan`: what a run would do, without a container engine and without running anything.

use std::path::PathBuf;

use clap::ValueEnum;
use dagu_runner::Request;
use dagu_runner::console::Color;
use dagu_runner::plan::outline::Outline;

use crate::Exit;
use crate::facts::{self, Machine};
use crate::inspect;

/// What `plan` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
The plan is that of `run --dry-run`, which stops where a run would: here a step that cannot be planned says why, and the \
others follow. Values of credentials are not shown: references to them stand in their place.
Exit codes: 0, 2 usage, I/O or internal error, 3 there is no DAG in the file.")]
pub(crate) struct Args {
    /// The DAG file.
    file: PathBuf,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Start every step that `depends` allows, also one that reads a file which another step writes.
    #[arg(long)]
    no_infer_depends: bool,
    #[command(flatten)]
    semantics: crate::run::SemanticsOption,
    #[command(flatten)]
    machine: facts::Options,
    /// Parameters of the DAG, after `--`: `NAME=value`, or values by position.
    #[arg(last = true, value_name = "NAME=VALUE")]
    params: Vec<String>,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object, version 1.
    Json,
}

/// Shows the plan of a run.
pub(crate) fn plan(args: Args) -> Exit {
    inspect::finish(answer(args))
}

fn answer(args: Args) -> Result<(String, Exit), String> {
    let machine = Machine::new(&args.machine)?;
    let analysis = inspect::read(&machine, &args.file)?;
    let Some((analysis, workflow)) = analysis.as_ref().and_then(|analysis| Some((analysis, analysis.workflows.first()?))) else {
        return Ok((String::new(), Exit::Nothing));
    };
    let request = Request {
        file: args.file,
        environment: facts::environment(),
        params: args.params,
        dry_run: true,
        infer_depends: !args.no_infer_depends,
        semantics: args.semantics.get(),
        color: Color { out: false, err: false },
    };
    let outline = Outline::of(analysis, &inspect::expanded(analysis, workflow), &request);
    let text = match args.format {
        Format::Text => outline.text(),
        Format::Json => inspect::json(&outline.json())?,
    };
    Ok((text, Exit::Success))
}
