//! The real command: what it prints, with which exit code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adopting;
mod bad_input;
mod base;
mod canary;
mod config;
mod creds;
mod env;
mod files;
mod formats;
mod graph;
mod plan;
mod probe;
mod report;
mod schema;
mod terminal;
mod validate;

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// The command, in an environment that says nothing of colours nor of an installed Dagu.
fn dagu_rs() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.env_remove("NO_COLOR").env_remove("FORCE_COLOR");
    command.env("DAGU_HOME", "/nonexistent").env_remove("DAGU_BASE_CONFIG").env_remove("DAGU_DAGS_DIR");
    command
}

/// A folder with some files, by their paths below it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// What a call gave.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(folder: &Path, args: &[&str]) -> Outcome {
    outcome(dagu_rs().current_dir(folder).args(args))
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the command starts");
    Outcome {
        code: output.status.code().expect("the command ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("standard output is text"),
        stderr: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}
