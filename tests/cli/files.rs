//! Which files `check` looks at.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use super::{dagu_rs, folder, outcome, run};

const CLEAN: &str = "steps:\n  - id: a\n    run: echo hello\n";
const BROKEN: &str = "steps:\n  - id: a\n    rnu: echo hello\n";

/// The files that findings are about, and standard error.
fn checked(folder: &tempfile::TempDir, args: &[&str]) -> (i32, Vec<String>, String) {
    let found = run(folder.path(), &[&["check", "--format", "concise"], args].concat());
    let mut files: Vec<String> = found.stdout.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
    files.dedup();
    (found.code, files, found.stderr)
}

#[test]
fn what_git_ignores_and_what_is_hidden_is_left_out() {
    let folder = folder(&[
        (".gitignore", "build/\n*.gen.yaml\n"),
        ("a.yaml", BROKEN),
        ("b.yml", BROKEN),
        ("c.txt", BROKEN),
        ("x.gen.yaml", BROKEN),
        ("build/d.yaml", BROKEN),
        (".hidden/e.yaml", BROKEN),
        ("sub/f.yaml", BROKEN),
    ]);
    assert_eq!(checked(&folder, &[]).1, ["./a.yaml", "./b.yml", "./sub/f.yaml"]);
    // What is named is meant.
    assert_eq!(checked(&folder, &["build/d.yaml"]).1, ["build/d.yaml"]);
}

#[test]
fn other_yaml_is_left_alone_and_named_when_asked() {
    let compose = "services:\n  web:\n    image: nginx\n";
    let folder =
        folder(&[("a.yaml", CLEAN), ("compose.yaml", compose), ("dagu-rs.toml", "exclude = [\"old/\"]\n"), ("old/b.yaml", BROKEN)]);
    assert_eq!(checked(&folder, &[]), (0, vec![], String::new()));
    let (code, _, said) = checked(&folder, &["-v"]);
    assert_eq!(code, 0);
    assert_eq!(
        said,
        "dagu-rs: left alone: ./old/b.yaml: excluded by dagu-rs.toml\n\
         dagu-rs: left alone: ./compose.yaml: it has no `steps:` of a DAG\n"
    );
}

#[test]
fn the_configuration_says_which_files_are_dags() {
    let config = "include = [\"dags/*\"]\nexclude = [\"dags/README*\", \"vendor/\"]\n";
    let no_steps = "name: x\n";
    let folder = folder(&[
        ("dagu-rs.toml", config),
        ("dags/no-steps.yaml", no_steps),
        ("dags/other.dag", BROKEN),
        ("dags/README.yaml", BROKEN),
        ("vendor/x/v.yaml", BROKEN),
        ("no-steps.yaml", no_steps),
    ]);
    assert_eq!(checked(&folder, &[]).1, ["./dags/no-steps.yaml", "./dags/other.dag"]);
    assert_eq!(checked(&folder, &["--no-config"]).1, ["./dags/README.yaml", "./vendor/x/v.yaml"]);
    let named = ["vendor/x/v.yaml", "dags/other.dag", "no-steps.yaml", "dagu-rs.toml"];
    assert_eq!(checked(&folder, &[&["--only-dags"], &named[..]].concat()).1, ["dags/other.dag"]);
}

/// As a hook is called, with every YAML file of a commit.
#[test]
fn of_named_files_only_those_that_are_dags() {
    let folder = folder(&[("a.yaml", CLEAN), ("b.yaml", BROKEN), ("values.yaml", "image: nginx\n"), ("notes.txt", "steps:\n")]);
    assert_eq!(checked(&folder, &["--only-dags", "values.yaml", "notes.txt"]), (0, vec![], String::new()));
    assert_eq!(checked(&folder, &["--only-dags", "a.yaml", "values.yaml"]).0, 0);
    assert_eq!(checked(&folder, &["--only-dags", "a.yaml", "values.yaml", "b.yaml"]), (1, vec!["b.yaml".to_owned()], String::new()));
    assert_eq!(checked(&folder, &["values.yaml"]).0, 1);
}

#[test]
fn a_file_is_looked_at_once() {
    let folder = folder(&[("dags/a.yaml", BROKEN)]);
    symlink("dags", folder.path().join("link")).unwrap();
    symlink("a.yaml", folder.path().join("dags/b.yaml")).unwrap();
    let absolute = folder.path().join("dags/a.yaml");
    let args = ["dags", ".", "dags/a.yaml", "./dags/../dags/a.yaml", "link/a.yaml", absolute.to_str().unwrap()];
    // A link is a DAG of another name.
    assert_eq!(checked(&folder, &args).1, ["dags/a.yaml", "dags/b.yaml"]);
}

#[test]
fn links_that_lead_back() {
    let folder = folder(&[("dags/a.yaml", BROKEN), ("elsewhere/b.yaml", BROKEN)]);
    symlink("..", folder.path().join("dags/loop")).unwrap();
    symlink("../elsewhere", folder.path().join("dags/side")).unwrap();
    let (code, files, said) = checked(&folder, &["dags"]);
    assert_eq!((code, files), (1, vec!["dags/a.yaml".to_owned()]));
    assert_eq!(said, "dagu-rs: dags/loop is a link to a folder that it is in: it is not followed\n");
    let (.., said) = checked(&folder, &["-v", "dags"]);
    assert!(said.ends_with("left alone: dags/side: a link to a folder: name it to have it searched\n"), "{said}");
    // Two that lead to each other, and one that leads nowhere, cannot be read.
    symlink("y.yaml", folder.path().join("dags/x.yaml")).unwrap();
    symlink("x.yaml", folder.path().join("dags/y.yaml")).unwrap();
    symlink("gone.yaml", folder.path().join("dags/z.yaml")).unwrap();
    let (code, files, said) = checked(&folder, &["dags"]);
    assert_eq!((code, files), (2, vec!["dags/a.yaml".to_owned()]));
    assert_eq!(said.matches("cannot read dags/").count(), 3, "{said}");
}

#[test]
fn names_that_are_no_text() {
    let folder = folder(&[("a.yaml", CLEAN)]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.yaml");
    fs::write(folder.path().join(name), BROKEN).unwrap();
    let (code, files, said) = checked(&folder, &[]);
    assert_eq!((code, files, said), (1, vec!["./caf\u{fffd}.yaml".to_owned()], String::new()));
    let found = outcome(dagu_rs().current_dir(folder.path()).arg("check").arg(name));
    assert!(found.code == 1 && found.stdout.contains("unknown-key"), "{}{}", found.stdout, found.stderr);
}

/// What cannot be read as a DAG is a fault only where it looks like one.
#[test]
fn other_files_that_cannot_be_read() {
    let folder = folder(&[("a.yaml", CLEAN)]);
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    write("compose.yaml", b"# caf\xe9\nservices:\n  web: {}\n");
    write("binary.yaml", &[0xff, 0xfe, 0, 1, 2]);
    write("large.yaml", &[b"openapi: 3\n".repeat(2 << 20), b"x: y\n".to_vec()].concat());
    assert_eq!(checked(&folder, &[]), (0, vec![], String::new()));
    assert_eq!(checked(&folder, &["--only-dags", "large.yaml", "compose.yaml"]), (0, vec![], String::new()));
    assert_eq!(checked(&folder, &["compose.yaml"]).0, 2);
    write("dag.yaml", b"# caf\xe9\nsteps:\n  - run: make\n");
    assert_eq!(checked(&folder, &[]).0, 2);
}

/// The same bytes, however many threads there are.
#[test]
fn the_report_does_not_depend_on_threads() {
    let files: Vec<(String, &str)> =
        (0..200).map(|number| (format!("d{}/f{number}.yaml", number % 7), if number % 3 == 0 { BROKEN } else { CLEAN })).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let folder = folder(&files);
    let report = |threads: &str| {
        let found =
            outcome(dagu_rs().current_dir(folder.path()).env("RAYON_NUM_THREADS", threads).args(["check", "--format", "json", "-v"]));
        (found.code, found.stdout, found.stderr)
    };
    let first = report("1");
    assert_eq!(first.1.matches("\"file\":").count(), 67);
    for threads in ["2", "3", "8", "32"] {
        assert_eq!(report(threads), first, "{threads} threads");
    }
}
