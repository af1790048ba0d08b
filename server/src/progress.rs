//! `$/progress`: what takes its time says how far it is, and gives a long answer piece by piece.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use serde::Serialize;
use tower_lsp::Client;
use tower_lsp::jsonrpc::Request;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::ProgressToken;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;

use crate::connection::Connection;

/// Whether the client shows progress that the server begins.
pub(crate) fn is_shown(client: &lsp::ClientCapabilities) -> bool {
    client.window.as_ref().and_then(|window| window.work_done_progress).unwrap_or(false)
}

/// Work that is under way. It ends for the client when it is dropped, too.
pub(crate) struct Progress {
    connection: Arc<Connection>,
    token: Option<ProgressToken>,
}

impl Progress {
    /// Begins under the token that came with the request; without one, nothing is said.
    pub(crate) async fn begin(connection: &Arc<Connection>, token: Option<ProgressToken>, title: &str) -> Self {
        let progress = Self { connection: connection.clone(), token };
        let begin = lsp::WorkDoneProgressBegin { title: title.to_owned(), percentage: Some(0), ..lsp::WorkDoneProgressBegin::default() };
        progress.say(lsp::WorkDoneProgress::Begin(begin)).await;
        progress
    }

    /// As [`Self::begin`]; where no token came, under a new one that the client agrees to. Only for a client that shows such.
    pub(crate) async fn begin_unasked(client: &Client, connection: &Arc<Connection>, title: &str) -> Self {
        static NUMBER: AtomicI32 = AtomicI32::new(0);
        let token = ProgressToken::String(format!("dagu-rs/{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        let params = lsp::WorkDoneProgressCreateParams { token: token.clone() };
        let client = client.clone();
        // On a task of its own: an answer for which nobody waits any more would end the server.
        let agreed = tokio::spawn(async move { client.send_request::<WorkDoneProgressCreate>(params).await });
        let agreed = agreed.await.is_ok_and(|agreed| agreed.is_ok());
        Self::begin(connection, agreed.then_some(token), title).await
    }

    /// Says how far it is.
    pub(crate) async fn report(&self, done: usize, all: usize, of: &str) {
        let percentage = u32::try_from(done * 100 / all.max(1)).ok();
        let message = Some(format!("{done}/{all} {of}"));
        let report = lsp::WorkDoneProgressReport { message, percentage, ..lsp::WorkDoneProgressReport::default() };
        self.say(lsp::WorkDoneProgress::Report(report)).await;
    }

    /// Says that it is done, before the answer does.
    pub(crate) async fn end(mut self) {
        if let Some(token) = self.token.take() {
            partial(&self.connection, &token, &lsp::WorkDoneProgress::End(lsp::WorkDoneProgressEnd::default())).await;
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
