//! `dagu-rs check --watch`: again whenever something changes.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use notify::{Event, RecursiveMode, Watcher as _};

use crate::files::{self, folder_of};
use crate::output::complain;

/// How long nothing must happen until what has happened is looked at: an editor that saves does several things.
const QUIET: Duration = Duration::from_millis(100);

/// Does something, and again whenever a file changes that may bear on it, until the process is interrupted.
///
/// # Errors
/// What keeps the paths from being watched.
pub(super) fn watch(paths: &[PathBuf], not: Option<&Path>, round: impl Fn()) -> Result<(), String> {
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(|error| format!("cannot watch files: {error}"))?;
    for path in paths {
        let is_folder = path.is_dir();
        // A file that is saved may be another one of the same name: its folder sees that.
        let (folder, mode) =
            if is_folder { (path.as_path(), RecursiveMode::Recursive) } else { (folder_of(path), RecursiveMode::NonRecursive) };
        watcher.watch(folder, mode).map_err(|error| format!("cannot watch {}: {error}", folder.display()))?;
    }
    let not = not.and_then(Path::file_name);
    loop {
        if io::stdout().is_terminal() {
            // Nobody is left to be told when standard output is closed.
            let mut out = io::stdout();
            let _ = write!(out, "\x1b[2J\x1b[H").and_then(|()| out.flush());
        }
        round();
        complain("watching for changes; Ctrl-C ends");
        await_change(&changes, paths, not)?;
    }
}

fn await_change(changes: &Receiver<notify::Result<Event>>, paths: &[PathBuf], not: Option<&OsStr>) -> Result<(), String> {
    let ended = || "cannot watch files any longer".to_owned();
    loop {
        let change = changes.recv().map_err(|_| ended())?;
        if change.is_ok_and(|event| bears(&event, paths, not)) {
            break;
        }
    }
    loop {
        match changes.recv_timeout(QUIET) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
        }
    }
}

/// Whether a check may find something else after an event.
fn bears(event: &Event, paths: &[PathBuf], not: Option<&OsStr>) -> bool {
    let concerned = |path: &PathBuf| {
        let name = path.file_name();
        let is_named = paths.iter().any(|named| named.file_name() == name);
        name != not && (files::bears(path) || is_named)
    };
    !event.kind.is_access() && event.paths.iter().any(concerned)
}
