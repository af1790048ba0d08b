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
mod inlay_hints;
mod settings;
mod symbols;

use std::path::Path;
use std::sync::Arc;

use dagu_schema::Analysis;
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
