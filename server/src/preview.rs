//! `dagu-rs.preview` and `dagu-rs/preview`: a picture of a DAG, for clients that can show one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::backend::Backend;

/// The command.
pub(crate) const COMMAND: &str = "dagu-rs.preview";

/// Whether the client shows files that the server names.
pub(crate) fn is_shown(client: &lsp::ClientCapabilities) -> bool {
    client.window.as_ref().and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support)
}

/// What the request is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params {
    text_document: lsp::TextDocumentIdentifier,
}

/// The answer to the request.
#[derive(Serialize)]
pub(crate) struct Preview {
    /// The picture, in SVG.
    svg: String,
}

/// The answer to the command.
#[derive(Serialize)]
struct Shown {
    /// The file with the picture.
    uri: Url,
    /// Whether the client shows it.
    shown: bool,
}

/// Pictures that were written, until the server ends.
#[derive(Default)]
pub(crate) struct Pictures {
    folder: Mutex<Option<tempfile::TempDir>>,
}

impl Pictures {
    /// Removes all of them.
    pub(crate) fn remove(&self) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Writes the picture of a document; the next one of the same takes its place.
    fn write(&self, document: &Url, svg: &str) -> io::Result<PathBuf> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match &mut *folder {
            Some(folder) => folder,
            none => none.insert(tempfile::Builder::new().prefix("dagu-rs-").tempdir()?),
        };
        let path = document.to_file_path().unwrap_or_default();
        let stem = path.file_stem().unwrap_or("dag".as_ref()).to_string_lossy().into_owned();
        let mut hasher = DefaultHasher::new();
        document.hash(&mut hasher);
        let file = folder.path().join(format!("{stem}-{:08x}.svg", hasher.finish() as u32));
        std::fs::write(&file, svg)?;
        Ok(file)
    }
}

/// The picture of an open document; nothing of one that is no DAG.
pub(crate) async fn preview(server: &Backend, params: Params) -> Result<Option<Preview>> {
    Ok(picture(server, &params.text_document.uri).await?.map(|svg| Preview { svg }))
}

/// Shows the picture of the document that the argument names, else of the one that was opened or changed last.
pub(crate) async fn show(server: &Backend, arguments: &[Value]) -> Result<Option<Value>> {
    let uri = match arguments.first() {
        Some(argument) => argument.as_str().and_then(|uri| Url::parse(uri).ok()).ok_or_else(|| Error::invalid_params("no URI"))?,
        None => server.last().ok_or_else(|| Error::invalid_params("there is no document"))?,
    };
    let Some(svg) = picture(server, &uri).await? else { return Ok(None) };
    let pictures = server.pictures.clone();
    let written = tokio::task::spawn_blocking(move || pictures.write(&uri, &svg)).await.map_err(|_| Error::internal_error())?;
    let failed = |error: io::Error| Error { message: format!("cannot write the picture: {error}").into(), ..Error::internal_error() };
    let uri = file_uri(&written.map_err(failed)?)?;
    let shown = server.traits().shows_documents && shown(server, uri.clone()).await;
    Ok(serde_json::to_value(Shown { uri, shown }).ok())
}

async fn picture(server: &Backend, uri: &Url) -> Result<Option<String>> {
    let machine = server.machine.clone();
    server.answer(uri, move |snapshot, analysis, _| machine.picture(snapshot.uri.to_file_path().ok().as_deref(), analysis)).await
}

fn file_uri(path: &Path) -> Result<Url> {
    Url::from_file_path(path).map_err(|()| Error::internal_error())
}

/// Has the client show a file outside of itself, where pictures are seen as such.
async fn shown(server: &Backend, uri: Url) -> bool {
    let params = lsp::ShowDocumentParams { uri, external: Some(true), take_focus: Some(true), selection: None };
    let client = server.client.clone();
    // On a task of its own: an answer for which nobody waits any more would end the server.
    tokio::spawn(async move { client.show_document(params).await }).await.is_ok_and(|shown| shown.unwrap_or(false))
}
