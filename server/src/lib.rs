//! Language server: the language server protocol in, the answers of the schema crate out.
//!
//! The protocol's types stay in this crate; each request has its own file. Handlers of text
//! changes put them into the store before their first await, since tower-lsp runs handlers side
//! by side; analysis comes after, off the handlers, and results for an older text are dropped.

mod backend;
mod code_action;
mod completion;
mod connection;
mod convert;
mod cursor;
mod describe;
mod diagnostics;
mod documents;
mod forms;
mod hover;
mod ignore_action;
mod symbols;

use std::path::Path;
use std::sync::Arc;

use dagu_schema::Analysis;
use dagu_schema::workflow::call::Signature;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

use backend::Backend;
use connection::{Connection, Input, Output, Session};

/// What the server is told by the machine that it runs on.
pub trait Machine: Send + Sync {
    /// Whether a text is something to speak about: a DAG, or a base configuration, from which DAGs inherit; no path for a
    /// document that is no file.
    fn is_dag(&self, path: Option<&Path>, text: &str) -> bool;

    /// What keeps the author's settings for a file from being used, to be shown; no path for a
    /// document that is no file.
    fn trouble(&self, path: Option<&Path>) -> Option<String>;

    /// Reads and judges the text of a file; no path for a document that is no file.
    fn analyze(&self, path: Option<&Path>, text: &str) -> Analysis;

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

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client asked for `shutdown` before it left.
    Orderly,
    /// The client left, or its streams closed, without a `shutdown`.
    Abrupt,
}

/// Speaks the language server protocol until the client says `exit` or a stream closes.
pub async fn serve(stdin: impl AsyncRead + Unpin, stdout: impl AsyncWrite + Unpin, machine: Arc<dyn Machine>) -> Ending {
    let connection = Arc::new(Connection::default());
    let (service, socket) = LspService::new(|client| Backend::new(client, machine));
    let input = Input::new(stdin, connection.clone());
    let output = Output::new(stdout, connection.clone());
    Server::new(input, output, socket).serve(Session::new(service, connection.clone())).await;
    connection.ending()
}
