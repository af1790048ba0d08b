//! The report formats of `check` for people, the JSON report, and when it fails.

use std::fs;

use super::run;

/// One finding of each kind: an error with a fix, a warning with related places, text beyond ASCII.
pub(super) const DAG: &str = "\
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
        for format in ["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle"] {
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

/// Of a line of many kilobytes a part is shown, with the mark under what it is about.
#[test]
fn a_very_long_line_is_shown_around_each_place() {
    let folder = tempfile::tempdir().unwrap();
    let mentions: Vec<String> = (0..500).map(|number| format!("żółć ${{params.NONE_{number}}}")).collect();
    let text = format!("params:\n  - V: x\nsteps:\n  - id: a\n    run: echo {}\n", mentions.join(" "));
    fs::write(folder.path().join("dag.yaml"), &text).unwrap();
    let found = run(folder.path(), &["check", "dag.yaml"]).stdout;
    let line: Vec<char> = text.lines().nth(4).unwrap().chars().collect();
    let lines: Vec<Vec<char>> = found.lines().map(|line| line.chars().collect()).collect();
    let mut marked = Vec::new();
    for (above, below) in lines.iter().zip(lines.iter().skip(1)) {
        assert!(above.len() < 500, "{}", above.iter().collect::<String>());
        if let Some(start) = below.iter().position(|c| *c == '^') {
            let end = below.iter().rposition(|c| *c == '^').unwrap();
            marked.push(above[start..=end].iter().collect::<String>());
        }
    }
    let places = found.lines().filter_map(|line| line.rsplit_once("dag.yaml:5:")?.1.parse::<usize>().ok());
    let named: Vec<String> = places.map(|column| line[column - 1..].iter().take_while(|c| **c != ' ').collect()).collect();
    let expected: Vec<String> = (0..500).map(|number| format!("${{params.NONE_{number}}}")).collect();
    assert_eq!((marked, named), (expected.clone(), expected));
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
