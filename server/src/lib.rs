//! Language server: the language server protocol in, the answers of the schema crate out.
//!
//! The protocol's types stay in this crate; each request has its own file. Handlers of text
//! changes put them into the store before their first await, since tower-lsp runs handlers side
//! by side; analysis comes after, off the handlers, and results for an older text are dropped.

#![forbid(unsafe_code)]

mod actions;
mod backend;
mod calls;
mod code_lens;
mod commands;
mod completion;
mod configuration;
mod connection;
mod convert;
mod cursor;
mod definition;
mod describe;
mod diagnostics;
mod documents;
mod folding;
mod formatting;
mod forms;
mod highlight;
mod hover;
mod inlay_hints;
mod links;
mod preview;
mod progress;
mod pull_diagnostics;
mod references;
mod rename;
mod selection;
mod semantic_tokens;
mod settings;
mod shown;
mod symbols;
mod task;
mod watching;
mod workspace;
mod workspace_symbols;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dagu_schema::Analysis;
use dagu_schema::symbols::FileName;
use dagu_schema::workflow::call::Signature;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

use backend::Backend;
use connection::{Connection, Input, Session, Socket};

/// What can be done with a DAG file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Run it.
    Run,
    /// Say what a run would do.
    Plan,
}

/// What the server is told by the machine that it runs on.
pub trait Machine: Send + Sync {
    /// Whether a text is something to speak about: a DAG, or a base configuration, from which DAGs inherit; no path for a
    /// document that is no file.
    fn is_dag(&self, path: Option<&Path>, text: &str) -> bool;

    /// What keeps the author's settings for a file from being used, to be shown; no path for a
    /// document that is no file.
    fn trouble(&self, path: Option<&Path>) -> Option<String>;

    /// Reads and judges the text of a file; no path for a document that is no file. `at` is the byte at which it was
    /// edited last.
    fn analyze(&self, path: Option<&Path>, text: &str, at: Option<usize>) -> Analysis;

    /// The same after an edit, where what was made of the text `before` it helps; nothing where all must be read.
    fn analyze_edited(&self, path: Option<&Path>, earlier: Analysis, before: &str, text: &str) -> Option<Analysis>;

    /// The same of a text that is not edited.
    fn check(&self, path: Option<&Path>, text: &str) -> Analysis;

    /// The text in today's syntax; `None` for one that cannot be read.
    fn migrate(&self, path: Option<&Path>, text: &str) -> Option<String>;

    /// The command that does something with a DAG file. What it writes is for people.
    ///
    /// # Errors
    /// What keeps it from being started.
    fn task(&self, task: Task, file: &Path) -> Result<Command, String>;

    /// Whether a change of a file may change what is found in others.
    fn bears(&self, path: &Path) -> bool;

    /// A picture of what was read, in SVG.
    fn picture(&self, path: Option<&Path>, analysis: &Analysis) -> String;

    /// The text of a file, if it can be read.
    fn read(&self, path: &Path) -> Option<String>;

    /// The file that a DAG names, if it is there; `from` is the DAG's own.
    fn file(&self, from: &Path, name: &FileName) -> Option<PathBuf>;

    /// The DAG files below some folders, at most so many; fewer where `stop` says so in between.
    fn dag_files(&self, folders: &[PathBuf], most: usize, stop: &dyn Fn() -> bool) -> Vec<PathBuf>;

    /// The files and folders outside of a workspace on which findings rest.
    fn shared(&self) -> Vec<PathBuf>;

    /// Looks for DAGs in folders.
    fn survey(&self, folders: &[PathBuf]) -> Survey;

    /// Names of files and folders (`true`), a few hundred at the most, in a folder as the author of a
    /// DAG writes it: seen from the working directory, where one is given, else from the DAG's folder.
    fn entries(&self, path: Option<&Path>, working_dir: Option<&str>, folder: &str) -> Vec<(String, bool)>;

    /// The names of the DAGs of other files that a DAG can call.
    fn dags(&self, path: Option<&Path>) -> Vec<String>;

    /// What the DAG of another file takes from who starts it.
    fn signature(&self, path: Option<&Path>, called: &str) -> Option<Signature>;

    /// Images that occur in DAGs around this one, and those that the container engine has (`true`);
    /// and whether these are all. What is not known yet is found out meanwhile: nobody waits for it.
    fn images(&self, path: Option<&Path>) -> (Vec<(String, bool)>, bool);

    /// The names of the variables of the environment.
    fn variables(&self) -> Vec<String>;

    /// The variables that every run sets, with what they hold.
    fn set_by_run(&self) -> Vec<(&'static str, &'static str)>;
}

/// What there is in some folders.
pub struct Survey {
    /// The files that may be DAGs.
    pub files: Vec<PathBuf>,
    /// Another number when a file has changed on which findings may rest.
    pub state: u64,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client asked for `shutdown` before it left.
    Orderly,
    /// The client left, or its streams closed, without a `shutdown`.
    Abrupt,
}

/// Speaks the language server protocol until the client says `exit`, a stream closes or the client's process is gone.
/// `client`: that process, where it is known before the client names it.
pub async fn serve(
    stdin: impl AsyncRead + Unpin,
    stdout: impl AsyncWrite + Unpin,
    machine: Arc<dyn Machine>,
    client: Option<u32>,
) -> Ending {
    let (connection, said, output, writer) = Connection::new(stdout);
    client.into_iter().for_each(|client| connection.lasts_as_long_as(client));
    let (service, socket) = LspService::build(|client| Backend::new(client, connection.clone(), machine))
        .custom_method("$/setTrace", Backend::set_trace)
        .custom_method("dagu-rs/preview", Backend::preview)
        .custom_method("window/workDoneProgress/cancel", Backend::progress_cancelled)
        .finish();
    let server = service.inner().clone();
    let input = Input::new(stdin, connection.clone());
    let conversation = Server::new(input, output, Socket::new(socket, said));
    let session = Session::new(service, server.client.clone(), connection.clone());
    // By default four requests that take their time would keep a change of a text, or their cancellation, waiting.
    let conversation = conversation.concurrency_level(usize::MAX).serve(session);
    futures_util::join!(conversation, writer.write());
    // Of a client that left without a word.
    server.tasks.end().await;
    server.shown.remove();
    connection.ending()
}
