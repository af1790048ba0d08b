//! Fixes and comments that suppress findings: what they make of texts, and what the command does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod command;
mod pages;
mod suppress;

use std::path::Path;

use assert_cmd::Command;
use dagu_schema::fix::Fixed;
use dagu_schema::{Analysis, Confidence, Facts, analyze, rules};

/// A text as `check` sees it without a configuration.
fn checked(text: &str) -> Analysis {
    let mut analysis = asked_for(text);
    let is_sure = |rule| rules::find(rule).is_none_or(|rule| rule.confidence > Confidence::Maybe);
    analysis.diagnostics.retain(|found| is_sure(found.rule));
    analysis
}

/// A text as `check` sees it when it is to report also what is only maybe a fault.
fn asked_for(text: &str) -> Analysis {
    analyze(text, &Facts::default()).suppress()
}

/// A text after fixing.
fn fixed(text: &str, unsafe_too: bool) -> Fixed {
    dagu_schema::fix::fix(checked(text), unsafe_too, &checked)
}

/// Rules of the findings that remain.
fn rules_of(analysis: &Analysis) -> Vec<&'static str> {
    analysis.diagnostics.iter().map(|found| found.rule).collect()
}

/// What a call gave.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

fn dagu_rs(folder: &Path, args: &[&str], stdin: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    let output = command
        .current_dir(folder)
        .env("DAGU_HOME", "/nonexistent")
        .env_remove("DAGU_BASE_CONFIG")
        .env_remove("DAGU_DAGS_DIR")
        .args(args)
        .write_stdin(stdin)
        .output()
        .expect("the command starts");
    Outcome {
        code: output.status.code().expect("the command ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("standard output is text"),
        stderr: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}
