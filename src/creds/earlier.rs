//! The other version of a DAG file that it is compared with: another file, or a revision in git.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use dagu_runner::dotenv;

use super::matrix::Matrix;
use crate::facts::{Machine, read_dotenv};
use crate::files::{folder_of, read_file};
use crate::git::{git, is_no_revision};

/// The credentials of the other version; `None` for one in which the file is not there yet.
pub(super) fn matrix(machine: &Machine, file: &Path, other: &str) -> Result<Option<Matrix>, String> {
    let path = Path::new(other);
    if path.is_file() {
        return Ok(Some(read(machine, file, &read_file(path)?, &read_dotenv)));
    }
    let revision = Revision::find(file, other)?;
    let name = file.file_name().unwrap_or_default();
    let Some(text) = revision.text(Path::new(name))? else { return Ok(None) };
    // A dotenv file that git does not know is taken to have been as it is.
    let given = file.parent().unwrap_or(Path::new("")).to_owned();
    let dotenv = |path: &Path| match path.strip_prefix(&given) {
        Ok(below) if revision.tracks(below) => revision.text(below).ok().flatten().unwrap_or_default(),
        _ => read_dotenv(path),
    };
    Ok(Some(read(machine, file, &text, &dotenv)))
}

/// The credentials of a text under the name of a file, with the values that its dotenv files give
/// compared too.
pub(super) fn read(machine: &Machine, file: &Path, text: &str, dotenv: &dyn Fn(&Path) -> String) -> Matrix {
    let defined: RefCell<BTreeMap<String, String>> = RefCell::default();
    let recorded = |path: &Path| {
        let text = dotenv(path);
        defined.borrow_mut().extend(dotenv::parse(&text, 0).into_iter().map(|(name, defined)| (name, defined.value)));
        text
    };
    let analysis = machine.analyze_with(Some(file), text, &recorded);
    Matrix::of(&file.display().to_string(), &analysis, &defined.borrow())
}

/// A commit or tree, and the folder of the DAG in it.
struct Revision {
    folder: PathBuf,
    /// What was asked for.
    named: String,
    /// The id of the object.
    id: String,
}

impl Revision {
    fn find(file: &Path, named: &str) -> Result<Self, String> {
        if named.trim().is_empty() {
            return Err("--diff is empty: name a git revision, such as HEAD, or another file".to_owned());
        }
        if let Some(why) = is_no_revision(named) {
            return Err(format!("`{named}` is no file, and cannot be a revision, such as HEAD: {why}"));
        }
        let whole = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let folder = folder_of(&whole).to_owned();
        let mut revision = Self { folder, named: named.to_owned(), id: String::new() };
        let found = revision.git(&["rev-parse", "--quiet", "--verify", named])?;
        revision.id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        let is_tree = found.status.success()
            && revision.git(&["rev-parse", "--quiet", "--verify", &format!("{}^{{tree}}", revision.id)])?.status.success();
        if is_tree {
            return Ok(revision);
        }
        let reason = String::from_utf8_lossy(&found.stderr);
        let reason = if reason.trim().is_empty() { String::new() } else { format!(": {}", reason.trim()) };
        Err(format!("`{named}` is no file, and git has no such revision of {}{reason}", file.display()))
    }

    /// A file of the DAG's folder; `None` for one that is not there.
    fn text(&self, below: &Path) -> Result<Option<String>, String> {
        let object = format!("{}:./{}", self.id, below.display());
        if !self.git(&["rev-parse", "--quiet", "--verify", &object])?.status.success() {
            return Ok(None);
        }
        let blob = self.git(&["cat-file", "blob", &object])?;
        if !blob.status.success() {
            let reason = String::from_utf8_lossy(&blob.stderr);
            return Err(format!("git cannot show {} in {}: {}", below.display(), self.named, reason.trim()));
        }
        let text = String::from_utf8(blob.stdout).map_err(|_| format!("{} is not UTF-8 in the revision {}", below.display(), self.named));
        text.map(Some)
    }

    /// Whether git knows a file, then or now.
    fn tracks(&self, below: &Path) -> bool {
        let known = |object: String| self.git(&["rev-parse", "--quiet", "--verify", &object]).is_ok_and(|found| found.status.success());
        known(format!("{}:./{}", self.id, below.display())) || known(format!(":./{}", below.display()))
    }

    fn git(&self, args: &[&str]) -> Result<Output, String> {
        git(&self.folder, args).map_err(|why| format!("cannot look for the revision {}: {why}", self.named))
    }
}
