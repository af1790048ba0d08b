//! `dagu-rs man`: the manual pages, made from what `--help` says.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::Exit;
use crate::output::fail;

/// What `man` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the main page and one for each subcommand into this folder, which is made where it is missing, and print
    /// nothing.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// Prints the main page, or writes all of them into a folder.
pub(crate) fn man(args: &Args) -> Exit {
    match &args.output_dir {
        None => match print() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
            _ => Exit::Success,
        },
        Some(folder) => match write(folder) {
            Ok(()) => Exit::Success,
            Err(error) => fail(&format!("{}: cannot write the manual pages: {error}", folder.display())),
        },
    }
}

fn print() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(crate::Cli::command()).render(&mut page)?;
    io::stdout().write_all(&page)
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(crate::Cli::command(), folder)
}
