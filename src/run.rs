//! `dagu-rs run`: runs a DAG.

use std::process::ExitCode;

use crate::Exit;

/// What `run` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Runs a DAG.
pub(crate) fn run(_args: Args) -> ExitCode {
    Exit::Error.into()
}
