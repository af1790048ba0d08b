//! The programs of other people, and how a test calls them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Where `tests/lab/python.sh` puts the programs from PyPI: as `tests/run.sh` says, else where it does by itself.
fn installed() -> PathBuf {
    std::env::var_os("DAGU_RS_TOOLS").map_or_else(|| crate::root().join("target/lab/python/bin"), PathBuf::from)
}

/// The folder of the command that is tested.
fn built() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_dagu-rs")).parent().unwrap()
}

/// The command that is tested comes first, then the programs that were installed for the tests.
pub(crate) fn path() -> OsString {
    let there = std::env::var_os("PATH").unwrap_or_default();
    let folders = [built().to_owned(), installed()].into_iter().chain(std::env::split_paths(&there));
    std::env::join_paths(folders).unwrap()
}

/// Whether a program is there. Where it has to be, because `CI` or `DAGU_RS_REQUIRE_TOOLS` is set, a missing one is a
/// failure; elsewhere it is said aloud, once.
pub(crate) fn has(program: &str) -> bool {
    static MISSING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if std::env::split_paths(&path()).any(|folder| folder.join(program).is_file()) {
        return true;
    }
    let set = |name| std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(!set("CI") && !set("DAGU_RS_REQUIRE_TOOLS"), "{program} is not installed, and CI or DAGU_RS_REQUIRE_TOOLS is set");
    if MISSING.lock().unwrap().insert(program.to_owned()) {
        // Not by a macro: the test harness would swallow it.
        let notice = format!("\n##### SKIPPED: {program} is not installed; the tests that need it were NOT run #####\n");
        std::io::stderr().write_all(notice.as_bytes()).expect("standard error takes text");
    }
    false
}

/// What a program gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The outcome, if the program had success.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }
}

/// A program in a folder, which knows of no Dagu, no colours and no settings of the user.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).env("PATH", path());
    for name in ["DAGU_BASE_CONFIG", "DAGU_DAGS_DIR", "FORCE_COLOR", "NO_COLOR", "PRE_COMMIT_HOME", "SKIP"] {
        command.env_remove(name);
    }
    // What git tells a hook from which the tests are run.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command.env("DAGU_HOME", "/nonexistent").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command
}

/// Runs a program in a folder.
pub(crate) fn run(program: &str, folder: &Path, args: &[&str]) -> Outcome {
    outcome(command(program, folder).args(args))
}

pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
