//! The folders that are open in the editor.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tower_lsp::lsp_types as lsp;

/// The folders, in the order of the client.
#[derive(Default)]
pub(crate) struct Workspace {
    folders: Mutex<Vec<PathBuf>>,
}

impl Workspace {
    /// Takes the folders with which the conversation begins.
    #[allow(deprecated, reason = "older clients name one folder")]
    pub(crate) fn begin(&self, params: &lsp::InitializeParams) {
        let of_path = |path: &String| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let root = || params.root_uri.as_ref().and_then(path).or_else(|| params.root_path.as_ref().and_then(of_path));
        *self.folders() = match &params.workspace_folders {
            Some(folders) => folders.iter().filter_map(|folder| path(&folder.uri)).collect(),
            None => root().into_iter().collect(),
        };
    }

    /// Takes in and leaves out folders.
    pub(crate) fn change(&self, event: &lsp::WorkspaceFoldersChangeEvent) {
        let removed: Vec<PathBuf> = event.removed.iter().filter_map(|folder| path(&folder.uri)).collect();
        let mut folders = self.folders();
        folders.retain(|folder| !removed.contains(folder));
        for added in event.added.iter().filter_map(|folder| path(&folder.uri)) {
            if !folders.contains(&added) {
                folders.push(added);
            }
        }
    }

    /// The folders, without those that lie in another one.
    pub(crate) fn outermost(&self) -> Vec<PathBuf> {
        let folders = self.folders();
        let is_inside = |folder: &PathBuf| folders.iter().any(|other| other != folder && folder.starts_with(other));
        folders.iter().filter(|folder| !is_inside(folder)).cloned().collect()
    }

    fn folders(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn path(uri: &lsp::Url) -> Option<PathBuf> {
    uri.to_file_path().ok()
}

/// What the server can do with folders.
pub(crate) fn capability() -> lsp::WorkspaceServerCapabilities {
    let folders = lsp::WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(lsp::OneOf::Left(true)) };
    lsp::WorkspaceServerCapabilities { workspace_folders: Some(folders), file_operations: None }
}
