//! What is no DAG, or no text, or not there: a clear message, the documented exit code, no panic.

use std::fs;
use std::path::Path;

use super::{Outcome, dagu_rs, outcome, run};

fn check(folder: &Path, name: &str, content: &[u8]) -> Outcome {
    fs::write(folder.join(name), content).unwrap();
    run(folder, &["check", "--format", "concise", name])
}

fn calm(outcome: &Outcome) {
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    for content in ["", "\n\n", "# only a comment\n", "---\n"] {
        let found = check(folder.path(), "dag.yaml", content.as_bytes());
        calm(&found);
        assert_eq!(found.code, 1, "{content:?}: {} {}", found.stdout, found.stderr);
        assert!(found.stdout.starts_with("dag.yaml:1:1: error["), "{content:?}: {}", found.stdout);
    }
}

#[test]
fn bytes_that_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let found = check(folder.path(), "dag.yaml", b"steps:\n  - \xff\xfe\x00\x01\n");
    calm(&found);
    assert_eq!((found.code, found.stdout.as_str()), (2, ""));
    assert!(found.stderr.contains("dag.yaml is not UTF-8 text") && found.stderr.contains("line 2"), "{}", found.stderr);
}

#[test]
fn control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let found = check(folder.path(), "dag.yaml", b"steps:\n  - id: a\x00\n    run: echo\x07 hi\n");
    calm(&found);
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains("dag.yaml:2:10: error[yaml-syntax] the control character U+0000"), "{}", found.stdout);
}

#[test]
fn a_file_of_fifty_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let step = "  - id: step\n    run: echo hello\n";
    let text = format!("steps:\n{}", step.repeat((50 << 20) / step.len()));
    let found = check(folder.path(), "large.yaml", text.as_bytes());
    calm(&found);
    assert_eq!((found.code, found.stdout.as_str()), (2, ""));
    assert!(found.stderr.contains("large.yaml is too large to be a DAG"), "{}", found.stderr);
}

#[test]
fn an_alias_bomb() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = level - 1;
        text += &format!(
            "a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"
        );
    }
    text += "steps:\n  - id: a\n    run: *a29\n";
    let found = check(folder.path(), "bomb.yaml", text.as_bytes());
    calm(&found);
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains("error[yaml-too-large]"), "{}", found.stdout);
}

#[test]
fn ten_thousand_brackets() {
    let folder = tempfile::tempdir().unwrap();
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        for text in [open.repeat(10_000), format!("{}{}", open.repeat(10_000), close.repeat(10_000))] {
            let found = check(folder.path(), "deep.yaml", format!("steps: {text}\n").as_bytes());
            calm(&found);
            assert_eq!(found.code, 1);
            let findings: Vec<&str> = found.stdout.lines().collect();
            assert!(
                matches!(findings[..], [one] if one.starts_with("deep.yaml:1:") && one.contains("error[yaml-too-large]")),
                "{}",
                found.stdout
            );
        }
    }
    let lists = format!("steps:\n  {}\n", "- ".repeat(10_000));
    let found = check(folder.path(), "deep.yaml", lists.as_bytes());
    calm(&found);
    assert_eq!(found.code, 1);
}

#[test]
fn a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let found = run(folder.path(), &["check", "missing.yaml"]);
    assert_eq!((found.code, found.stdout.as_str()), (2, ""));
    assert_eq!(found.stderr, "dagu-rs: cannot read missing.yaml: there is no such file or folder\n");
}

#[test]
fn a_missing_file_does_not_hide_the_findings_of_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), "steps:\n  - id: a\n    run: \"echo\n").unwrap();
    let found = run(folder.path(), &["check", "--format", "concise", "missing.yaml", "dag.yaml"]);
    assert_eq!(found.code, 2);
    assert!(found.stderr.contains("missing.yaml") && found.stdout.contains("dag.yaml:3:10: error[yaml-syntax]"));
}

#[test]
fn a_folder_without_dags() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), "services: {}\n").unwrap();
    let found = run(folder.path(), &["check", "."]);
    assert_eq!((found.code, found.stdout.as_str()), (3, ""));
    assert!(found.stderr.contains("no DAG found in ."), "{}", found.stderr);
    let json = run(folder.path(), &["check", "--format", "json", "."]);
    assert_eq!((json.code, json.stdout.as_str()), (3, "{\"version\":1,\"diagnostics\":[]}\n"));
}

#[test]
fn options_that_do_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["check", "--format", "xml"][..], &["check", "--nope"], &["nope"], &["explain", "nope"]] {
        let found = run(folder.path(), args);
        assert_eq!((found.code, found.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!found.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn standard_input_is_reported_under_its_name() {
    let found = outcome(
        dagu_rs()
            .args(["check", "--format", "concise", "--stdin-filename", "dags/a.yaml", "-"])
            .write_stdin("steps:\n  - id: a\n    run: \"echo\n"),
    );
    assert_eq!(found.code, 1);
    assert_eq!(found.stdout, "dags/a.yaml:3:10: error[yaml-syntax] this quote is never closed\n");
}

#[test]
#[cfg(unix)]
fn a_reader_that_has_seen_enough() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), format!("steps:\n{}", "  - id: a-b\n    run: x\n".repeat(5_000))).unwrap();
    for format in ["full", "concise", "json"] {
        let shell =
            format!("'{}' check --format {format} dag.yaml 2>&1 | head -c 10; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_dagu-rs"));
        let found = outcome(assert_cmd::Command::new("bash").current_dir(folder.path()).args(["-c", &shell]));
        assert_eq!((found.code, found.stdout.len()), (1, 10), "{format}: {}", found.stdout);
    }
}

/// Standard input has no file whose name could be wrong.
#[test]
fn standard_input_needs_no_name() {
    let outcome = outcome(dagu_rs().args(["check", "-"]).write_stdin("steps:\n  - id: a\n    run: echo\n"));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{}", outcome.stdout);
}

/// Nobody writes into it: opening it would wait for ever.
#[test]
fn a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    for args in [["check", "pipe.yaml"], ["validate", "pipe.yaml"]] {
        let found = run(folder.path(), &args);
        calm(&found);
        assert!(found.code != 0 && found.stderr.contains("pipe.yaml: it is no regular file"), "{}", found.stderr);
    }
}
