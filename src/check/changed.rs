//! `dagu-rs check --changed-since`: the files that differ from a revision of git.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::config;
use crate::files::{Found, folder_of};
use crate::git::{git, is_no_revision, paths, printed};
use crate::output::complain;

/// Keeps the files that differ from the revision, or that git does not know; of those that a changed dagu-rs.toml is about,
/// all.
///
/// # Errors
/// Why git cannot say which those are.
pub(super) fn keep(found: &mut Vec<Found>, revision: &str) -> Result<(), String> {
    if let Some(why) = is_no_revision(revision) {
        return Err(format!("--changed-since: `{revision}` is no revision: {why}"));
    }
    let mut folders: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut repositories: HashMap<PathBuf, Changes> = HashMap::new();
    let mut kept = Vec::new();
    for file in std::mem::take(found) {
        let folder = folder_of(&file.path);
        if !folders.contains_key(folder) {
            let whole = folder.canonicalize().map_err(|error| format!("cannot look into {}: {error}", folder.display()))?;
            if !repositories.keys().any(|top| whole.starts_with(top) && !has_own_repository(&whole, top)) {
                let changes = Changes::since(&whole, revision)?;
                repositories.insert(changes.top.clone(), changes);
            }
            folders.insert(folder.to_owned(), whole);
        }
        let whole = folders.get(folder).map(|whole| whole.join(file.path.file_name().unwrap_or_default())).unwrap_or_default();
        let changes =
            repositories.values().filter(|changes| whole.starts_with(&changes.top)).max_by_key(|changes| changes.top.as_os_str().len());
        if file.is_stdin() || changes.is_some_and(|changes| changes.concern(&whole)) {
            kept.push(file);
        }
    }
    *found = kept;
    Ok(())
}

/// Whether a folder belongs to another repository than the one above it.
fn has_own_repository(folder: &Path, top: &Path) -> bool {
    folder.ancestors().take_while(|above| *above != top).any(|above| above.join(".git").exists())
}

/// What has changed in a repository.
struct Changes {
    top: PathBuf,
    files: HashSet<PathBuf>,
    /// The folders whose dagu-rs.toml has changed.
    configured: Vec<PathBuf>,
}

impl Changes {
    fn since(folder: &Path, revision: &str) -> Result<Self, String> {
        let ask = |args: &[&str]| git(folder, args).and_then(printed);
        let outside = |why: String| format!("--changed-since: {} is in no git repository: {why}", folder.display());
        let top = ask(&["rev-parse", "--show-toplevel"]).map_err(outside)?;
        let top = paths(top.strip_suffix(b"\n").unwrap_or(&top)).next().unwrap_or_default();
        let outer = ask(&["rev-parse", "--show-superproject-working-tree"]).unwrap_or_default();
        let from = match paths(outer.strip_suffix(b"\n").unwrap_or(&outer)).next() {
            None => Some(start(&top, revision)?),
            // A submodule is compared with the commit that the repository around it had then; what it had not is new.
            Some(outer) => {
                let place = top.strip_prefix(&outer).unwrap_or(&top).display().to_string();
                let pinned = git(&outer, &["rev-parse", "--quiet", "--verify", &format!("{}:{place}", start(&outer, revision)?)]);
                pinned.and_then(printed).ok().map(|id| String::from_utf8_lossy(&id).trim().to_owned())
            }
        };
        let Some(from) = from else { return Ok(Self { configured: vec![top.clone()], top, files: HashSet::new() }) };
        let failed = |why: String| format!("--changed-since: git cannot compare {} with `{revision}`: {why}", top.display());
        let differ = git(&top, &["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &from, "--"]).and_then(printed);
        let others = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"]).and_then(printed);
        let files: HashSet<PathBuf> =
            paths(&differ.map_err(failed)?).chain(paths(&others.map_err(failed)?)).map(|path| top.join(path)).collect();
        let is_config = |path: &&PathBuf| path.file_name() == Some(OsStr::new(config::FILE));
        let configured = files.iter().filter(is_config).filter_map(|path| Some(path.parent()?.to_owned())).collect();
        Ok(Self { top, files, configured })
    }

    /// Whether a file has changed, or how it is to be looked at.
    fn concern(&self, file: &Path) -> bool {
        self.files.contains(file) || self.configured.iter().any(|folder| file.starts_with(folder))
    }
}

/// The commit that a repository is compared with: where its branch has left the revision.
fn start(top: &Path, revision: &str) -> Result<String, String> {
    let ask = |args: &[&str]| git(top, args).and_then(printed).map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let unknown = |_| format!("--changed-since: git has no such revision of {}: `{revision}`", top.display());
    let id = ask(&["rev-parse", "--quiet", "--verify", &format!("{revision}^{{commit}}")]).map_err(unknown)?;
    Ok(ask(&["merge-base", &id, "HEAD"]).unwrap_or_else(|_| {
        complain(&format!("git knows no commit that `{revision}` and HEAD have in common, as in a shallow clone: files are compared with `{revision}` itself"));
        id
    }))
}
