//! `textDocument/diagnostic` and `workspace/diagnostic`: the findings when the client asks for them, of closed files too.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::{ProgressToken, Url};

use crate::backend::Backend;
use crate::diagnostics;
use crate::documents::Snapshot;
use crate::progress::{self, Progress};
use crate::settings::Settings;

/// Files of which a client that takes an answer in pieces hears at a time.
const PIECE: usize = 50;

/// Work that takes no longer is not shown unasked.
const SHORT: Duration = Duration::from_millis(500);

/// What a look at the workspace is called.
const TITLE: &str = "Checking DAGs";

/// Whether the client asks for the findings. Then nothing is sent unasked.
pub(crate) fn is_asked(client: &lsp::ClientCapabilities) -> bool {
    client.text_document.as_ref().is_some_and(|text| text.diagnostic.is_some())
}

/// What the server can be asked for.
pub(crate) fn capability() -> lsp::DiagnosticServerCapabilities {
    lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
        identifier: Some("dagu-rs".to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        work_done_progress_options: lsp::WorkDoneProgressOptions { work_done_progress: Some(true) },
    })
}

/// Findings with a name for them: other findings have another name.
struct Report {
    id: String,
    items: Vec<lsp::Diagnostic>,
}

impl Report {
    async fn of(server: &Backend, snapshot: &Arc<Snapshot>) -> Option<Self> {
        let items = diagnostics::of(server, snapshot).await?;
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&items).unwrap_or_default().hash(&mut hasher);
        Some(Self { id: format!("{:016x}", hasher.finish()), items })
    }

    fn full(self) -> lsp::FullDocumentDiagnosticReport {
        lsp::FullDocumentDiagnosticReport { result_id: Some(self.id), items: self.items }
    }
}

/// The findings of one document, from its file when it is not open.
pub(crate) async fn of_document(server: &Backend, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
    let uri = params.text_document.uri;
    let open = server.documents.get(&uri);
    let snapshot = match &open {
        Some(snapshot) => Some(snapshot.clone()),
        None => read(server, uri.clone()).await.map(Into::into),
    };
    let report = match &snapshot {
        Some(snapshot) => Report::of(server, snapshot).await,
        None => None,
    };
    let version = |snapshot: &Snapshot| snapshot.version;
    if server.documents.get(&uri).as_deref().map(version) != open.as_deref().map(version) {
        return Err(Error::content_modified());
    }
    let report = report.unwrap_or_else(|| Report { id: "none".to_owned(), items: Vec::new() });
    let report = if params.previous_result_id.as_ref() == Some(&report.id) {
        let unchanged_document_diagnostic_report = lsp::UnchangedDocumentDiagnosticReport { result_id: report.id };
        lsp::RelatedUnchangedDocumentDiagnosticReport { related_documents: None, unchanged_document_diagnostic_report }.into()
    } else {
        lsp::RelatedFullDocumentDiagnosticReport { related_documents: None, full_document_diagnostic_report: report.full() }.into()
    };
    Ok(lsp::DocumentDiagnosticReportResult::Report(report))
}

/// The text of a file that is not open.
async fn read(server: &Backend, uri: Url) -> Option<Snapshot> {
    let path = uri.to_file_path().ok()?;
    let machine = server.machine.clone();
    let text = tokio::task::spawn_blocking(move || machine.read(&path)).await.ok()??;
    let item = lsp::TextDocumentItem { uri, language_id: "yaml".to_owned(), version: 0, text };
    Some(Snapshot::new(item, server.machine.clone()))
}

/// What was found in closed files, as long as nothing changes on which findings rest.
#[derive(Default)]
pub(crate) struct Surveyed {
    last: Mutex<Option<Found>>,
}

/// The names of what was found in files, under these circumstances.
struct Found {
    state: u64,
    settings: Settings,
    ids: HashMap<PathBuf, String>,
}

impl Surveyed {
    /// The names of what was found, if that is still so.
    fn at(&self, state: u64, settings: &Settings) -> HashMap<PathBuf, String> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = last.as_ref().filter(|found| found.is_of(state, settings)) {
            return found.ids.clone();
        }
        *last = Some(Found { state, settings: settings.clone(), ids: HashMap::new() });
        HashMap::new()
    }

    fn add(&self, state: u64, settings: &Settings, path: &Path, id: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = last.as_mut().filter(|found| found.is_of(state, settings)) {
            found.ids.insert(path.to_owned(), id.to_owned());
        }
    }

    /// Forgets all of it.
    pub(crate) fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Found {
    fn is_of(&self, state: u64, settings: &Settings) -> bool {
        self.state == state && self.settings == *settings
    }
}

/// The answer about the workspace, given piece by piece where the client takes it so.
struct Answer<'s> {
    server: &'s Backend,
    token: Option<ProgressToken>,
    items: Vec<lsp::WorkspaceDocumentDiagnosticReport>,
}

impl Answer<'_> {
    async fn add(&mut self, item: lsp::WorkspaceDocumentDiagnosticReport) {
        self.items.push(item);
        if self.items.len() >= PIECE {
            self.piece().await;
        }
    }

    async fn piece(&mut self) {
        if let Some(token) = self.token.as_ref().filter(|_| !self.items.is_empty()) {
            let items = std::mem::take(&mut self.items);
            progress::partial(&self.server.connection, token, &lsp::WorkspaceDiagnosticReportPartialResult { items }).await;
        }
    }
}

/// The findings of all DAGs in the folders of the workspace, and of open ones elsewhere.
pub(crate) async fn of_workspace(server: &Backend, params: lsp::WorkspaceDiagnosticParams) -> Result<lsp::WorkspaceDiagnosticReportResult> {
    let token = params.work_done_progress_params.work_done_token;
    let mut is_shown = token.is_some() || !server.traits().progress;
    let mut progress = Progress::begin(&server.connection, token, progress::beginning(TITLE)).await;
    let from = Instant::now();
    let mut before: BTreeMap<Url, String> = params.previous_result_ids.into_iter().map(|previous| (previous.uri, previous.value)).collect();
    // The client's own spelling of a file's name.
    let names: HashMap<PathBuf, Url> = before.keys().filter_map(|uri| Some((uri.to_file_path().ok()?, uri.clone()))).collect();
    let mut answer = Answer { server, token: params.partial_result_params.partial_result_token, items: Vec::new() };

    let open = server.documents.all();
    let open_files: HashSet<PathBuf> = open.iter().filter_map(|snapshot| snapshot.uri.to_file_path().ok()).collect();
    for snapshot in &open {
        let Some(report) = Report::of(server, snapshot).await else { continue };
        let previous = before.remove(&snapshot.uri);
        answer.add(item(snapshot.uri.clone(), Some(snapshot.version), previous, report)).await;
    }

    let (machine, folders, settings) = (server.machine.clone(), server.workspace.outermost(), server.configuration.settings());
    let survey = tokio::task::spawn_blocking(move || machine.survey(&folders)).await.map_err(|_| Error::internal_error())?;
    let known = server.surveyed.at(survey.state, &settings);
    let all = survey.files.len();
    for (done, path) in survey.files.into_iter().enumerate() {
        if done % PIECE == 0 {
            progress.report(done, all, "files").await;
        }
        if !is_shown && from.elapsed() > SHORT {
            is_shown = true;
            progress = Progress::begin_unasked(&server.client, &server.connection, progress::new_token(), progress::beginning(TITLE)).await;
        }
        let Some(uri) = names.get(&path).cloned().or_else(|| Url::from_file_path(&path).ok()) else { continue };
        if open_files.contains(&path) {
            continue;
        }
        let previous = before.get(&uri).cloned();
        if let Some(id) = known.get(&path).filter(|id| Some(*id) == previous.as_ref()) {
            before.remove(&uri);
            answer.add(unchanged(uri, None, id.clone())).await;
            continue;
        }
        let Some(snapshot) = read(server, uri.clone()).await else { continue };
        let Some(report) = Report::of(server, &Arc::new(snapshot)).await else { continue };
        server.surveyed.add(survey.state, &settings, &path, &report.id);
        before.remove(&uri);
        answer.add(item(uri, None, previous, report)).await;
    }

    // What the client knows of files that are gone, or no DAGs any more.
    for (uri, _) in before {
        answer.add(item(uri, None, None, Report { id: "none".to_owned(), items: Vec::new() })).await;
    }
    if answer.token.is_some() {
        answer.piece().await;
    }
    progress.end(None).await;
    Ok(lsp::WorkspaceDiagnosticReportResult::Report(lsp::WorkspaceDiagnosticReport { items: answer.items }))
}

fn item(uri: Url, version: Option<i32>, previous: Option<String>, report: Report) -> lsp::WorkspaceDocumentDiagnosticReport {
    if previous.as_ref() == Some(&report.id) {
        return unchanged(uri, version, report.id);
    }
    let full_document_diagnostic_report = report.full();
    lsp::WorkspaceFullDocumentDiagnosticReport { uri, version: version.map(i64::from), full_document_diagnostic_report }.into()
}

fn unchanged(uri: Url, version: Option<i32>, id: String) -> lsp::WorkspaceDocumentDiagnosticReport {
    let unchanged_document_diagnostic_report = lsp::UnchangedDocumentDiagnosticReport { result_id: id };
    lsp::WorkspaceUnchangedDocumentDiagnosticReport { uri, version: version.map(i64::from), unchanged_document_diagnostic_report }.into()
}
