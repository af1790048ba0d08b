//! `dagu-rs lsp`: serves the language server protocol.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::Analysis;
use dagu_schema::symbols::FileName;
use dagu_server::Ending;

use crate::Exit;
use crate::config;
use crate::facts::{self, Machine};
use crate::files::{Search, read_file};
use crate::output::fail;

/// What `lsp` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Speak on standard input and output (the only way there is; accepted because editors pass it).
    #[arg(long)]
    stdio: bool,
    #[command(flatten)]
    config: config::Options,
    #[command(flatten)]
    machine: facts::Options,
}

impl dagu_server::Machine for Machine {
    fn is_dag(&self, path: Option<&Path>, text: &str) -> bool {
        Self::is_dag(self, path, text)
    }

    fn trouble(&self, path: Option<&Path>) -> Option<String> {
        let troubles = self.configs().troubles(std::iter::once(path));
        (!troubles.is_empty()).then(|| troubles.join("\n"))
    }

    fn file(&self, from: &Path, name: &FileName) -> Option<PathBuf> {
        self.named_file(from, name)
    }

    fn text(&self, path: &Path) -> Option<String> {
        read_file(path).ok()
    }

    fn dags(&self, folders: &[PathBuf], most: usize, stop: &dyn Fn() -> bool) -> Vec<PathBuf> {
        Search::dags(folders, self.configs(), most, stop)
    }

    fn analyze(&self, path: Option<&Path>, text: &str) -> Analysis {
        self.check(path, text)
    }
}

/// Serves until the client says goodbye. Exit codes as the protocol has them: 0 after `shutdown`
/// and `exit`, 1 when the client leaves without a `shutdown`.
pub(crate) fn lsp(args: &Args) -> Exit {
    let Args { stdio: _, config, machine } = args;
    let machine = match Machine::new(machine) {
        Ok(machine) => machine.configured(config),
        Err(trouble) => return fail(&trouble),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start the threads of the language server: {error}")),
    };
    let ending = runtime.block_on(dagu_server::serve(tokio::io::stdin(), tokio::io::stdout(), Arc::new(machine)));
    // A read from standard input that is still waiting must not keep the process alive.
    runtime.shutdown_background();
    match ending {
        Ending::Orderly => Exit::Success,
        Ending::Abrupt => Exit::Failure,
    }
}
