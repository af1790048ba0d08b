//! What this machine knows that bears on a DAG: names only, never values.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dagu_runner::dotenv;
use dagu_schema::{Facts, dotenv_files};

/// Bytes above which a dotenv file is not looked into.
const LARGEST_DOTENV: u64 = 1 << 20;

/// The facts for the text of a DAG file; no path for a text that is no file yet.
pub(crate) fn about(path: Option<&Path>, text: &str) -> Facts {
    let folder = path.map(|path| path.parent().unwrap_or(Path::new("")));
    let files = dotenv_files(text);
    Facts {
        file_stem: path.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned()),
        variables: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        dotenv: folder.iter().flat_map(|folder| files.iter().flat_map(|file| dotenv_names(&folder.join(file)))).collect(),
        macos: cfg!(target_os = "macos"),
    }
}

/// The names that a dotenv file defines.
fn dotenv_names(file: &Path) -> BTreeSet<String> {
    let small = fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST_DOTENV);
    let text = if small { fs::read_to_string(file).unwrap_or_default() } else { String::new() };
    dotenv::parse(&text).into_keys().collect()
}
