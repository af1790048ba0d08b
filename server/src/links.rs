//! `textDocument/documentLink`: the files that a DAG names. A link is looked up when it is followed,
//! but for those of which it is not sure that they are files here.

use dagu_schema::symbols::{self, FileKind, FileName};
use dagu_schema::{Analysis, Span};
use serde_json::{Value, json};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::Machine;
use crate::convert::Converter;
use crate::definition::start_of;
use crate::documents::Snapshot;

/// Names that are looked for on the disk in one request: what is beyond stays without a link.
const MOST: usize = 1000;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::DocumentLinkOptions> {
    Some(lsp::DocumentLinkOptions { resolve_provider: Some(true), work_done_progress_options: lsp::WorkDoneProgressOptions::default() })
}

/// The links of a document, without their targets.
pub(crate) fn links(machine: &dyn Machine, snapshot: &Snapshot, analysis: &Analysis, converter: Converter<'_>) -> Vec<lsp::DocumentLink> {
    let Ok(from) = snapshot.uri.to_file_path() else { return Vec::new() };
    let mut looked = 0;
    let mut is_shown = |name: &FileName| {
        // A path of the host, a script: they may as well be made by the run.
        let is_maybe = matches!(name.kind, FileKind::Host | FileKind::DockerContext);
        looked += usize::from(is_maybe);
        !is_maybe || (looked <= MOST && machine.file(&from, name).is_some())
    };
    let files = symbols::files(analysis).into_iter().filter(|name| is_shown(name));
    let link = |name: FileName| lsp::DocumentLink {
        range: converter.range(name.span),
        target: None,
        tooltip: Some(tooltip(name.kind).to_owned()),
        data: Some(data(&snapshot.uri, &name)),
    };
    files.map(link).collect()
}

fn tooltip(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Dotenv => "Open the dotenv file",
        FileKind::Schema => "Open the schema",
        FileKind::Dag => "Open the DAG",
        FileKind::Host => "Open the file",
        FileKind::DockerContext => "Open the Dockerfile",
    }
}

const KINDS: [FileKind; 5] = [FileKind::Dotenv, FileKind::Schema, FileKind::Dag, FileKind::Host, FileKind::DockerContext];

fn data(uri: &Url, name: &FileName) -> Value {
    let kind = KINDS.iter().position(|&kind| kind == name.kind);
    json!({"uri": uri, "kind": kind, "written": name.written, "folders": name.folders})
}

/// A link with its target, if the file is there.
pub(crate) fn resolve(machine: &dyn Machine, link: lsp::DocumentLink) -> lsp::DocumentLink {
    let target = link.data.as_ref().and_then(|data| {
        let from = Url::parse(data.get("uri")?.as_str()?).ok()?.to_file_path().ok()?;
        let kind = *KINDS.get(usize::try_from(data.get("kind")?.as_u64()?).ok()?)?;
        let folders = data.get("folders")?.as_array()?.iter().filter_map(|folder| Some(folder.as_str()?.to_owned())).collect();
        let name = FileName { span: Span::at(0), written: data.get("written")?.as_str()?.to_owned(), kind, folders };
        Some(start_of(&machine.file(&from, &name)?)?.uri)
    });
    lsp::DocumentLink { target, ..link }
}
