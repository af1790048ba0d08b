//! Which files the arguments of a command stand for.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use dagu_schema::{LARGEST_TEXT, looks_like_dag};
use ignore::{DirEntry, WalkBuilder};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use super::read::read_regular_file;
use super::{Input, STDIN, folder_of, read_file, read_stdin, reason};
use crate::config::Configs;

/// Files below which reading them one after the other is quicker than waking threads.
const FEW: usize = 16;

/// A file that may be a DAG.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As given, or as found below a folder that was given.
    pub(crate) path: PathBuf,
    /// Whether it is taken whatever it holds: it was named, or the configuration counts it as a DAG.
    certain: bool,
    origin: Origin,
}

/// What a text is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Stdin,
    RegularFile,
    /// A file of a kind that is still to be asked for.
    File,
}

/// The files that arguments stand for, in their order and below a folder in the order of their paths.
#[derive(Default)]
pub(crate) struct Search {
    /// The files.
    pub(crate) found: Vec<Found>,
    /// What kept something from being looked at.
    pub(crate) troubles: Vec<String>,
    /// What was passed over that the author may have meant to be looked at.
    pub(crate) notes: Vec<String>,
    /// What was left alone, and why.
    pub(crate) left_alone: Vec<(PathBuf, &'static str)>,
}

impl Search {
    /// Finds the files. `only_dags`: named files too are looked at only when they are DAGs.
    /// `stdin`: the path under which `-` is reported; without it, `-` is a file.
    pub(crate) fn of(paths: &[PathBuf], configs: &Configs, only_dags: bool, stdin: Option<&Path>) -> Self {
        let mut search = Self::default();
        for path in paths {
            if let Some(name) = stdin.filter(|_| path == Path::new("-")) {
                search.found.push(Found { path: name.to_owned(), certain: true, origin: Origin::Stdin });
                continue;
            }
            match std::fs::metadata(path) {
                Err(error) => search.troubles.push(format!("cannot read {}: {}", path.display(), reason(&error))),
                Ok(metadata) if metadata.is_dir() => search.folder(path, configs),
                Ok(_) if only_dags => search.file(path.clone(), Origin::File, configs),
                Ok(_) => search.found.push(Found { path: path.clone(), certain: true, origin: Origin::File }),
            }
        }
        // In one folder each file is met once.
        if paths.len() > 1 {
            search.look_once();
        }
        search
    }

    /// The DAGs below some folders, in the order of their paths, at most so many: as `check` finds them. It stops early when
    /// `stop` says so.
    pub(crate) fn dags(folders: &[PathBuf], configs: &Configs, most: usize, stop: &dyn Fn() -> bool) -> Vec<PathBuf> {
        let mut dags = Vec::new();
        for folder in folders {
            for entry in WalkBuilder::new(folder).require_git(false).sort_by_file_path(Path::cmp).build().flatten() {
                if stop() || dags.len() >= most {
                    return dags;
                }
                let mut search = Self::default();
                if entry.file_type().is_some_and(|kind| kind.is_file()) {
                    search.file(entry.into_path(), Origin::RegularFile, configs);
                }
                let read = search.found.into_iter().map(Found::read).filter_map(|(path, read)| read.ok().flatten().map(|_| path));
                dags.extend(read);
            }
        }
        dags
    }

    /// Finds what may be a DAG in a folder, leaving out what git ignores. Links to folders are not followed, as git does not
    /// either.
    fn folder(&mut self, folder: &Path, configs: &Configs) {
        for entry in WalkBuilder::new(folder).require_git(false).sort_by_file_path(Path::cmp).build() {
            match entry {
                Err(error) => {
                    let why = error.io_error().map_or_else(|| error.to_string(), reason);
                    self.troubles.push(format!("cannot search {}: {why}", place_of(&error).unwrap_or(folder).display()));
                }
                Ok(entry) => {
                    let kind = entry.file_type();
                    if kind.is_some_and(|kind| kind.is_symlink()) && entry.path().is_dir() {
                        self.linked_folder(&entry);
                    } else if let Some(kind) = kind.filter(|kind| kind.is_file() || kind.is_symlink()) {
                        let origin = if kind.is_file() { Origin::RegularFile } else { Origin::File };
                        self.file(entry.into_path(), origin, configs);
                    }
                }
            }
        }
    }

    fn linked_folder(&mut self, entry: &DirEntry) {
        let path = entry.path();
        let above = path.parent().and_then(|parent| parent.canonicalize().ok());
        if above.zip(path.canonicalize().ok()).is_some_and(|(above, target)| above.starts_with(target)) {
            self.notes.push(format!("{} is a link to a folder that it is in: it is not followed", path.display()));
        } else {
            self.left_alone.push((path.to_owned(), "a link to a folder: name it to have it searched"));
        }
    }

    fn file(&mut self, path: PathBuf, origin: Origin, configs: &Configs) {
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        match configs.of(Some(&path)).and_then(Result::ok).and_then(|config| config.is_dag(&path)) {
            Some(true) => self.found.push(Found { path, certain: true, origin }),
            Some(false) if yaml => self.left_alone.push((path, "excluded by dagu-rs.toml")),
            None if yaml => self.found.push(Found { path, certain: false, origin }),
            _ => {}
        }
    }

    /// Leaves out files that were found before, by another path too. A link is a DAG of its own: the
    /// file's name is the DAG's.
    fn look_once(&mut self) {
        let mut folders: HashMap<PathBuf, PathBuf> = HashMap::new();
        let mut seen: HashSet<(PathBuf, Option<OsString>)> = HashSet::new();
        self.found.retain(|found| {
            let folder = folder_of(&found.path);
            if !folders.contains_key(folder) {
                folders.insert(folder.to_owned(), folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
            }
            let folder = folders.get(folder).cloned().unwrap_or_default();
            found.is_stdin() || seen.insert((folder, found.path.file_name().map(OsString::from)))
        });
    }

    /// Reads what was found, and keeps what is a DAG.
    pub(crate) fn read(&mut self) -> Vec<Input> {
        let found = std::mem::take(&mut self.found);
        let read: Vec<(PathBuf, Result<Option<Input>, String>)> = each(found, Found::read);
        let mut inputs = Vec::new();
        for (path, read) in read {
            match read {
                Ok(Some(input)) => inputs.push(input),
                Ok(None) => self.left_alone.push((path, "it has no `steps:` of a DAG")),
                Err(trouble) => self.troubles.push(trouble),
            }
        }
        inputs
    }
}

impl Found {
    /// Whether it stands for standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.origin == Origin::Stdin
    }

    fn read(self) -> (PathBuf, Result<Option<Input>, String>) {
        let (stdin, Self { path, certain, origin }) = (self.is_stdin(), self);
        let text = match origin {
            Origin::Stdin => read_stdin(&path),
            Origin::RegularFile => read_regular_file(&path),
            Origin::File => read_file(&path),
        };
        if text.is_err() && !certain && !begins_like_dag(&path) {
            return (path, Ok(None));
        }
        let input = |text: String| (certain || looks_like_dag(&text)).then(|| Input { path: path.clone(), text, stdin });
        let input = text.map(input);
        (path, input)
    }
}

/// The file or folder that an error is about.
fn place_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        _ => None,
    }
}

/// Whether a file that cannot be read as a DAG is likely to be meant as one, or cannot be looked into at all.
fn begins_like_dag(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_TEXT as u64).read_to_end(&mut bytes));
    read.is_err() || looks_like_dag(&String::from_utf8_lossy(&bytes))
}

/// Does something to each, on all processors where there are many, and gives the results in order.
pub(crate) fn each<T: Send, R: Send>(all: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    if all.len() < FEW { all.into_iter().map(work).collect() } else { all.into_par_iter().map(work).collect() }
}

/// As [`each`], for what is done to some of them together.
pub(crate) fn batches<T: Send + Sync, R: Send>(all: &[T], size: usize, work: impl Fn(&[T]) -> Vec<R> + Sync + Send) -> Vec<R> {
    if all.len() < FEW { work(all) } else { all.par_chunks(size).flat_map_iter(work).collect() }
}

/// The path under which standard input is reported.
pub(crate) fn stdin_name(given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| PathBuf::from(STDIN))
}
