//! `$/progress`: what takes its time says how far it is, and gives a long answer piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use serde::Serialize;
use tower_lsp::Client;
use tower_lsp::jsonrpc::Request;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::ProgressToken;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;

use crate::connection::Connection;

/// How long a client may take to agree to a token.
const PATIENCE: Duration = Duration::from_secs(5);

/// Letters of a line in a report.
const LONGEST_LINE: usize = 100;

/// Whether the client shows progress that the server begins.
pub(crate) fn is_shown(client: &lsp::ClientCapabilities) -> bool {
    client.window.as_ref().and_then(|window| window.work_done_progress).unwrap_or(false)
}

/// A name for progress that no other has.
pub(crate) fn new_token() -> ProgressToken {
    static NUMBER: AtomicI32 = AtomicI32::new(0);
    ProgressToken::String(format!("dagu-rs/{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

/// What is said when work begins.
pub(crate) fn beginning(title: &str) -> lsp::WorkDoneProgressBegin {
    lsp::WorkDoneProgressBegin { title: title.to_owned(), percentage: Some(0), ..lsp::WorkDoneProgressBegin::default() }
}

/// What is said when work begins that can be cancelled, and whose end is not known.
pub(crate) fn cancellable(title: String) -> lsp::WorkDoneProgressBegin {
    lsp::WorkDoneProgressBegin { title, cancellable: Some(true), ..lsp::WorkDoneProgressBegin::default() }
}

/// Work that is under way. It ends for the client when it is dropped, too.
pub(crate) struct Progress {
    connection: Arc<Connection>,
    token: Option<ProgressToken>,
}

impl Progress {
    /// Begins under the token that came with the request; without one, nothing is said.
    pub(crate) async fn begin(connection: &Arc<Connection>, token: Option<ProgressToken>, begin: lsp::WorkDoneProgressBegin) -> Self {
        let progress = Self { connection: connection.clone(), token };
        progress.say(lsp::WorkDoneProgress::Begin(begin)).await;
        progress
    }

    /// As [`Self::begin`]; where no token came, under a new one that the client agrees to. Only for a client that shows such.
    pub(crate) async fn begin_unasked(
        client: &Client,
        connection: &Arc<Connection>,
        token: ProgressToken,
        begin: lsp::WorkDoneProgressBegin,
    ) -> Self {
        let params = lsp::WorkDoneProgressCreateParams { token: token.clone() };
        let client = client.clone();
        // On a task of its own: an answer for which nobody waits any more would end the server.
        let agreed = tokio::spawn(async move { client.send_request::<WorkDoneProgressCreate>(params).await });
        let agreed = matches!(tokio::time::timeout(PATIENCE, agreed).await, Ok(Ok(Ok(()))));
        Self::begin(connection, agreed.then_some(token), begin).await
    }

    /// Says what it is at.
    pub(crate) async fn line(&self, line: &str) {
        let message = Some(line.chars().take(LONGEST_LINE).collect());
        let report = lsp::WorkDoneProgressReport { cancellable: Some(true), message, percentage: None };
        self.say(lsp::WorkDoneProgress::Report(report)).await;
    }

    /// Says how far it is.
    pub(crate) async fn report(&self, done: usize, all: usize, of: &str) {
        let percentage = u32::try_from(done * 100 / all.max(1)).ok();
        let message = Some(format!("{done}/{all} {of}"));
        let report = lsp::WorkDoneProgressReport { message, percentage, ..lsp::WorkDoneProgressReport::default() };
        self.say(lsp::WorkDoneProgress::Report(report)).await;
    }

    /// Says that it is done and what came of it, before the answer does.
    pub(crate) async fn end(mut self, message: Option<String>) {
        if let Some(token) = self.token.take() {
            partial(&self.connection, &token, &lsp::WorkDoneProgress::End(lsp::WorkDoneProgressEnd { message })).await;
        }
    }

    async fn say(&self, value: lsp::WorkDoneProgress) {
        if let Some(token) = &self.token {
            partial(&self.connection, token, &value).await;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let (Some(token), Ok(runtime)) = (self.token.take(), tokio::runtime::Handle::try_current()) {
            let connection = self.connection.clone();
            let end = lsp::WorkDoneProgress::End(lsp::WorkDoneProgressEnd::default());
            runtime.spawn(async move { partial(&connection, &token, &end).await });
        }
    }
}

/// Sends a piece of progress, or of an answer, under a token. When it returns, what is sent next comes later.
pub(crate) async fn partial(connection: &Connection, token: &ProgressToken, value: &impl Serialize) {
    let params = serde_json::json!({"token": token, "value": value});
    connection.say(Request::build("$/progress").params(params).finish()).await;
}
