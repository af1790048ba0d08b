//! No command shows the value of a credential: recognisable values in every place that holds one.

use super::folder;
use super::{dagu_rs, outcome};

const DAG: &str = "\
params:
  - NPM_TOKEN: given-later
env:
  - DAG_TOKEN: ${HOST_TOKEN}
  - TAKEN: https://me:${DAG_TOKEN}@example.com
  - INNOCENT: before ${DAG_TOKEN} after
consts: [{WORD: x}]
secrets:
  - {name: FROM_ENV, provider: env, key: HOST_SECRET}
  - {name: FROM_FILE, provider: file, key: ./secret.txt}
  - {name: SHORT, provider: env, key: HOST_SHORT}
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
container:
  image: alpine:3.20
  working_dir: /work/${env.DAG_TOKEN}
  env: ['ROOT_TOKEN=${FROM_ENV}', 'TAKEN=${TAKEN}', 'HOST_TOKEN=${HOST_TOKEN}']
  volumes: ['${KEY_FILE_TOKEN}:/key:ro', '${KEY_FILE_TOKEN}/below:/below', '~/.ssh:/keys:ro']
steps:
  - id: root
    env: {STEP_TOKEN: '${DAG_TOKEN}', AGAIN: 'x${STEP_TOKEN}'}
    run: echo ${env.DAG_TOKEN} ${env.TAKEN} ${env.INNOCENT} ${env.FROM_ENV} ${env.FROM_FILE} ${params.NPM_TOKEN} ${params} ${env.DOT_TOKEN} ${env.ROOT_TOKEN} ${env.AGAIN} ${DOT_TOKEN.a} ${env.SHORT}
  - id: script
    run: |
      #!/bin/sh
      echo ${env.FROM_ENV} ${env.DOT_TOKEN}
  - id: own
    container: {image: 'busybox:${env.DAG_TOKEN}', name: '${DAG_TOKEN}', user: '${DAG_TOKEN}', env: ['OWN_TOKEN=${FROM_FILE}', 'HOST_TOKEN=${HOST_TOKEN}'], volumes: ['${DAG_TOKEN}:/x', './${DAG_TOKEN}:/y']}
    run: ['echo ${env.OWN_TOKEN}', 'echo ${env.HOST_TOKEN} ${DAG_PARAMS_JSON.NPM_TOKEN}']
  - id: host
    working_dir: /tmp/${env.DOT_TOKEN}
    type: command
    command: echo ${env.FROM_ENV} ${env.NPM_TOKEN} ${DAG_TOKEN:0:7}
    output: OUT
  - id: agent
    action: harness.run
    with: {provider: sh, prompt: 'echo $FROM_ENV ${FROM_FILE} $DOT_TOKEN ${params.NPM_TOKEN} ${TAKEN:-x} ${DAG_TOKEN:0:9}', flag: '${DAG_TOKEN}'}
  - id: attached
    container: {exec: 'box-${DAG_TOKEN}', user: '${DAG_TOKEN}', env: ['A=${DAG_TOKEN}']}
    run: echo $A ${env.A}
  - id: unset
    container: {image: alpine, env: ['B=${DAG_TOKEN}${NOWHERE}']}
    run: echo
handler_on:
  exit: {run: 'echo ${env.FROM_FILE}'}
";

/// Every value starts so.
const CANARY: &str = "canary-";

#[test]
fn no_command_shows_a_value() {
    // What `run --dry-run` refuses to plan is another file.
    let runs = DAG.replace("    type: command\n    command: ", "    run: ");
    let folder = folder(&[
        ("dag.yaml", DAG),
        ("runs.yaml", &runs),
        ("before.yaml", "steps:\n  - id: root\n    run: echo\n"),
        (".env", "DOT_TOKEN=canary-of-dotenv\n"),
        ("secret.txt", "canary-of-file\n"),
    ]);
    let commands: &[&[&str]] = &[
        &["check", "--format", "full"],
        &["check", "--format", "concise"],
        &["check", "--format", "json"],
        &["check", "--probe", "--format", "full"],
        &["check", "--probe", "--format", "json"],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["validate", "--show-unresolved"],
        &["creds"],
        &["creds", "--format", "json"],
        &["creds", "--format", "html"],
        &["creds", "--diff", "before.yaml"],
        &["creds", "--diff", "before.yaml", "--format", "json"],
        &["plan"],
        &["plan", "--format", "json"],
        &["plan", "--engine-semantics"],
        &["plan", "--engine-semantics", "--format", "json"],
        &["env"],
        &["env", "--format", "json"],
        &["env", "--engine-semantics"],
        &["env", "--step", "root"],
        &["env", "--step", "canray"],
        &["graph", "--format", "mermaid"],
        &["graph", "--format", "dot"],
        &["graph", "--format", "svg"],
        &["graph", "--format", "json"],
        &["explain"],
        &["schema"],
        &["migrate", "--diff"],
        &["run", "--dry-run"],
        &["run", "--dry-run", "--engine-semantics"],
    ];
    let mut shown = Vec::new();
    let mut planned = 0;
    for words in commands {
        for file in ["dag.yaml", "runs.yaml"] {
            let mut command = dagu_rs();
            command.current_dir(folder.path()).args(*words);
            for (name, value) in [
                ("HOST_TOKEN", "canary-of-process"),
                ("HOST_SECRET", "canary-of-secret"),
                ("HOST_SHORT", "canary-"),
                ("KEY_FILE_TOKEN", "/canary-of-mount"),
                ("ANTHROPIC_API_KEY", "canary-of-provider"),
                ("AWS_SECRET_ACCESS_KEY", "canary-inherited"),
            ] {
                command.env(name, value);
            }
            if !matches!(words[0], "explain" | "schema") {
                command.arg(file);
            }
            if matches!(words[0], "plan" | "run") {
                command.args(["--", "NPM_TOKEN=canary-of-param"]);
            }
            let outcome = outcome(&mut command);
            let text = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(!text.is_empty() || words[0] == "migrate" || words[0] == "validate", "{words:?} said nothing");
            if text.contains(CANARY) {
                let line = text.lines().find(|line| line.contains(CANARY)).unwrap_or_default();
                shown.push(format!("{words:?} {file}: {line}"));
            }
            if matches!(words[0], "plan" | "run") && outcome.stdout.contains("${FROM_ENV}") {
                planned += 1;
            }
        }
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert_eq!(planned, 10, "the references stand in all plans");
}

/// What is written into the DAG itself is no secret of the machine, but a plan does not repeat it.
#[test]
fn literal_credentials_are_not_repeated() {
    let dag = "\
params: [{NPM_TOKEN: canary-default}]
env: [{API_TOKEN: canary-literal}]
consts: [{CONST_TOKEN: canary-const}]
steps:
  - id: a
    env: {STEP_TOKEN: canary-step}
    container: {image: alpine, env: ['OWN_TOKEN=canary-own']}
    run: echo ${params.NPM_TOKEN} ${env.API_TOKEN} ${env.STEP_TOKEN} ${env.OWN_TOKEN} ${consts.CONST_TOKEN}
";
    let folder = folder(&[("dag.yaml", dag)]);
    for words in [
        &["plan", "dag.yaml"][..],
        &["plan", "dag.yaml", "--format", "json"],
        &["run", "--dry-run", "dag.yaml"],
        &["env", "dag.yaml"],
        &["env", "dag.yaml", "--format", "json"],
        &["creds", "dag.yaml"],
        &["creds", "dag.yaml", "--format", "html"],
        &["graph", "dag.yaml", "--format", "svg"],
        &["graph", "dag.yaml", "--format", "json"],
    ] {
        let found = outcome(dagu_rs().current_dir(folder.path()).args(words));
        assert!(found.code == 0 && !found.stdout.contains(CANARY), "{words:?}: {}{}", found.stdout, found.stderr);
    }
}

/// A key that stands in a command is reported, and repeated nowhere.
#[test]
fn keys_in_commands_are_not_repeated() {
    let key = "ghp_q7Rk2mVx9TzL4cWb8NfY1sHd6JpA3gEu5oXi";
    let dag = format!(
        "steps:\n  - id: a\n    container: {{image: alpine:3.20, shell: [sh, -c]}}\n    run: [\"curl -H 'Authorization: Bearer {key};' x\", \"echo '{key} ;'\"]\n  \
         - {{id: b, run: 'echo {key}'}}\n  - {{id: c, action: harness.run, with: {{provider: claude, prompt: 'with {key}'}}}}\n  \
         - {{id: cut_off, run: 'git push https://bot:{key}@github.com/a/b'}}\n"
    );
    let folder = folder(&[("dag.yaml", &dag)]);
    for words in [
        &["plan", "dag.yaml"][..],
        &["plan", "dag.yaml", "--format", "json"],
        &["run", "--dry-run", "dag.yaml"],
        &["graph", "dag.yaml", "--format", "svg"],
        &["graph", "dag.yaml", "--format", "dot"],
        &["graph", "dag.yaml", "--format", "json"],
        &["graph", "dag.yaml", "--format", "mermaid"],
        &["check", "dag.yaml", "--format", "concise"],
        &["validate", "dag.yaml"],
    ] {
        let found = outcome(dagu_rs().current_dir(folder.path()).args(words));
        let begun = &key[..12];
        assert!(!found.stdout.contains(begun) && !found.stderr.contains(begun), "{words:?}: {}{}", found.stdout, found.stderr);
    }
}
