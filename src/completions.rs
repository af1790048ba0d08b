//! `dagu-rs completions`: the script by which a shell completes the command line.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Exit;
use crate::output::fail;

/// What `completions` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell that is to read it.
    shell: Shell,
}

/// Prints the script.
pub(crate) fn completions(args: &Args) -> Exit {
    let mut command = crate::Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    match io::stdout().write_all(&script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
        _ => Exit::Success,
    }
}
