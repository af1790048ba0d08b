//! `dagu-rs lsp`: serves the language server protocol.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dagu_runner::prepare::{Reach, SET_BY_RUN};
use dagu_schema::Analysis;
use dagu_schema::symbols::FileName;
use dagu_schema::workflow::call::Signature;
use dagu_server::{Ending, Survey, Task};

use crate::Exit;
use crate::allocator;
use crate::config;
use crate::facts::{self, Machine};
use crate::files::{self, Search, read_file};
use crate::graph;
use crate::migrate;
use crate::output::fail;
use crate::surroundings;

/// What `lsp` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Speak on standard input and output (the only way there is; accepted because editors pass it).
    #[arg(long)]
    stdio: bool,
    /// The editor's process, with which this one ends (editors pass it; they name it in `initialize`, too).
    #[arg(long = "clientProcessId", value_name = "NUMBER")]
    client_process_id: Option<u32>,
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

    fn analyze(&self, path: Option<&Path>, text: &str, at: Option<usize>) -> Analysis {
        self.check_to_edit(path, text, at)
    }

    fn analyze_edited(&self, path: Option<&Path>, earlier: Analysis, before: &str, text: &str) -> Option<Analysis> {
        self.check_edited(path, earlier, before, text)
    }

    fn check(&self, path: Option<&Path>, text: &str) -> Analysis {
        Self::check(self, path, text)
    }

    fn migrate(&self, path: Option<&Path>, text: &str) -> Option<String> {
        migrate::today(self, path, text)
    }

    fn task(&self, task: Task, file: &Path) -> Result<Command, String> {
        let program = env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
        let words: &[&str] = match task {
            Task::Run => &["run", "--color=never"],
            Task::Plan => &["plan"],
        };
        let mut command = Command::new(program);
        command.args(words).args(self.words()).arg(file);
        Ok(command)
    }

    fn bears(&self, path: &Path) -> bool {
        files::bears(path) || self.shared().iter().any(|shared| path.starts_with(shared))
    }

    fn picture(&self, path: Option<&Path>, analysis: &Analysis) -> String {
        let file = path.and_then(Path::file_name).map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        graph::picture(&file, analysis)
    }

    fn read(&self, path: &Path) -> Option<String> {
        read_file(path).ok()
    }

    fn shared(&self) -> Vec<PathBuf> {
        self.shared()
    }

    fn survey(&self, folders: &[PathBuf]) -> Survey {
        let search = Search::of(folders, self.configs(), true, None);
        let shared = self.shared();
        let state = files::state_below(folders.iter().chain(&shared));
        Survey { files: search.found.into_iter().map(|found| found.path).collect(), state }
    }

    fn entries(&self, path: Option<&Path>, working_dir: Option<&str>, folder: &str) -> Vec<(String, bool)> {
        let home = || env::var_os("HOME").map(PathBuf::from);
        let below_home = |rest: &str| Some(home()?.join(rest.trim_start_matches('/')));
        let at = |base: Option<PathBuf>, folder: &str| match folder.strip_prefix('~') {
            Some(rest) => below_home(rest),
            None if Path::new(folder).is_absolute() => Some(PathBuf::from(folder)),
            None => Some(base?.join(folder)),
        };
        let base = path.and_then(Path::parent).map(Path::to_owned);
        let base = working_dir.map_or(base.clone(), |working_dir| at(base, working_dir));
        at(base, folder).map(|folder| surroundings::entries(&folder)).unwrap_or_default()
    }

    fn dags(&self, path: Option<&Path>) -> Vec<String> {
        self.names_of_dags(path)
    }

    fn signature(&self, path: Option<&Path>, called: &str) -> Option<Signature> {
        self.signature_of(path, called)
    }

    fn images(&self, path: Option<&Path>) -> (Vec<(String, bool)>, bool) {
        let (near, is_searched) = path.and_then(Path::parent).map_or((Vec::new(), true), |folder| self.images.of(Some(folder)));
        let (local, is_asked) = self.images.of(None);
        let all = near.into_iter().map(|name| (name, false)).chain(local.into_iter().map(|name| (name, true)));
        (all.collect(), is_searched && is_asked)
    }

    fn variables(&self) -> Vec<String> {
        self.names_of_variables().map(str::to_owned).collect()
    }

    fn set_by_run(&self) -> Vec<(&'static str, &'static str)> {
        let everywhere = SET_BY_RUN.iter().filter(|set| matches!(set.reach, Reach::Scope | Reach::Outputs));
        everywhere.map(|set| (set.name, set.about)).collect()
    }

    fn file(&self, from: &Path, name: &FileName) -> Option<PathBuf> {
        self.named_file(from, name)
    }

    fn dag_files(&self, folders: &[PathBuf], most: usize, stop: &dyn Fn() -> bool) -> Vec<PathBuf> {
        Search::dags(folders, self.configs(), most, stop)
    }
}

/// Serves until the client says goodbye. Exit codes as the protocol has them: 0 after `shutdown`
/// and `exit`, 1 when the client leaves without a `shutdown`.
pub(crate) fn lsp(args: &Args) -> Exit {
    let Args { stdio: _, client_process_id, config, machine } = args;
    let machine = match Machine::new(machine) {
        Ok(machine) => machine.configured(config),
        Err(trouble) => return fail(&trouble),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start the threads of the language server: {error}")),
    };
    let (stdin, stdout) = (tokio::io::stdin(), tokio::io::stdout());
    allocator::keep_between_keystrokes();
    let ending = runtime.block_on(dagu_server::serve(stdin, stdout, Arc::new(machine), *client_process_id));
    // A read from standard input that is still waiting must not keep the process alive.
    runtime.shutdown_background();
    match ending {
        Ending::Orderly => Exit::Success,
        Ending::Abrupt => Exit::Failure,
    }
}
