//! What this machine has that a DAG may name: files, other DAGs, images, variables.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use dagu_runner::engine::docker::DockerEngine;
use dagu_schema::workflow::image;
use ignore::WalkBuilder;

use crate::probe;

/// Entries of a folder that are looked at, at the most.
const MOST_ENTRIES: usize = 500;

/// Files that are looked through for images, and their bytes.
const MOST_FILES: usize = 500;
const LARGEST_FILE: u64 = 256 << 10;

/// How long what was found counts.
const FRESH: Duration = Duration::from_secs(30);

/// How long the container engine may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Names in a folder; whether each is a folder itself.
pub(crate) fn entries(folder: &Path) -> Vec<(String, bool)> {
    let entries = fs::read_dir(folder).into_iter().flatten().take(MOST_ENTRIES).filter_map(Result::ok);
    let named = |entry: fs::DirEntry| {
        let kind = entry.file_type().ok()?;
        let is_folder = if kind.is_symlink() { entry.path().is_dir() } else { kind.is_dir() };
        Some((entry.file_name().into_string().ok()?, is_folder))
    };
    entries.filter_map(named).collect()
}

/// The images of a folder's DAGs, and of the container engine, as they were last found. They are looked
/// for on a thread of its own, one for each folder, so that nobody waits.
#[derive(Debug, Default)]
pub(crate) struct Images(Arc<Mutex<HashMap<Option<PathBuf>, Known>>>);

#[derive(Debug, Default)]
struct Known {
    names: BTreeSet<String>,
    found: Option<Instant>,
    is_asked: bool,
}

impl Images {
    /// The images of the files in a folder; of the container engine for no folder. With them comes
    /// whether they are of late.
    pub(crate) fn of(&self, folder: Option<&Path>) -> (Vec<String>, bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(folder.map(Path::to_owned)).or_default();
        let is_fresh = known.found.is_some_and(|found| found.elapsed() < FRESH);
        if !is_fresh && !known.is_asked {
            known.is_asked = true;
            let (all, folder) = (self.0.clone(), folder.map(Path::to_owned));
            thread::spawn(move || {
                let names = folder.as_deref().map_or_else(of_engine, of_files);
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.insert(folder, Known { names, found: Some(Instant::now()), is_asked: false });
            });
        }
        // What was found earlier stands in until the new answer is there.
        (known.names.iter().cloned().collect(), known.found.is_some())
    }
}

/// The images that the DAGs of a folder name, and those of the folders below it.
fn of_files(folder: &Path) -> BTreeSet<String> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let files = WalkBuilder::new(folder).require_git(false).max_depth(Some(4)).max_filesize(Some(LARGEST_FILE)).build();
    let files = files.take(20 * MOST_FILES).filter_map(Result::ok).map(ignore::DirEntry::into_path).filter(|path| is_yaml(path));
    let mut images = BTreeSet::new();
    for text in files.take(MOST_FILES).filter_map(|path| fs::read_to_string(path).ok()) {
        images.extend(text.lines().filter_map(named_in).map(str::to_owned));
    }
    images
}

/// The image that a line of YAML names.
fn named_in(line: &str) -> Option<&str> {
    let (_, value) = line.split_once("image:").filter(|(key, _)| key.trim_start_matches([' ', '-', '{']).is_empty())?;
    let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
    (!value.is_empty() && !value.contains(['$', ',', '}', '{', ' ']) && image::fault(value).is_none()).then_some(value)
}

/// The names of the images that the container engine has; none where it does not answer at once.
fn of_engine() -> BTreeSet<String> {
    let asked = async {
        let docker = DockerEngine::connect(probe::address().ok()?).await.ok()?;
        docker.image_names().await.ok()
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return BTreeSet::new() };
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await });
    answer.ok().flatten().unwrap_or_default().into_iter().collect()
}
