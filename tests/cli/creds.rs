//! The matrix of steps and credentials, and what a change newly shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::base::folder;
use super::{Outcome, dagu_rs, outcome};

const DAG: &str = "\
env: [{API_TOKEN: '${HOST_TOKEN}'}]
secrets: [{name: DEPLOY_KEY, provider: env, key: DEPLOY}]
container:
  image: alpine:3.20
  env: ['API_TOKEN=${API_TOKEN}']
  volumes: ['~/.ssh:/keys:ro']
steps:
  - {id: build, run: make}
  - {id: test, container: {image: busybox}, run: make test}
  - {id: ship, depends: build, container: {image: busybox}, run: ship $DEPLOY_KEY}
  - {id: ask, action: harness.run, with: {provider: claude, prompt: Look}}
handler_on:
  exit: {type: command, command: echo}
";

fn creds(folder: &Path, args: &[&str]) -> Outcome {
    outcome(dagu_rs().current_dir(folder).args(["creds", "dag.yaml"]).args(args))
}

#[test]
fn forms() {
    let folder = folder(&[("dag.yaml", DAG), (".env", "DOT_TOKEN=x\n")]);
    for format in ["table", "json", "html"] {
        let found = creds(folder.path(), &["--format", format]);
        assert_eq!(found.code, 0, "{}", found.stderr);
        insta::assert_snapshot!(format!("creds_{format}"), found.stdout);
    }
}

#[test]
fn no_credential_and_no_dag() {
    let folder = folder(&[("dag.yaml", "steps:\n  - run: echo\n")]);
    assert_eq!(creds(folder.path(), &[]).stdout, "dag.yaml: no step sees a credential\n");
    fs::write(folder.path().join("dag.yaml"), "# nothing\n").unwrap();
    assert_eq!(creds(folder.path(), &[]).code, 3);
    fs::remove_file(folder.path().join("dag.yaml")).unwrap();
    assert_eq!(creds(folder.path(), &[]).code, 2);
}

/// The change: `test` gets a key, `ship` no longer has it.
fn changed() -> String {
    DAG.replace("{image: busybox}, run: make test", "{image: busybox}, run: make test $DEPLOY_KEY").replace("ship $DEPLOY_KEY", "ship")
}

#[test]
fn against_another_file() {
    let folder = folder(&[("dag.yaml", &changed()), ("old.yaml", DAG), ("same.yaml", &changed())]);
    let found = creds(folder.path(), &["--diff", "old.yaml"]);
    assert_eq!(found.code, 0);
    insta::assert_snapshot!(found.stdout);
    insta::assert_snapshot!(creds(folder.path(), &["--diff", "old.yaml", "--format", "json"]).stdout);
    assert_eq!(creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]).code, 1);
    let same = creds(folder.path(), &["--diff", "same.yaml", "--fail-on-new"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "dag.yaml: every step sees what it saw in same.yaml\n"));
    assert_eq!(creds(folder.path(), &["--diff", "old.yaml", "--format", "html"]).code, 2);
    assert_eq!(creds(folder.path(), &["--fail-on-new"]).code, 2, "it compares with nothing");
}

/// What is gone alone is nothing new.
#[test]
fn what_is_gone_is_not_new() {
    let folder = folder(&[("dag.yaml", &DAG.replace("ship $DEPLOY_KEY", "ship")), ("old.yaml", DAG)]);
    let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
    assert!(found.code == 0 && found.stdout.starts_with("- ship no longer sees DEPLOY_KEY"), "{}", found.stdout);
}

#[test]
fn against_a_revision() {
    let folder = folder(&[("sub/dag.yaml", DAG)]);
    let git = |args: &[&str]| {
        let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").current_dir(folder.path()).args(set).args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let sub = folder.path().join("sub");
    assert_eq!(creds(&sub, &["--diff", "HEAD", "--fail-on-new"]).code, 0);
    fs::write(sub.join("dag.yaml"), changed()).unwrap();
    let found = creds(&sub, &["--diff", "HEAD", "--fail-on-new"]);
    assert!(found.code == 1 && found.stdout.contains("+ test newly sees DEPLOY_KEY"), "{}{}", found.stdout, found.stderr);
    // From outside of the repository as well.
    let path = sub.join("dag.yaml");
    let found = outcome(dagu_rs().current_dir("/").arg("creds").arg(&path).args(["--diff", "HEAD", "--fail-on-new"]));
    assert_eq!(found.code, 1);
    let found = creds(&sub, &["--diff", "nosuch"]);
    assert!(found.code == 2 && found.stderr.contains("no such revision"), "{}", found.stderr);
}

/// Each change gives a name that a step sees to another credential.
#[test]
fn another_credential_under_the_same_name() {
    let same = [
        // Taken from the same, by another way.
        ("env: [{A_TOKEN: '${CI_TOKEN}'}]", "secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]"),
        ("env: [{B_TOKEN: '${CI_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]", "env: [{A_TOKEN: '${CI_TOKEN}'}]"),
    ];
    let other = [
        ("secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]", "secrets: [{name: A_TOKEN, provider: env, key: PROD_TOKEN}]"),
        ("secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]", "secrets: [{name: A_TOKEN, provider: file, key: CI_TOKEN}]"),
        ("env: [{A_TOKEN: '${CI_TOKEN}'}]", "env: [{A_TOKEN: '${PROD_TOKEN}'}]"),
        ("env: [{B_TOKEN: '${CI_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]", "env: [{B_TOKEN: '${PROD_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]"),
        ("env: [{A_TOKEN: '$(vault ci)'}]", "env: [{A_TOKEN: '$(vault prod)'}]"),
        ("secrets: [{name: A_TOKEN, ref: ci/token}]", "secrets: [{name: A_TOKEN, ref: prod/token}]"),
    ];
    let places = [
        "steps:\n  - {id: a, run: echo $A_TOKEN}\n",
        "container: {image: alpine:3.20, env: ['A_TOKEN=${A_TOKEN}']}\nsteps:\n  - {id: a, run: make}\n",
        "steps:\n  - {id: a, container: {image: alpine:3.20, env: ['X_TOKEN=${A_TOKEN}']}, run: make}\n",
        "steps:\n  - {id: a, action: docker.run, with: {image: alpine:3.20, container: {env: ['X_TOKEN=${A_TOKEN}']}, command: env}}\n",
    ];
    for (pairs, is_other) in [(&same[..], false), (&other[..], true)] {
        for (old, new) in pairs {
            for place in places {
                let folder = folder(&[("old.yaml", &format!("{old}\n{place}")), ("dag.yaml", &format!("{new}\n{place}"))]);
                let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
                assert_eq!(found.code, i32::from(is_other), "{old} -> {new}\n{place}{}{}", found.stdout, found.stderr);
                assert_eq!(found.stdout.contains("sees another credential as"), is_other, "{}", found.stdout);
            }
        }
    }
    let folder =
        folder(&[("old.yaml", &format!("{}\n{}", other[0].0, places[0])), ("dag.yaml", &format!("{}\n{}", other[0].1, places[0]))]);
    let found = creds(folder.path(), &["--diff", "old.yaml"]).stdout;
    assert_eq!(found, "+ a sees another credential as A_TOKEN (env): was CI_TOKEN of the environment, is PROD_TOKEN of the environment\n");
    let found = creds(folder.path(), &["--diff", "old.yaml", "--format", "json"]).stdout;
    assert!(found.contains("\"kind\": \"other_source\"") && found.contains("\"CI_TOKEN of the environment\""), "{found}");
}

/// A git repository with one commit of these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder(files);
    let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    for args in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "one"]] {
        assert!(Command::new("git").current_dir(folder.path()).args(set).args(args).status().unwrap().success());
    }
    folder
}

#[test]
fn dotenv_files_of_a_revision() {
    const DAG: &str = "steps:\n  - {id: a, run: make}\n";
    let folder = repository(&[("sub/dag.yaml", DAG), ("sub/.env", "A_TOKEN=${CI}\n"), (".gitignore", "kept.env\n")]);
    let sub = folder.path().join("sub");
    let against = || creds(&sub, &["--diff", "HEAD", "--fail-on-new"]);
    assert_eq!(against().code, 0);
    fs::write(sub.join(".env"), "A_TOKEN=${PROD}\n").unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout.contains("was CI of the environment, is PROD of the environment"), "{}", found.stdout);
    fs::write(sub.join(".env"), "A_TOKEN=${CI}\nB_TOKEN=hunter2hunter2\n").unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout == "+ a newly sees B_TOKEN (env)\n", "{}", found.stdout);
    // One that git does not know has no earlier state.
    fs::write(sub.join(".env"), "A_TOKEN=${CI}\n").unwrap();
    fs::write(sub.join("kept.env"), "C_TOKEN=x\n").unwrap();
    fs::write(sub.join("dag.yaml"), format!("dotenv: [.env, kept.env]\n{DAG}")).unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout == "+ a newly sees C_TOKEN (env)\n", "{}", found.stdout);
}

#[test]
fn a_file_that_is_not_in_the_revision() {
    let folder = repository(&[("other.yaml", "steps:\n  - run: echo\n")]);
    fs::write(folder.path().join("dag.yaml"), DAG).unwrap();
    let found = creds(folder.path(), &["--diff", "HEAD", "--fail-on-new"]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    assert!(found.stdout.starts_with("dag.yaml is not in HEAD: all that its steps see is new\n+ "), "{}", found.stdout);
    fs::write(folder.path().join("dag.yaml"), "steps:\n  - run: echo\n").unwrap();
    assert_eq!(creds(folder.path(), &["--diff", "HEAD", "--fail-on-new"]).code, 0);
}

/// What is no revision is not handed to git as an option, nor as something else that it knows.
#[test]
fn what_is_no_revision() {
    let folder = repository(&[("dag.yaml", DAG)]);
    for (given, said) in [
        ("--diff=--output=stolen", "no revision begins with `-`"),
        ("--diff=-p", "no revision begins with `-`"),
        ("--diff=", "--diff is empty"),
        ("--diff=:0", "git's index"),
        ("--diff=HEAD:dag.yaml", "no such revision"),
        ("--diff=HEAD HEAD", "no such revision"),
    ] {
        let found = creds(folder.path(), &[given]);
        assert!(found.code == 2 && found.stderr.contains(said), "{given}: {}{}", found.stdout, found.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the DAG and .git");
    assert_eq!(creds(folder.path(), &["--diff=HEAD^{tree}"]).code, 0);
    assert_eq!(creds(folder.path(), &["--diff=:/one"]).code, 0);
}
