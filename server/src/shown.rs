//! Files that the client is to show: pictures and plans. They last as long as the server.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tower_lsp::Client;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

/// How long a client may take to say whether it shows something.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the client shows files that the server names.
pub(crate) fn is_able(client: &lsp::ClientCapabilities) -> bool {
    client.window.as_ref().and_then(|window| window.show_document.as_ref()).is_some_and(|show| show.support)
}

/// The files.
#[derive(Default)]
pub(crate) struct ShownFiles {
    folder: Mutex<Option<tempfile::TempDir>>,
}

impl ShownFiles {
    /// Removes all of them.
    pub(crate) fn remove(&self) {
        *self.folder.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Writes what there is to show of a document; the next of the same kind takes its place.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(crate) fn write(&self, document: &Url, extension: &str, content: &[u8]) -> io::Result<PathBuf> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match &mut *folder {
            Some(folder) => folder,
            none => none.insert(tempfile::Builder::new().prefix("dagu-rs-").tempdir()?),
        };
        let path = document.to_file_path().unwrap_or_default();
        let stem = path.file_stem().unwrap_or("dag".as_ref()).to_string_lossy().into_owned();
        let mut hasher = DefaultHasher::new();
        document.hash(&mut hasher);
        let file = folder.path().join(format!("{stem}-{:08x}.{extension}", hasher.finish() as u32));
        std::fs::write(&file, content)?;
        Ok(file)
    }
}

/// Has the client show a document, and says whether it does. `is_external`: not as a text.
pub(crate) async fn show(client: &Client, uri: Url, is_external: bool) -> bool {
    let params = lsp::ShowDocumentParams { uri, external: is_external.then_some(true), take_focus: Some(true), selection: None };
    let client = client.clone();
    // On a task of its own: an answer for which nobody waits any more would end the server.
    let shown = tokio::spawn(async move { client.show_document(params).await });
    matches!(tokio::time::timeout(PATIENCE, shown).await, Ok(Ok(Ok(true))))
}
