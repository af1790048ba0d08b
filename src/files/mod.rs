//! The files that arguments name: found, and read.

mod bearing;
mod find;
mod read;

pub(crate) use bearing::{bears, state_below};
pub(crate) use find::{Found, Search, batches, each, stdin_name};
pub(crate) use read::{read_file, read_stdin, reason};

use std::path::{Path, PathBuf};

/// What standard input is called that was given no name.
pub(crate) const STDIN: &str = "<stdin>";

/// The folder that a file is in, as the path has it; the current one where the path is a name alone.
pub(crate) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A text to look at and the path it is reported under.
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Whether it was read from standard input.
    pub(crate) stdin: bool,
}

impl Input {
    /// Its path, when it has one.
    pub(crate) fn file(&self) -> Option<&Path> {
        Some(self.path.as_path()).filter(|path| *path != Path::new(STDIN))
    }
}
