//! `check` in a repository that has findings already.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Outcome, folder, run};

/// An error and two warnings of one rule on equal lines.
const OLD: &str = "\
container:
  image: alpine:3.20
steps:
  - id: one
    run: make a && make b
  - id: two
    run: make a && make b
  - id: three
    rnu: make
";

fn check(folder: &Path, args: &[&str]) -> Outcome {
    run(folder, &[&["check", "--format", "concise"], args].concat())
}

#[test]
fn a_baseline_hides_what_was_there() {
    let folder = folder(&[("dags/a.yaml", OLD), ("dags/b.yaml", OLD)]);
    let path = folder.path();
    let before = check(path, &["dags"]).stdout.lines().count();
    let written = check(path, &["dags", "--write-baseline", "known.json"]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    assert_eq!(written.stderr, format!("dagu-rs: {before} findings in known.json now\n"));
    let with = |args: &[&str]| check(path, &[args, &["--baseline", "known.json"]].concat());
    assert_eq!((with(&["dags"]).code, with(&["dags"]).stdout.as_str()), (0, ""));
    let summary = run(path, &["check", "dags", "--baseline", "known.json"]).stdout;
    assert_eq!(summary, format!("2 DAGs checked: no findings ({before} in the baseline)\n"));
    // From another folder, and by another way to write the path.
    let absolute = path.join("dags/a.yaml");
    assert_eq!(run(&path.join("dags"), &["check", "a.yaml", "--baseline", "../known.json"]).code, 0);
    assert_eq!(with(&[absolute.to_str().unwrap()]).code, 0);

    // Lines that move, steps in another order and another indentation change nothing.
    let moved = OLD.replace("steps:\n", "# a comment\n\nsteps:\n").replace("  - id: one\n    run", "  -  id: one\n     run");
    fs::write(path.join("dags/a.yaml"), moved).unwrap();
    assert_eq!((with(&["dags"]).code, with(&["dags"]).stdout.as_str()), (0, ""));
    // One more of the same is one too many.
    fs::write(path.join("dags/a.yaml"), format!("{OLD}  - id: four\n    run: make a && make b\n")).unwrap();
    let found = with(&["dags"]);
    assert_eq!((found.code, found.stdout.lines().count()), (0, 1), "{}", found.stdout);
    assert!(found.stdout.contains("dags/a.yaml:11:"), "{}", found.stdout);
    fs::write(path.join("dags/a.yaml"), format!("{OLD}  - id: four\n    nru: make\n")).unwrap();
    assert_eq!(with(&["dags"]).code, 1);
    // By a link to it, too.
    std::os::unix::fs::symlink("../known.json", path.join("dags/link.json")).unwrap();
    fs::write(path.join("dags/a.yaml"), OLD).unwrap();
    assert_eq!(check(path, &["dags", "--baseline", "dags/link.json"]).code, 0);
    // What is mended is said to be gone.
    fs::write(path.join("dags/a.yaml"), OLD.replace("rnu", "run")).unwrap();
    let found = with(&["dags"]);
    assert_eq!((found.code, found.stdout.as_str()), (0, ""));
    assert!(found.stderr.contains("of the findings in known.json are gone: `--write-baseline known.json`"), "{}", found.stderr);

    // Written again for one file, it still knows the other; of one that is no more it forgets.
    check(path, &["dags/a.yaml", "--write-baseline", "known.json"]);
    assert_eq!(with(&["dags"]).code, 0);
    assert_eq!(with(&["dags"]).stderr, "");
    fs::remove_file(path.join("dags/b.yaml")).unwrap();
    assert!(with(&["dags"]).stderr.contains("of the findings in known.json are gone"));
    check(path, &["dags/a.yaml", "--write-baseline", "known.json"]);
    assert!(!fs::read_to_string(path.join("known.json")).unwrap().contains("dags/b.yaml"));
}

#[test]
fn what_is_no_baseline() {
    let folder = folder(&[("a.yaml", OLD), ("bad.json", "{"), ("other.json", "{\"version\": 2, \"files\": {}}"), ("list.json", "[]")]);
    for (file, said) in [
        ("missing.json", "cannot read missing.json: there is no such file or folder"),
        ("bad.json", "bad.json is no baseline: "),
        ("list.json", "list.json is no baseline: "),
        ("other.json", "other.json is a baseline of version 2, and this dagu-rs reads version 1"),
    ] {
        let found = check(folder.path(), &["a.yaml", "--baseline", file]);
        assert!(found.code == 2 && found.stdout.is_empty() && found.stderr.contains(said), "{file}: {}", found.stderr);
    }
    // What is no baseline is not overwritten.
    assert_eq!(check(folder.path(), &["a.yaml", "--write-baseline", "bad.json"]).code, 2);
    assert_eq!(fs::read_to_string(folder.path().join("bad.json")).unwrap(), "{");
}

#[test]
fn findings_are_suppressed_where_they_are() {
    let folder = folder(&[("a.yaml", OLD), ("crlf.yaml", &OLD.replace('\n', "\r\n"))]);
    let path = folder.path();
    let shown = check(path, &["a.yaml", "--add-ignore=see #12", "--diff"]);
    assert!(shown.stdout.contains("+    # dagu-rs: ignore[container-shell-operators] see #12\n"), "{}", shown.stdout);
    assert_eq!(fs::read_to_string(path.join("a.yaml")).unwrap(), OLD);
    let done = check(path, &[".", "--add-ignore=see #12"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, ""), "{}", done.stderr);
    assert!(done.stderr.ends_with(" suppressed in 2 files\n"), "{}", done.stderr);
    let text = fs::read_to_string(path.join("a.yaml")).unwrap();
    insta::assert_snapshot!("add_ignore", text);
    assert_eq!(fs::read_to_string(path.join("crlf.yaml")).unwrap().replace("\r\n", "\n"), text);
    let again = check(path, &[".", "--add-ignore"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "nothing suppressed\n"));
    assert_eq!(fs::read_to_string(path.join("a.yaml")).unwrap(), text);
    fs::write(path.join("cr.yaml"), OLD.replace('\n', "\r")).unwrap();
    assert_eq!(check(path, &["cr.yaml", "--add-ignore=see #12"]).code, 0);
    assert_eq!(fs::read_to_string(path.join("cr.yaml")).unwrap().replace('\r', "\n"), text);
    // A syntax error cannot be suppressed, and a reason has one line.
    fs::write(path.join("a.yaml"), "steps: [\n").unwrap();
    assert_eq!(check(path, &["a.yaml", "--add-ignore"]).code, 1);
    assert_eq!(fs::read_to_string(path.join("a.yaml")).unwrap(), "steps: [\n");
    assert_eq!(check(path, &["a.yaml", "--add-ignore=a\nb"]).code, 2);
}

#[test]
fn limits() {
    let folder = folder(&[("a.yaml", OLD), ("warned.yaml", &OLD.replace("rnu", "run"))]);
    let path = folder.path();
    let warnings = check(path, &["warned.yaml"]).stdout.matches(": warning[").count();
    assert!(warnings >= 2);
    for (most, code) in [(warnings, 0), (warnings - 1, 1), (0, 1)] {
        assert_eq!(check(path, &["warned.yaml", "--max-warnings", &most.to_string()]).code, code, "{most}");
    }
    let found = check(path, &["warned.yaml", "--max-warnings", "0"]);
    assert_eq!(found.stderr, format!("dagu-rs: too many warnings: {warnings}, with --max-warnings 0\n"));
    assert_eq!(check(path, &["a.yaml", "--exit-zero"]).code, 0);
    assert_eq!(check(path, &["a.yaml", "--exit-zero", "--max-warnings", "0"]).code, 0);
    assert_eq!(check(path, &["a.yaml", "missing.yaml", "--exit-zero"]).code, 2);
}

#[test]
fn statistics() {
    let folder = folder(&[("a.yaml", OLD), ("b.yaml", OLD), ("clean.yaml", "steps:\n  - id: a\n    run: echo\n")]);
    let found = run(folder.path(), &["check", "--statistics"]);
    assert_eq!((found.code, found.stderr.as_str()), (1, ""));
    insta::assert_snapshot!("statistics", found.stdout);
    let found = run(folder.path(), &["check", "--statistics", "--format", "json"]);
    insta::assert_json_snapshot!("statistics_json", serde_json::from_str::<serde_json::Value>(&found.stdout).unwrap());
}

#[test]
fn a_report_in_a_file() {
    let folder = folder(&[("a.yaml", OLD)]);
    let printed = check(folder.path(), &["a.yaml"]);
    let written = check(folder.path(), &["a.yaml", "--output-file", "report.txt"]);
    assert_eq!((written.code, written.stdout.as_str(), written.stderr.as_str()), (1, "", ""));
    assert_eq!(fs::read_to_string(folder.path().join("report.txt")).unwrap(), printed.stdout);
    // Standard output by its name, behind what others have written there.
    let stream = |name: &str| {
        let script = format!(
            "echo before; {} check --no-base-config -f concise a.yaml --output-file {name}; echo after",
            env!("CARGO_BIN_EXE_dagu-rs")
        );
        let shell = Command::new("sh").current_dir(folder.path()).args(["-c", &format!("({script}) > all.txt")]).status().unwrap();
        assert!(shell.success());
        fs::read_to_string(folder.path().join("all.txt")).unwrap()
    };
    for name in ["-", "/dev/stdout"] {
        assert_eq!(stream(name), format!("before\n{}after\n", printed.stdout), "{name}");
    }
    let failed = check(folder.path(), &["a.yaml", "--output-file", "nowhere/report.txt"]);
    assert_eq!(
        (failed.code, failed.stderr.as_str()),
        (2, "dagu-rs: cannot write the report to nowhere/report.txt: there is no such file or folder\n")
    );
}

fn git(folder: &Path, args: &[&str]) {
    let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"];
    assert!(Command::new("git").current_dir(folder).args(set).args(args).status().unwrap().success(), "{args:?}");
}

#[test]
fn only_what_has_changed() {
    let folder =
        folder(&[("dags/a.yaml", OLD), ("dags/b c.yaml", OLD), ("dags/d.yaml", OLD), ("e.yaml", OLD), (".gitignore", "ignored.yaml\n")]);
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "one"]);
    let changed = |from: &Path, args: &[&str]| {
        let found = check(from, &[args, &["--changed-since", "main"]].concat());
        let mut files: Vec<String> = found.stdout.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        files.dedup();
        (found.code, files, found.stderr)
    };
    assert_eq!(changed(path, &[]), (0, vec![], String::new()));
    fs::write(path.join("dags/b c.yaml"), OLD.replace("make a", "make c")).unwrap();
    fs::write(path.join("new.yaml"), OLD).unwrap();
    fs::write(path.join("ignored.yaml"), OLD).unwrap();
    fs::remove_file(path.join("dags/a.yaml")).unwrap();
    assert_eq!(changed(path, &[]).1, ["./dags/b c.yaml", "./new.yaml"]);
    assert_eq!(changed(path, &["dags", "e.yaml"]).1, ["dags/b c.yaml"]);
    assert_eq!(changed(&path.join("dags"), &[]).1, ["./b c.yaml"]);
    assert_eq!(changed(&path.join("dags"), &["..", "d.yaml"]).1, ["../dags/b c.yaml", "../new.yaml"]);
    // What is committed or staged on a branch has changed; what the other branch did meanwhile has not.
    git(path, &["checkout", "-q", "-b", "work"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "two"]);
    git(path, &["checkout", "-q", "main"]);
    fs::write(path.join("e.yaml"), OLD.replace("one", "eins")).unwrap();
    git(path, &["commit", "-qam", "three"]);
    git(path, &["checkout", "-q", "work"]);
    assert_eq!(changed(path, &[]).1, ["./dags/b c.yaml", "./new.yaml"]);
    // Another configuration concerns all that it is about.
    fs::write(path.join("dags/dagu-rs.toml"), "profile = \"strict\"\n").unwrap();
    assert_eq!(changed(path, &[]).1, ["./dags/b c.yaml", "./dags/d.yaml", "./new.yaml"]);
}

/// A submodule is compared with the commit that it was at then.
#[test]
fn what_has_changed_in_a_submodule() {
    let (inner, folder) = (folder(&[("s.yaml", OLD), ("t.yaml", OLD)]), folder(&[("m.yaml", OLD)]));
    let path = folder.path();
    for repository in [inner.path(), path] {
        git(repository, &["init", "-q", "-b", "main"]);
        git(repository, &["add", "."]);
        git(repository, &["commit", "-qm", "one"]);
    }
    let from = inner.path().to_str().unwrap();
    git(path, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, "vendor"]);
    let changed = |revision: &str| {
        let found = check(path, &["--changed-since", revision]);
        let mut files: Vec<String> = found.stdout.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        files.dedup();
        (files, found.stderr)
    };
    let strings = |files: &[&str]| (files.iter().map(ToString::to_string).collect::<Vec<_>>(), String::new());
    assert_eq!(changed("HEAD"), strings(&["./vendor/s.yaml", "./vendor/t.yaml"]));
    git(path, &["commit", "-qam", "two"]);
    assert_eq!(changed("HEAD"), strings(&[]));
    fs::write(path.join("vendor/t.yaml"), OLD.replace("one", "eins")).unwrap();
    assert_eq!(changed("HEAD"), strings(&["./vendor/t.yaml"]));
    assert_eq!(changed("HEAD~1"), strings(&["./vendor/s.yaml", "./vendor/t.yaml"]));
}

#[test]
fn what_cannot_be_compared() {
    let folder = folder(&[("a.yaml", OLD)]);
    let path = folder.path();
    let said = |revision: &str| {
        let found = check(path, &[&format!("--changed-since={revision}")]);
        assert_eq!((found.code, found.stdout.as_str()), (2, ""), "{revision}");
        found.stderr
    };
    assert!(said("HEAD").contains("is in no git repository"), "{}", said("HEAD"));
    git(path, &["init", "-q"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "one"]);
    assert!(said("nowhere").contains("git has no such revision of "), "{}", said("nowhere"));
    assert!(said("").contains("it is empty"), "{}", said(""));
    assert!(said("--output=stolen").contains("no revision begins with `-`"));
    assert_eq!(fs::read_dir(path).unwrap().count(), 2);
}

/// A file that is saved is checked again.
#[test]
fn watching() {
    let folder = folder(&[("dags/a.yaml", OLD)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_dagu-rs"))
        .current_dir(folder.path())
        .args(["check", "--no-base-config", "--watch", "--format", "concise", "dags"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut notes = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut wait = || assert_eq!(notes.next().unwrap().unwrap(), "dagu-rs: watching for changes; Ctrl-C ends");
    wait();
    let replaced = folder.path().join("dags/.a.yaml.new");
    fs::write(&replaced, OLD.replace("rnu", "runn")).unwrap();
    fs::rename(&replaced, folder.path().join("dags/a.yaml")).unwrap();
    wait();
    fs::write(folder.path().join("dags/b.yaml"), "stpes: []\nsteps: []\n").unwrap();
    wait();
    child.kill().unwrap();
    let mut stdout = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut stdout).unwrap();
    child.wait().unwrap();
    for expected in ["`rnu`", "`runn`", "dags/b.yaml"] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
}
