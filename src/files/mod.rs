//! The files that arguments name: found, and read.

mod find;
mod read;

pub(crate) use find::{Found, Search, batches, each, stdin_name};
pub(crate) use read::{read_file, read_stdin, reason};

use std::path::{Path, PathBuf};

/// What standard input is called that was given no name.
pub(crate) const STDIN: &str = "<stdin>";

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
