//! The three report formats of `check`, and when it fails.

use std::fs;

use super::run;

/// One finding of each kind: an error with a fix, a warning with related places, text beyond ASCII.
const DAG: &str = "\
container:
  image: alpine:3.20
  pull_policy: Never
steps:
  - id: write
    run: date > żółć.txt
  - id: read
    run: cat żółć.txt
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), DAG).unwrap();
    fs::write(folder.path().join("clean.yaml"), "steps:\n  - id: greet\n    run: echo hello\n").unwrap();
    folder
}

#[test]
fn full() {
    let folder = folder();
    let found = run(folder.path(), &["check", "dag.yaml", "clean.yaml"]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(found.stdout);
}

#[test]
fn concise() {
    let folder = folder();
    let found = run(folder.path(), &["check", "--format", "concise", "."]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(found.stdout);
}

#[test]
fn json() {
    let folder = folder();
    let found = run(folder.path(), &["check", "--format", "json", "dag.yaml"]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    insta::assert_json_snapshot!(report);
}

#[test]
fn fails_from_the_severity_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), "container:\n  image: a:1\nsteps:\n  - id: a\n    run: echo a > b\n").unwrap();
    for (fail_on, code) in [("error", 0), ("warning", 1), ("info", 1), ("hint", 1), ("never", 0)] {
        for format in ["full", "concise", "json"] {
            let found = run(folder.path(), &["check", "--fail-on", fail_on, "--format", format, "dag.yaml"]);
            assert_eq!(found.code, code, "--fail-on {fail_on} --format {format}");
        }
    }
}

#[test]
fn colours_only_where_asked_for() {
    let folder = folder();
    let plain = run(folder.path(), &["check", "dag.yaml"]);
    assert!(!plain.stdout.contains('\x1b'));
    let coloured = run(folder.path(), &["check", "--color", "always", "dag.yaml"]);
    assert!(coloured.stdout.contains('\x1b'));
}

#[test]
fn explain_prints_the_page_and_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let page = run(folder.path(), &["explain", "order-assumed"]);
    assert_eq!(page.code, 0);
    assert!(page.stdout.starts_with("# order-assumed\n\nA step reads a file"));
    let list = run(folder.path(), &["explain"]);
    assert!(list.stdout.lines().count() > 40 && list.stdout.contains("error    certain  dependency-cycle"));
    assert!(run(folder.path(), &["explain", "order-asumed"]).stderr.contains("did you mean `order-assumed`?"));
}
