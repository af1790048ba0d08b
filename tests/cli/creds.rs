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

/// A step's command on another machine, or in the container of `docker.run`, has a place of its own.
#[test]
fn ssh_and_docker_run_are_places() {
    let dag = "\
ssh: {host: example.com, user: me}
env: [{API_TOKEN: '${HOST_TOKEN}'}]
steps:
  - {id: remote, run: echo $API_TOKEN}
  - {id: here, type: command, command: echo}
  - {id: docker, action: docker.run, with: {image: alpine, command: 'echo $API_TOKEN', container: {env: ['A_TOKEN=${API_TOKEN}']}}}
";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = outcome(dagu_rs().current_dir(folder.path()).args(["creds", "--format", "json", "dag.yaml"]));
    let matrix: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let steps = matrix["dags"][0]["steps"].as_array().unwrap();
    let places: Vec<_> = steps.iter().map(|step| step["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["ssh", "host", "docker.run"]);
    let ways: Vec<_> =
        steps.iter().map(|step| step["sees"].as_array().unwrap().iter().map(|sees| sees["engine"].clone()).collect()).collect();
    let expected: [serde_json::Value; 3] =
        [serde_json::json!([["text"]]), serde_json::json!([["env"]]), serde_json::json!([["text"], ["env"]])];
    assert_eq!(ways.into_iter().map(serde_json::Value::Array).collect::<Vec<_>>(), expected);
    let found = outcome(dagu_rs().current_dir(folder.path()).args(["run", "dag.yaml"]));
    assert!(
        found.code == 2 && found.stderr.contains("line 4: this runner does not do a command on another machine (`ssh`, step `remote`) yet"),
        "{}",
        found.stderr
    );
    let graph = outcome(dagu_rs().current_dir(folder.path()).args(["graph", "--format", "mermaid", "dag.yaml"]));
    assert!(graph.stdout.contains("docker.run: alpine"), "{}", graph.stdout);
}
