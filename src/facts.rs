//! What is known of the machine on which a DAG is read: the same for every command, so that the
//! same text gives the same findings.

use std::collections::BTreeSet;
use std::path::Path;

use dagu_schema::Facts;

/// The facts for a file; `None` for a text that is no file yet.
pub(crate) fn about(path: Option<&Path>) -> Facts {
    Facts {
        file_stem: path.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned()),
        variables: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        dotenv: BTreeSet::new(),
        macos: cfg!(target_os = "macos"),
    }
}
