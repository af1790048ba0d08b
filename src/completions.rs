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
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Bash {
        // clap_complete 4.6 names a command with a hyphen in two ways there, so that no subcommand is found.
        script = script.replace("dagu__subcmd__rs", "dagu__rs");
    }
    match io::stdout().write_all(script.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
        _ => Exit::Success,
    }
}
