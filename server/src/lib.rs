//! Language server: the language server protocol in, the answers of the schema crate out.
//!
//! The protocol's types stay in this crate; each request has its own file. Handlers of text
//! changes put them into the store before their first await, since tower-lsp runs handlers side
//! by side; analysis comes after, off the handlers, and results for an older text are dropped.

mod account;
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
mod symbols;

use std::path::Path;
use std::sync::Arc;

use dagu_schema::Facts;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

use backend::Backend;
use connection::{Connection, Input, Output, Session};

/// What is known of the machine for a document: asked once when it is opened, with its path, or
/// `None` for a document that is no file.
pub type FactsFor = Arc<dyn Fn(Option<&Path>, &str) -> Facts + Send + Sync>;

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client asked for `shutdown` before it left.
    Orderly,
    /// The client left, or its streams closed, without a `shutdown`.
    Abrupt,
}

/// Speaks the language server protocol until the client says `exit` or a stream closes.
pub async fn serve(stdin: impl AsyncRead + Unpin, stdout: impl AsyncWrite + Unpin, facts: FactsFor) -> Ending {
    let connection = Arc::new(Connection::default());
    let (service, socket) = LspService::new(|client| Backend::new(client, facts));
    let input = Input::new(stdin, connection.clone());
    let output = Output::new(stdout, connection.clone());
    Server::new(input, output, socket).serve(Session::new(service, connection.clone())).await;
    connection.ending()
}
