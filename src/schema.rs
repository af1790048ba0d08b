//! `dagu-rs schema`: the JSON Schema of a DAG, of the configuration, and of a report.

use std::io::{self, Write};
use std::path::PathBuf;

use dagu_schema::model::export;

use crate::Exit;
use crate::config;
use crate::output::{self, fail};
use crate::replace::replace;

/// What `schema` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The schema of dagu-rs.toml, not of DAGs.
    #[arg(long)]
    config: bool,
    /// The schema of what `check --format json` prints, not of DAGs.
    #[arg(long, conflicts_with = "config")]
    report: bool,
    /// Write it to this file, whole or not at all, and print nothing.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Prints the schema, or writes it to a file.
pub(crate) fn schema(args: &Args) -> Exit {
    let schema = match () {
        () if args.config => config::json_schema(),
        () if args.report => output::json::json_schema(),
        () => export::json_schema(),
    };
    let text = format!("{schema:#}\n");
    match &args.output {
        None => match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
            _ => Exit::Success,
        },
        Some(path) => match replace(path, &text) {
            Ok(()) => Exit::Success,
            Err(error) => fail(&format!("{}: cannot write the schema: {error}", path.display())),
        },
    }
}
