//! What a run would do.

use std::path::Path;

use super::folder;
use super::{Outcome, dagu_rs, outcome};

/// In an environment with known names only.
fn plan(folder: &Path, args: &[&str]) -> Outcome {
    let mut command = dagu_rs();
    command.env_clear().env("DAGU_HOME", "/nonexistent").env("HOME", "/home/me").env("PATH", "/bin");
    outcome(command.current_dir(folder).arg("plan").args(args))
}

/// The answer without the temporary folder's name.
fn shown(folder: &Path, text: &str) -> String {
    let real = folder.canonicalize().unwrap();
    text.replace(&*real.to_string_lossy(), "FOLDER").replace(&*folder.to_string_lossy(), "FOLDER")
}

const CONTAINERS: &str = "\
params: [{region: eu}]
env:
  - API_KEY: ${HOST_API_KEY}
container:
  image: alpine:3.20
  pull_policy: always
  name: shared
  platform: linux/amd64
  user: '1000'
  working_dir: /work
  network: lan
  env: ['API_KEY=${API_KEY}', 'MODE=fast']
  volumes: ['.:/work', 'cache:/cache:ro', ':/scratch', '${HOME}/.ssh:/keys:ro']
  ports: ['8080:80', '127.0.0.1:9000-9005:90/udp', '70']
  startup: command
  command: [sleep, infinity]
  wait_for: healthy
  log_pattern: ready
  restart_policy: unless-stopped
  healthcheck: {test: [CMD, 'true'], interval: 5s, retries: 3}
  keep_container: true
steps:
  - id: write
    run: date > now.txt
  - id: read
    run: cat now.txt ${params.region}
  - id: several
    depends: read
    container: {image: busybox, pull_policy: never}
    run: ['echo one', 'echo two']
  - id: script
    depends: read
    container: {image: python:3, shell: [bash, -e]}
    run: |
      #!/usr/bin/env python3
      print(1)
  - id: agent
    depends: [several, script]
    container: {exec: box, user: me, working_dir: /src}
    action: harness.run
    with: {provider: claude, prompt: 'Look at ${params.region}', model: opus, fallback: [{provider: codex}]}
handler_on:
  exit:
    container: {image: hello}
";

#[test]
fn containers() {
    let folder = folder(&[("dag.yaml", CONTAINERS)]);
    for (format, args) in [("text", &["dag.yaml", "--", "region=us"][..]), ("json", &["dag.yaml", "--format", "json"])] {
        let found = plan(folder.path(), args);
        assert_eq!(found.code, 0, "{}", found.stderr);
        // The environment that the root container needs is not all there.
        insta::assert_snapshot!(format!("containers_{format}"), shown(folder.path(), &found.stdout));
    }
}

/// A step that cannot be planned says so; the others follow.
#[test]
fn what_cannot_be_planned() {
    let dag = "\
params: [{name: size, required: true}]
secrets: [{name: KEY, provider: env, key: NOT_SET}]
steps:
  - id: unset
    container: {image: alpine, env: ['A=${NOWHERE}']}
    run: echo
  - id: fine
    run: echo ${params.size} ${env.KEY}
  - id: other
    action: http.request
    with: {url: https://example.com}
";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = plan(folder.path(), &["dag.yaml"]);
    assert_eq!(found.code, 0);
    insta::assert_snapshot!(shown(folder.path(), &found.stdout));
    let run = outcome(dagu_rs().current_dir(folder.path()).args(["run", "--dry-run", "dag.yaml"]));
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "a run would not begin");
}

#[test]
fn custom_actions_and_the_host() {
    let dag = "\
type: chain
working_dir: sub
actions:
  greet.all:
    input_schema: {type: object, properties: {name: {type: string}}}
    template: {run: 'echo hello {{ .input.name }}'}
steps:
  - id: greet
    action: greet.all
    with: {name: world}
  - id: hello
    shell: bash
    env: {LEVEL: high}
    run: echo $LEVEL ${steps.greet.outputs.x}
    output: OUT
";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = plan(folder.path(), &["dag.yaml", "--format", "json"]);
    insta::assert_snapshot!(shown(folder.path(), &found.stdout));
}

/// `run --dry-run` and `plan` are one thing.
#[test]
fn it_is_the_dry_run() {
    let dag = "steps:\n  - id: a\n    run: echo > x.txt\n  - id: b\n    run: cat x.txt\nhandler_on:\n  exit: {run: echo $DAG_RUN_STATUS}\n";
    let folder = folder(&[("dag.yaml", dag)]);
    let planned = outcome(dagu_rs().current_dir(folder.path()).args(["plan", "dag.yaml"]));
    let dry = outcome(dagu_rs().current_dir(folder.path()).args(["run", "--dry-run", "dag.yaml"]));
    assert_eq!(planned.stdout, dry.stdout);
    assert!(planned.stdout.contains("note: b waits for a"), "{}", planned.stdout);
    let free = outcome(dagu_rs().current_dir(folder.path()).args(["plan", "--no-infer-depends", "dag.yaml"]));
    assert!(!free.stdout.contains("after"), "{}", free.stdout);
}

#[test]
fn nothing_to_plan() {
    let folder = folder(&[("empty.yaml", "# nothing\n"), ("list.yaml", "- a\n")]);
    assert_eq!(plan(folder.path(), &["empty.yaml"]).code, 3);
    assert_eq!(plan(folder.path(), &["missing.yaml"]).code, 2);
}

#[test]
fn as_the_engine_does_it() {
    let dag = "\
env: [DAG_TOKEN: '${HOST_TOKEN}']
container: {image: 'alpine:3.20', env: ['MODE=ci', 'KEY=${HOST_TOKEN}'], volumes: ['.:/w']}
steps:
  - {id: write, env: [A: one], run: 'echo $A $DAG_TOKEN > now.txt'}
  - {id: read, run: cat now.txt}
  - {id: own, env: [A: one], container: {image: 'alpine:3.20', shell: /bin/sh}, run: 'echo \"$A  $HOME\"'}
  - {id: list, container: {exec: there}, run: [echo a, echo b]}
  - {id: agent, action: harness.run, with: {provider: claude, prompt: hello}}
  - {id: host, type: command, command: 'echo $KEY'}
";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = plan(folder.path(), &["--engine-semantics", "dag.yaml"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    insta::assert_snapshot!(shown(folder.path(), &found.stdout));
}
