//! `dagu-rs check --baseline`: findings that were there when the tool was taken up, which are no longer reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, read_file, reason};
use crate::output::Checked;
use crate::replace::replace;

/// The form that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The findings of some files that are known.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Baseline {
    version: u32,
    /// By path, from the folder of the baseline; each finding's rule and line, and how often they occur.
    files: BTreeMap<String, BTreeMap<String, u32>>,
    /// The folder that paths are relative to.
    #[serde(skip)]
    folder: PathBuf,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = read_file(path)?;
        let read: Self = serde_json::from_str(&text).map_err(|error| format!("{} is no baseline: {error}", path.display()))?;
        if read.version != VERSION {
            let version = read.version;
            return Err(format!("{} is a baseline of version {version}, and this dagu-rs reads version {VERSION}", path.display()));
        }
        let folder = folder_of(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        Ok(Self { folder, ..read })
    }

    /// Writes the findings of some files to a baseline, and gives the number of findings in it. What it says of files that were not looked at,
    /// and that are still there, stays.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(super) fn write(path: &Path, files: &[Checked]) -> Result<u32, String> {
        let mut baseline = if path.exists() { Self::read(path)? } else { Self { folder: folder_of(path), ..Self::default() } };
        baseline.version = VERSION;
        let folder = baseline.folder.clone();
        baseline.files.retain(|name, _| folder.join(name).exists());
        for file in files {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            for key in keys(file) {
                *counts.entry(key).or_default() += 1;
            }
            let name = baseline.name(&file.path);
            baseline.files.remove(&name);
            if !counts.is_empty() {
                baseline.files.insert(name, counts);
            }
        }
        let text = serde_json::to_string_pretty(&baseline).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        replace(path, text + "\n").map_err(|error| format!("cannot write {}: {}", path.display(), reason(&error)))?;
        Ok(baseline.files.values().flat_map(BTreeMap::values).sum())
    }

    /// Takes out the findings that are known, and gives how many known ones are no more, in these files and in those that are
    /// not there any longer.
    pub(super) fn apply(&mut self, files: &mut [Checked]) -> u32 {
        let mut gone = 0;
        for file in files {
            let name = self.name(&file.path);
            let Some(mut known) = self.files.remove(&name) else { continue };
            let is_known: Vec<bool> =
                keys(file).map(|key| known.get_mut(&key).filter(|left| **left > 0).map(|left| *left -= 1).is_some()).collect();
            let mut each = is_known.into_iter();
            let before = file.diagnostics.len();
            file.diagnostics.retain(|_| !each.next().unwrap_or_default());
            file.known = before - file.diagnostics.len();
            gone += known.values().sum::<u32>();
        }
        let lost = self.files.iter().filter(|(name, _)| !self.folder.join(name).exists());
        gone + lost.flat_map(|(_, known)| known.values()).sum::<u32>()
    }

    /// What a file is called in the baseline, on every machine.
    fn name(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or_default();
        let whole = folder_of(path).join(name);
        let below = whole.strip_prefix(&self.folder).unwrap_or(&whole);
        below.to_string_lossy().into_owned()
    }
}

/// What the findings of a file are known by: their rule and the text of their line, wherever it stands.
fn keys(file: &Checked) -> impl Iterator<Item = String> {
    let hashes = file.fingerprints().into_iter().map(|fingerprint| fingerprint.hash);
    file.diagnostics.iter().zip(hashes).map(|(found, hash)| format!("{} {hash:016x}", found.rule)).collect::<Vec<_>>().into_iter()
}

/// The folder of a file, whole and without links.
fn folder_of(path: &Path) -> PathBuf {
    let folder = files::folder_of(path);
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
