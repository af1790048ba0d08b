//! `dagu-rs migrate`: what it makes of older syntax, and what it leaves. Data-driven: `pairs/` holds
//! texts before and after; `UPDATE=1 cargo test --test migrate` writes what comes out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod command;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// What a call gave.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn migrate(folder: &Path, args: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    let output = command
        .current_dir(folder)
        .env("DAGU_HOME", "/nonexistent")
        .env_remove("DAGU_BASE_CONFIG")
        .arg("migrate")
        .args(args)
        .output()
        .expect("the command starts");
    Outcome {
        code: output.status.code().expect("the command ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("standard output is text"),
        stderr: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}

/// A text after `migrate`, and how it went.
fn migrated(text: &str) -> (String, Outcome) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("dag.yaml");
    fs::write(&path, text).unwrap();
    let outcome = migrate(folder.path(), &["dag.yaml"]);
    (fs::read_to_string(&path).unwrap(), outcome)
}

/// Name, text before, and the path of the text after.
fn pairs() -> BTreeMap<String, (String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate/pairs");
    let mut pairs = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".before.yaml") {
            pairs.insert(name.to_owned(), (fs::read_to_string(&path).unwrap(), folder.join(format!("{name}.after.yaml"))));
        }
    }
    assert!(pairs.len() >= 9, "only {} pairs", pairs.len());
    pairs
}

/// What the first line says is left.
fn left(text: &str) -> usize {
    text.lines().next().unwrap().strip_prefix("# left: ").unwrap().parse().unwrap()
}

#[test]
fn each_text_becomes_what_stands_beside_it() {
    for (name, (before, path)) in pairs() {
        let (after, outcome) = migrated(&before);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &after).unwrap();
        }
        assert_eq!(after, fs::read_to_string(&path).unwrap_or_default(), "{name}");
        let listed = outcome.stdout.lines().filter(|line| line.contains(": left: ")).count();
        assert_eq!(listed, left(&before), "{name}: {}", outcome.stdout);
        assert_eq!(outcome.code, i32::from(listed > 0), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn line_breaks_of_windows_stay() {
    for (name, (before, path)) in pairs() {
        let windows = |text: &str| text.replace('\n', "\r\n");
        let (after, _) = migrated(&windows(&before));
        assert_eq!(after, windows(&fs::read_to_string(&path).unwrap()), "{name}");
    }
}

#[test]
fn a_second_time_changes_nothing() {
    for (name, (before, path)) in pairs() {
        let once = fs::read_to_string(&path).unwrap();
        let (twice, outcome) = migrated(&once);
        assert_eq!(twice, once, "{name}");
        assert_eq!(outcome.code, i32::from(left(&before) > 0), "{name}");
    }
}

#[test]
fn a_text_without_a_last_line_break_gets_none() {
    for (name, (before, path)) in pairs() {
        let (after, _) = migrated(before.trim_end());
        assert_eq!(after, fs::read_to_string(&path).unwrap().trim_end(), "{name}");
    }
}
