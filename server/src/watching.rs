//! `workspace/didChangeWatchedFiles`: what lies outside of the texts changes, and open documents are looked at anew.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tower_lsp::jsonrpc;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::{GlobPattern, Url};

use crate::Machine;
use crate::backend::Backend;

/// How long further changes are gathered after the first, which is answered at once.
const GATHER: Duration = Duration::from_millis(100);

/// What the client can do with files, and with what it shows when something else has changed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    pub(crate) watches: bool,
    watches_outside: bool,
    refreshes_diagnostics: bool,
    refreshes_hints: bool,
    refreshes_lenses: bool,
    refreshes_tokens: bool,
}

impl Traits {
    /// As the client says.
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let files = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let watches = files.and_then(|files| files.dynamic_registration).unwrap_or(false);
        let refreshes = |support: Option<Option<bool>>| support.flatten().unwrap_or(false);
        Self {
            watches,
            watches_outside: watches && files.and_then(|files| files.relative_pattern_support).unwrap_or(false),
            refreshes_diagnostics: refreshes(workspace.and_then(|workspace| Some(workspace.diagnostic.as_ref()?.refresh_support))),
            refreshes_hints: refreshes(workspace.and_then(|workspace| Some(workspace.inlay_hint.as_ref()?.refresh_support))),
            refreshes_lenses: refreshes(workspace.and_then(|workspace| Some(workspace.code_lens.as_ref()?.refresh_support))),
            refreshes_tokens: refreshes(workspace.and_then(|workspace| Some(workspace.semantic_tokens.as_ref()?.refresh_support))),
        }
    }

    /// What tells the client which files to watch; nothing for a client that does not.
    pub(crate) fn registration(self, machine: &dyn Machine) -> Option<lsp::Registration> {
        if !self.watches {
            return None;
        }
        let kinds = ["**/*.{yaml,yml,json,toml}", "**/*.env*", "**/.env*"];
        let inside = kinds.map(|pattern| watcher(GlobPattern::String(pattern.to_owned())));
        let outside = machine.shared().into_iter().filter(|_| self.watches_outside).filter_map(|path| {
            let (folder, pattern) = if path.is_dir() {
                (path, "**/*.{yaml,yml}".to_owned())
            } else {
                (path.parent()?.to_owned(), path.file_name()?.to_str()?.to_owned())
            };
            let base_uri = lsp::OneOf::Right(Url::from_directory_path(folder).ok()?);
            Some(watcher(GlobPattern::Relative(lsp::RelativePattern { base_uri, pattern })))
        });
        let options = lsp::DidChangeWatchedFilesRegistrationOptions { watchers: inside.into_iter().chain(outside).collect() };
        Some(lsp::Registration {
            id: "dagu-rs/files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        })
    }
}

fn watcher(glob_pattern: GlobPattern) -> lsp::FileSystemWatcher {
    lsp::FileSystemWatcher { glob_pattern, kind: None }
}

/// Looks anew at what is open, whenever it is told to.
#[derive(Default)]
pub(crate) struct Reload {
    wanted: Notify,
    /// Troubles that were shown, until they are gone.
    shown: Mutex<HashSet<String>>,
}

impl Reload {
    /// Has everything looked at anew, soon.
    pub(crate) fn want(&self) {
        self.wanted.notify_one();
    }

    /// Which of the troubles there are now are to be shown.
    fn news(&self, now: HashSet<String>) -> Vec<String> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let mut news: Vec<String> = now.difference(&shown).cloned().collect();
        *shown = now;
        news.sort();
        news
    }
}

/// Waits for changes and answers them, the first at once and those that come soon after it together.
pub(crate) async fn follow(server: Backend) {
    loop {
        server.reload.wanted.notified().await;
        server.surveyed.forget();
        server.documents.renew();
        say_troubles(&server).await;
        refresh(&server);
        tokio::time::sleep(GATHER).await;
    }
}

/// Shows what keeps the author's settings for an open DAG from being used, once.
pub(crate) async fn say_troubles(server: &Backend) {
    let open = server.documents.all();
    let dags = open.iter().filter(|snapshot| snapshot.is_dag());
    let troubles = dags.filter_map(|snapshot| server.machine.trouble(snapshot.uri.to_file_path().ok().as_deref())).collect();
    for trouble in server.reload.news(troubles) {
        server.client.show_message(lsp::MessageType::ERROR, trouble).await;
    }
}

/// Asks the client to ask again for what it shows, as far as it can.
fn refresh(server: &Backend) {
    if server.connection.is_ending() {
        return;
    }
    let (client, traits) = (server.client.clone(), server.traits().watching);
    // Each on a task of its own: a client that does not answer one holds the others not up. One that refuses shows what it has.
    let ask = |is_understood: bool, refresh: BoxFuture<'static, jsonrpc::Result<()>>| {
        if is_understood {
            tokio::spawn(refresh);
        }
    };
    let [diagnostics, hints, lenses, tokens] = [client.clone(), client.clone(), client.clone(), client];
    ask(traits.refreshes_diagnostics, Box::pin(async move { diagnostics.workspace_diagnostic_refresh().await }));
    ask(traits.refreshes_hints, Box::pin(async move { hints.inlay_hint_refresh().await }));
    ask(traits.refreshes_lenses, Box::pin(async move { lenses.code_lens_refresh().await }));
    ask(traits.refreshes_tokens, Box::pin(async move { tokens.semantic_tokens_refresh().await }));
}
