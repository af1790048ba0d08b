//! Paths as the programs of a CI service look for them: relative to the folder that the command was called in.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// All but what a part of a path may hold as it is, and `/`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The current folder, looked up once for a report.
pub(super) struct Root(Option<PathBuf>);

impl Root {
    pub(super) fn current() -> Self {
        Self(std::env::current_dir().ok())
    }

    /// A path below the current folder relative to it, without `./`; any other as it was given.
    pub(super) fn relative(&self, path: &Path) -> PathBuf {
        let is_plain = path.components().all(|part| matches!(part, Component::CurDir | Component::Normal(_)));
        if is_plain {
            return path.components().filter(|part| *part != Component::CurDir).collect();
        }
        self.below(path).unwrap_or_else(|| path.to_owned())
    }

    fn below(&self, path: &Path) -> Option<PathBuf> {
        let root = self.0.as_deref()?;
        let has_parent = path.components().any(|part| part == Component::ParentDir);
        let direct = path.strip_prefix(root).ok().filter(|_| !has_parent).map(Path::to_owned);
        // A folder on the way may be a link. The file itself is not followed: its name is the DAG's.
        direct.or_else(|| Some(path.parent()?.canonicalize().ok()?.strip_prefix(root.canonicalize().ok()?).ok()?.join(path.file_name()?)))
    }

    /// [`Root::relative`] as text; what is no UTF-8 in it is replaced.
    pub(super) fn name(&self, path: &Path) -> String {
        self.relative(path).display().to_string()
    }
}

/// A path as a URI, made of its bytes: relative, or with the scheme `file`.
pub(super) fn uri(path: &Path) -> String {
    let encoded = percent_encode(path.as_os_str().as_encoded_bytes(), ENCODED);
    if path.is_absolute() { format!("file://{encoded}") } else { encoded.to_string() }
}
