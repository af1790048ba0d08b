//! `dagu-rs.preview` and `dagu-rs/preview`: a picture of a DAG, for clients that can show one.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::backend::Backend;
use crate::shown;

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
    let files = server.shown.clone();
    let write = move || files.write(&uri, "svg", svg.as_bytes());
    let written = tokio::task::spawn_blocking(write).await.map_err(|_| Error::internal_error())?;
    let failed = |error: io::Error| Error { message: format!("cannot write the picture: {error}").into(), ..Error::internal_error() };
    let uri = Url::from_file_path(written.map_err(failed)?).map_err(|()| Error::internal_error())?;
    // As a picture, not as the text that it is written in.
    let shown = server.traits().shows_documents && shown::show(&server.client, uri.clone(), true).await;
    Ok(serde_json::to_value(Shown { uri, shown }).ok())
}

async fn picture(server: &Backend, uri: &Url) -> Result<Option<String>> {
    let machine = server.machine.clone();
    server.answer(uri, move |snapshot, analysis, _| machine.picture(snapshot.uri.to_file_path().ok().as_deref(), analysis)).await
}
