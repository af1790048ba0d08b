//! `dagu-rs lsp`: serves the language server protocol.

use crate::Exit;

/// What `lsp` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Speak on standard input and output (the only way there is; accepted because editors pass it).
    #[arg(long)]
    stdio: bool,
}

/// Serves until the client says goodbye.
pub(crate) fn lsp(args: &Args) -> Exit {
    let _ = args.stdio;
    Exit::Error
}
