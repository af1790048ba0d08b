//! Which files bear on DAGs, and whether one of them has changed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::facts::state;

/// Whether a change of a file may change what is found in a DAG: DAGs and what they refer to are YAML, JSON, TOML and dotenv
/// files.
pub(crate) fn bears(path: &Path) -> bool {
    is_dotenv(path) || path.extension().is_some_and(|extension| ["yaml", "yml", "json", "toml"].iter().any(|kind| extension == *kind))
}

fn is_dotenv(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(".env"))
}

/// A number for the state of all files in some folders that bear on DAGs, but for those that git ignores: another number when
/// one of them has changed. Dotenv files count, which are hidden and ignored as a rule.
pub(crate) fn state_below<'p>(places: impl Iterator<Item = &'p PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut add = |file: &Path| {
        file.hash(&mut hasher);
        state(file).hash(&mut hasher);
    };
    for place in places {
        for entry in WalkBuilder::new(place).require_git(false).sort_by_file_path(Path::cmp).build().flatten() {
            if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                let files = fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|file| file.path());
                let mut dotenv: Vec<PathBuf> = files.filter(|file| is_dotenv(file)).collect();
                dotenv.sort();
                dotenv.iter().for_each(|file| add(file));
            } else if bears(entry.path()) {
                add(entry.path());
            }
        }
    }
    hasher.finish()
}
