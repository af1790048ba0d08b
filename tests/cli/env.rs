//! The names that steps see.

use std::path::Path;

use super::folder;
use super::{Outcome, dagu_rs, outcome};

fn env(folder: &Path, args: &[&str]) -> Outcome {
    let mut command = dagu_rs();
    command.env_clear().env("DAGU_HOME", "/nonexistent").env("HOME", "/home/me").env("PATH", "/bin").env("OTHER", "x");
    outcome(command.current_dir(folder).arg("env").args(args))
}

const DAG: &str = "\
params: [{region: eu}]
env:
  - API_TOKEN: ${HOST_TOKEN}
  - LEVEL: high
secrets: [{name: DEPLOY_KEY, provider: file, key: ./key}]
container:
  image: alpine:3.20
  env: ['ROOT_TOKEN=${DEPLOY_KEY}', 'LATER=${NOWHERE}']
  volumes: ['~/.ssh:/keys:ro']
steps:
  - id: host
    type: command
    command: echo
    output: FOUND
  - id: shared
    depends: host
    env: {STEP: one}
    run: echo $API_TOKEN ${params.region} $FOUND $DAG_RUN_ID
  - id: own
    container: {image: busybox, env: ['A=b']}
    run: echo $DAGU_OUTPUT_FILE
  - id: agent
    action: harness.run
    with: {provider: claude, prompt: 'In ${params.region}, run $DAG_NAME'}
handler_on:
  failure:
    container: {image: busybox}
    run: echo $DAG_RUN_STATUS
";

#[test]
fn all_steps() {
    let folder = folder(&[("dag.yaml", DAG), (".env", "DOT_TOKEN=x\nPLAIN=y\n")]);
    let found = env(folder.path(), &["dag.yaml"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    insta::assert_snapshot!(found.stdout);
}

#[test]
fn one_step() {
    let folder = folder(&[("dag.yaml", DAG)]);
    insta::assert_snapshot!(env(folder.path(), &["dag.yaml", "--step", "shared", "--format", "json"]).stdout);
    for handler in ["failure", "onFailure"] {
        let found = env(folder.path(), &["dag.yaml", "--step", handler]);
        assert!(found.code == 0 && found.stdout.contains("DAG_RUN_STATUS"), "{handler}: {}{}", found.stdout, found.stderr);
    }
    // As other answers call it.
    assert_eq!(env(folder.path(), &["dag.yaml", "--step", "handler onFailure"]).code, 0);
    let found = env(folder.path(), &["dag.yaml", "--step", "shraed"]);
    assert_eq!((found.code, found.stdout.as_str()), (2, ""));
    assert!(found.stderr.contains("no step `shraed`; did you mean `shared`?"), "{}", found.stderr);
}

#[test]
fn several_documents_custom_actions_and_foreach() {
    let dag = "\
name: first
actions:
  fetch.all:
    input_schema: {type: object, properties: {from: {type: string}}}
    template: {run: 'curl {{ .input.from }}'}
env: [{A_TOKEN: '${B}'}]
steps:
  - id: fetch
    action: fetch.all
    with: {from: '${env.A_TOKEN}'}
  - id: each
    foreach:
      items: [1, 2]
      steps:
        - {id: inner, run: echo}
---
name: second
steps:
  - id: only
    run: echo
";
    let folder = folder(&[("dag.yaml", dag)]);
    insta::assert_snapshot!(env(folder.path(), &["dag.yaml"]).stdout);
}
