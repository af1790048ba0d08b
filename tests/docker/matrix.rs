//! What `dagu-rs creds` says of each kind of step is what the steps really see: a known value from
//! every source, run by `dagu-rs run`, and by the reference engine where `DAGU_BIN` names one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::lab::{Lab, Theirs};

const CANARIES: &str = "\
working_dir: .
dotenv: other.env
params:
  - NPM_TOKEN: canary-param
env:
  - DAGENV_TOKEN: ${HOST_DAGENV}
  - TAKEN_TOKEN: ${DAGENV_TOKEN}
  - TWICE_TOKEN: ${HOST_DAGENV}
secrets:
  - {name: SEC_TOKEN, provider: env, key: HOST_SECRET}
  - {name: BOTH_TOKEN, provider: env, key: HOST_SECRET}
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
container:
  image: alpine:3.20
  env:
    - ROOT_TOKEN=${SEC_TOKEN}
    - CALLER_TOKEN=${HOST_ONLY_TOKEN}
    - SHARED_TOKEN=${SEC_TOKEN}
  volumes: ['${HOME}/.ssh:/keys:ro']
steps:
  - id: out
    type: command
    command: echo canary-out
    output: OUT_TOKEN
  - id: alone
    type: command
    command: env
  - {id: host, depends: out, env: &env {STEP_TOKEN: '${DAGENV_TOKEN}', SHARED_TOKEN: '${DAGENV_TOKEN}', ABSENT_TOKEN: '${HOST_ONLY_TOKEN}'}, type: command, command: env}
  - {id: own_run, depends: out, env: *env, container: &own {image: 'alpine:3.20', env: ['OWN_TOKEN=${SEC_TOKEN}', 'CALLER_TOKEN=${HOST_ONLY_TOKEN}']}, run: env}
  - {id: root_run, depends: out, env: *env, run: env}
  - {id: own_harness, depends: out, env: *env, container: *own, action: harness.run, with: {provider: sh, prompt: env}}
  - {id: root_harness, depends: out, env: *env, action: harness.run, with: {provider: sh, prompt: env}}
  - {id: own_named, container: *own, run: env SEEN=$TAKEN_TOKEN}
  - {id: root_named, run: env SEEN=$TAKEN_TOKEN}
  - {id: root_written, run: 'env SEEN=${env.SEC_TOKEN}${params.NPM_TOKEN}'}
  - {id: harness_written, action: harness.run, with: {provider: sh, prompt: 'env SEEN=$TAKEN_TOKEN'}}
  - {id: root_mount, run: ls /keys}
handler_on:
  exit: {type: command, command: env}
";

/// The same without a root container, and with containers that are there already.
const WITHOUT_ROOT: &str = "\
working_dir: .
params:
  - NPM_TOKEN: canary-param
env:
  - DAGENV_TOKEN: ${HOST_DAGENV}
  - TAKEN_TOKEN: ${DAGENV_TOKEN}
secrets:
  - {name: SEC_TOKEN, provider: env, key: HOST_SECRET}
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
  broken: {binary: sh, prefix_args: [-c, exit 3]}
steps:
  - {id: out, run: echo canary-out, output: OUT_TOKEN}
  - {id: host, depends: out, env: &env {STEP_TOKEN: '${DAGENV_TOKEN}'}, run: env}
  - {id: host_harness, depends: out, env: *env, action: harness.run, with: {provider: sh, prompt: env}}
  - {id: host_fallback, depends: out, env: *env, action: harness.run, with: {provider: broken, prompt: env, fallback: [{provider: sh}]}}
  - {id: attached_run, depends: out, env: *env, container: &there {exec: CONTAINER, env: ['OWN_TOKEN=${SEC_TOKEN}']}, run: env}
  - {id: attached_harness, depends: out, env: *env, container: *there, action: harness.run, with: {provider: sh, prompt: env}}
  - {id: attached_named, container: *there, run: env SEEN=$TAKEN_TOKEN}
  - {id: mounted, container: {image: 'alpine:3.20', volumes: ['.:/w']}, run: cat /w/.env}
  - {id: own_fallback, depends: out, env: *env, container: {image: 'alpine:3.20'}, action: harness.run, with: {provider: broken, prompt: env, fallback: [{provider: sh}]}}
handler_on:
  init: {action: harness.run, with: {provider: sh, prompt: env}}
  success: {container: *there, run: env}
  exit: {run: env}
";

/// With a root container that is there already.
const ATTACHED_ROOT: &str = "\
working_dir: .
env:
  - DAGENV_TOKEN: ${HOST_DAGENV}
  - TAKEN_TOKEN: ${DAGENV_TOKEN}
secrets:
  - {name: SEC_TOKEN, provider: env, key: HOST_SECRET}
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
container: {exec: CONTAINER, env: ['ROOT_TOKEN=${SEC_TOKEN}']}
steps:
  - {id: root_run, env: &env {STEP_TOKEN: '${DAGENV_TOKEN}'}, run: env}
  - {id: root_harness, env: *env, action: harness.run, with: {provider: sh, prompt: env}}
  - {id: root_named, run: env SEEN=$TAKEN_TOKEN}
  - {id: host, env: *env, type: command, command: env}
handler_on:
  success: {action: harness.run, with: {provider: sh, prompt: env}}
  exit: {run: env}
";

/// With `docker.run`.
const DOCKER_RUN: &str = "\
working_dir: .
params:
  - NPM_TOKEN: canary-param
env:
  - DAGENV_TOKEN: ${HOST_DAGENV}
  - TAKEN_TOKEN: ${DAGENV_TOKEN}
secrets:
  - {name: SEC_TOKEN, provider: env, key: HOST_SECRET}
steps:
  - {id: made, env: &env {STEP_TOKEN: '${DAGENV_TOKEN}'}, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: env, env: ['IGNORED_TOKEN=${SEC_TOKEN}'], container: {Env: ['DOCKER_TOKEN=${SEC_TOKEN}', 'CALLER_TOKEN=${HOST_ONLY_TOKEN}']}}}
  - {id: made_named, env: *env, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: env SEEN=$TAKEN_TOKEN}}
  - {id: made_written, action: container.run, with: {image: 'alpine:3.20', auto_remove: true, command: 'env SEEN=${env.SEC_TOKEN}${params.NPM_TOKEN}'}}
  - {id: there, env: *env, action: docker.run, with: {container_name: CONTAINER, command: env, container: {Env: ['ONE_TOKEN=${SEC_TOKEN}']}, exec: {Env: ['TWO_TOKEN=${STEP_TOKEN}']}}}
";

/// Values that are taken from others, some of which are not there yet, and what all steps take over.
const TAKEN: &str = "\
working_dir: .
dotenv: [other.env, '${WHICH}.env']
params:
  - REFERRING_TOKEN: ${HOST_DAGENV}
secrets:
  - {name: SEC_TOKEN, provider: env, key: HOST_SECRET}
  - {name: DB, provider: env, key: HOST_SECRET}
env:
  - WHICH: more
  - EARLY_TOKEN: ${SEC_TOKEN}
  - URL_TOKEN: 'postgres://u:${DB}@h'
  - UNREAD_TOKEN: ${OTHER_TOKEN}
  - BELOW_TOKEN: ${TAKEN_TOKEN}
  - TAKEN_TOKEN: ${HOST_DAGENV}
  - AGAIN_TOKEN: ${BELOW_TOKEN}
  - PARAM_TOKEN: ${REFERRING_TOKEN}
  - MIXED_TOKEN: 'x ${TAKEN_TOKEN} ${DB}'
  - ESCAPED_TOKEN: '\\${HOST_DAGENV}'
  - PLAIN_TOKEN: fixed
defaults:
  env: [DEFAULT_TOKEN: '${TAKEN_TOKEN}', DEFAULT_LATE_TOKEN: '${STEP_TOKEN}']
steps:
  - id: host
    env: [LATE_TOKEN: '${STEP_TOKEN}', STEP_TOKEN: '${UNREAD_TOKEN}', NAMESPACE_TOKEN: '${secrets.SEC_TOKEN}', PROCESS_TOKEN: '${HOST_ONLY_TOKEN}']
    run: env
  - id: own
    env: [STEP_TOKEN: '${TAKEN_TOKEN}', STEP: '${TAKEN_TOKEN}']
    container:
      image: 'alpine:3.20'
      env:
        - A_TOKEN=${UNREAD_TOKEN}
        - B_TOKEN=${URL_TOKEN}
        - C_TOKEN=${secrets.SEC_TOKEN}
        - D_TOKEN=${STEP}
        - E_TOKEN=${PLAIN_TOKEN}
        - F_TOKEN=${ESCAPED_TOKEN}
        - G_TOKEN=${AGAIN_TOKEN}
        - H_TOKEN=\\${SEC_TOKEN}
        - PLAIN_TOKEN=fixed here
    run: env
  - {id: words, container: {image: 'alpine:3.20'}, run: \"env 'SEEN=$TAKEN_TOKEN'\"}
  - {id: word_within, container: {image: 'alpine:3.20'}, run: \"env SEEN='$TAKEN_TOKEN'\"}
  - {id: text, container: {image: 'alpine:3.20', shell: [sh, -c]}, run: \"env 'SEEN=$TAKEN_TOKEN'\"}
  - {id: list, container: {image: 'alpine:3.20', shell: [sh, -c]}, run: [\"env 'SEEN=$TAKEN_TOKEN'\", 'true']}
  - {id: within_named, container: {image: 'alpine:3.20'}, run: \"sh -c 'env SEEN=$TAKEN_TOKEN'\"}
handler_on:
  exit: {run: env}
";

/// Quotes on the way to the shell of a root container.
const QUOTED_IN_ROOT: &str = "\
working_dir: .
env: [TAKEN_TOKEN: '${HOST_DAGENV}']
secrets: [{name: SEC_TOKEN, provider: env, key: HOST_SECRET}]
container: {image: 'alpine:3.20', shell: [/bin/sh, -c], env: ['ROOT_TOKEN=${SEC_TOKEN}']}
steps:
  - {id: whole, run: \"env 'SEEN=$TAKEN_TOKEN'\"}
  - {id: within, run: \"env SEEN='$TAKEN_TOKEN'\"}
  - {id: shielded, run: 'env \"SEEN=\\$TAKEN_TOKEN\"'}
  - {id: asked, run: 'env SEEN=${TAKEN_TOKEN:+set}'}
";

/// What the engine reads more than once: the DAG's env, values of dotenv files, params, and the env of containers.
const READ_AGAIN: &str = "\
working_dir: .
dotenv: made.env
params:
  - FIRST: ${HOST_DAGENV}
  - SECOND: 'x ${FIRST}'
env:
  - TAKEN_TOKEN: ${HOST_DAGENV}
  - KEPT_TOKEN: '\\${TAKEN_TOKEN}'
  - KEPT_ENV_TOKEN: '\\${env.TAKEN_TOKEN}'
  - HOST_KEPT_TOKEN: '\\${HOST_ONLY_TOKEN}'
  - DEEP_TOKEN: ${params.SECOND}
  - LENGTH_TOKEN: '${#TAKEN_TOKEN}'
  - COMMAND_TOKEN: $(echo hello)
  - NEAR: none
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
container: {image: 'alpine:3.20', env: ['ROOT_TOKEN=${TAKEN_TOKEN}', 'NEAR_TOKEN=${NEAR}']}
steps:
  - {id: host, env: {ROOT_TOKEN: mine}, type: command, command: env}
  - {id: root, env: {NEAR: '${TAKEN_TOKEN}'}, run: env}
  - {id: agent, env: {NEAR: '${TAKEN_TOKEN}'}, action: harness.run, with: {provider: sh, prompt: env}}
  - id: own
    env: {BEHIND_TOKEN: '${INSIDE}'}
    container: {image: 'alpine:3.20', env: ['LOST_TOKEN=${TAKEN_TOKEN}', 'INSIDE=${KEPT_TOKEN}', 'FILE_TOKEN=${WITHIN}', 'TAKEN_TOKEN=fixed']}
    run: env
";

/// Fields of a step's own container.
const FIELDS: &str = "\
working_dir: .
params:
  - NPM_TOKEN: canary-param
env: [TAKEN_TOKEN: '${HOST_DAGENV}']
secrets: [{name: SEC_TOKEN, provider: env, key: HOST_SECRET}]
steps:
  - {id: command, container: {image: 'alpine:3.20', command: [env, 'SEEN=${SEC_TOKEN}$NPM_TOKEN']}}
  - {id: command_of_step, env: &env {STEP_TOKEN: '${TAKEN_TOKEN}'}, container: {image: 'alpine:3.20', command: [env, 'SEEN=${STEP_TOKEN}']}}
  - {id: command_of_container, container: {image: 'alpine:3.20', env: ['OWN_TOKEN=${SEC_TOKEN}'], command: [env, 'SEEN=${env.OWN_TOKEN}']}}
  - {id: command_quoted, container: {image: 'alpine:3.20', command: [env, \"SEEN='$SEC_TOKEN'\"]}}
  - {id: command_tested, container: {image: 'alpine:3.20', command: [env, 'SEEN=${SEC_TOKEN:+set}']}}
  - {id: command_unused, container: {image: 'alpine:3.20', startup: command, command: [env, 'SEEN=${SEC_TOKEN}']}, run: env}
  - {id: shell, env: *env, container: {image: 'alpine:3.20', shell: [/bin/sh, -c, 'env SEEN=$0', '${SEC_TOKEN}${STEP_TOKEN}']}, run: env}
  - {id: folder, container: {image: 'alpine:3.20', working_dir: '/w-${SEC_TOKEN}'}, run: sh -c 'env SEEN=$(pwd)'}
  - {id: volume, container: {image: 'alpine:3.20', volumes: ['/tmp:/v-${SEC_TOKEN}']}, run: sh -c 'env SEEN=$(ls -d /v-*)'}
  - {id: health, container: {image: 'alpine:3.20', healthcheck: {test: [CMD-SHELL, 'true ${SEC_TOKEN}']}}, run: env}
";

/// Fields of the root container: what it is made of knows no step, and its shell only by the contract.
const FIELDS_OF_ROOT: &str = "\
working_dir: .
env: [TAKEN_TOKEN: '${HOST_DAGENV}']
secrets: [{name: SEC_TOKEN, provider: env, key: HOST_SECRET}]
harnesses:
  sh: {binary: sh, prefix_args: [-c]}
container:
  image: 'alpine:3.20'
  env: ['ROOT_TOKEN=${SEC_TOKEN}']
  startup: command
  command: [sh, -c, 'echo $0 >/tmp/seen; sleep 600', 'WORD ${STEP_TOKEN}']
steps:
  - {id: run, env: {STEP_TOKEN: '${TAKEN_TOKEN}'}, run: sh -c 'env SEEN=\"`cat /tmp/seen`\"'}
  - {id: agent, action: harness.run, with: {provider: sh, prompt: 'env SEEN=\"`cat /tmp/seen`\"'}}
  - {id: host, type: command, command: env}
";

/// The shell of the root container.
const SHELL_OF_ROOT: &str = "\
working_dir: .
secrets: [{name: SEC_TOKEN, provider: env, key: HOST_SECRET}]
container: {image: 'alpine:3.20', env: ['ROOT_TOKEN=${SEC_TOKEN}'], shell: [/bin/sh, -c, 'env SEEN=$0', WORD]}
steps:
  - {id: run, env: {STEP_TOKEN: '${SEC_TOKEN}'}, run: env}
";

const ALL: [&str; 8] = [CANARIES, WITHOUT_ROOT, ATTACHED_ROOT, DOCKER_RUN, TAKEN, QUOTED_IN_ROOT, READ_AGAIN, FIELDS];

/// Names of the DAG's scope, and those that the engine does not know there.
fn fields_of_root() -> Vec<String> {
    let of_made = ["${TAKEN_TOKEN}", "${ROOT_TOKEN}", "none"].map(|word| FIELDS_OF_ROOT.replace("WORD", word));
    let of_shell = ["${SEC_TOKEN}", "${STEP_TOKEN}", "${ROOT_TOKEN}"].map(|word| SHELL_OF_ROOT.replace("WORD", &format!("'{word}'")));
    of_made.into_iter().chain(of_shell).collect()
}

/// What a run printed, by step.
pub(crate) type Printed = BTreeMap<String, String>;

/// Who runs a DAG.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// `dagu-rs run`
    Contract,
    /// `dagu-rs run --engine-semantics`
    EngineSemantics,
    /// The engine.
    Engine,
}

impl By {
    fn column(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::EngineSemantics | Self::Engine => "engine",
        }
    }

    /// Whether a run of a DAG succeeds, and what its steps print; `None` where there is no engine.
    pub(crate) fn run(self, lab: &Lab, dag: &str) -> Option<(bool, Printed)> {
        if let Self::Engine = self {
            return engine(lab, dag);
        }
        let outcome = lab.run_with(dag, |command| {
            with_canaries(command);
            if let Self::EngineSemantics = self {
                command.arg("--engine-semantics");
            }
        });
        assert!(matches!(outcome.code, 0 | 1), "{outcome:#?}");
        assert!(!outcome.stdout.contains("canary-secret") && !outcome.stderr.contains("canary-secret"), "{outcome:#?}");
        let mut printed = Printed::new();
        for (step, line) in outcome.stdout.lines().filter_map(|line| line.split_once("| ")) {
            printed.entry(step.trim().to_owned()).or_default().push_str(&format!("{line}\n"));
        }
        Some((outcome.code == 0, printed))
    }
}

/// A file that makes values of others.
const MADE: &str = "\
BASE_TOKEN=canary-base
WITHIN=https://u:${BASE_TOKEN}@h
WITHIN_TOKEN=${WITHIN}
EMPTY_TOKEN=${HOST_ONLY_TOKEN}
NO_TOKEN=
QUOTED_TOKEN='${TAKEN_TOKEN}'
";

fn lab() -> Option<Lab> {
    let lab = Lab::new()?;
    lab.write(".env", "DOT_TOKEN=canary-dot\n");
    lab.write("more.env", "MORE_TOKEN=canary-more\nPART_TOKEN=\"x ${MORE_TOKEN}\"\nLAST=${LATEST}\n");
    lab.write("other.env", "OTHER_TOKEN=canary-other\nTWICE_TOKEN=canary-dot\n");
    lab.write("made.env", MADE);
    std::fs::create_dir(lab.path(".ssh")).expect("the folder can be made");
    lab.write(".ssh/canary_key", "");
    Some(lab)
}

pub(crate) fn with_canaries(command: &mut Command) -> &mut Command {
    let values = [("HOST_SECRET", "canary-secret"), ("HOST_DAGENV", "canary-dagenv"), ("HOST_ONLY_TOKEN", "canary-host-only")];
    command.envs(values).env("UNNAMED_TOKEN", "canary-unnamed")
}

fn matrix(file: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_dagu-rs")).args(["creds", "--no-base-config", "--format", "json"]).arg(file).output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

/// The names of variables whose value, and not only a reference to it, is among what a step printed.
fn seen(printed: &str) -> BTreeSet<&str> {
    let variables = printed.lines().filter_map(|line| line.split_once('='));
    let has_value = |value: &str| value.contains("canary") || value.contains("*******");
    variables.filter(|(name, value)| name.ends_with("_TOKEN") && has_value(value)).map(|(name, _)| name).collect()
}

/// Holds a column of the matrix against what the steps printed.
fn compare(matrix: &Value, column: &str, printed: &Printed) {
    let credentials = matrix["dags"][0]["credentials"].as_array().expect("credentials");
    let mut compared = 0;
    for row in matrix["dags"][0]["steps"].as_array().expect("steps") {
        let step = row["step"].as_str().expect("a name");
        let Some(printed) = printed.get(step.trim_start_matches("handler ")) else { continue };
        let by = |way: &str| -> BTreeSet<&str> {
            let cells = row["sees"].as_array().expect("cells").iter();
            let cells = cells.filter(|cell| cell[column].as_array().expect("ways").iter().any(|word| word == way));
            cells
                .map(|cell| credentials[cell["credential"].as_u64().expect("a number") as usize]["name"].as_str().expect("a name"))
                .collect()
        };
        if step == "root_mount" {
            assert_eq!(by("file").into_iter().collect::<Vec<_>>(), ["${HOME}/.ssh"], "{step} by {column}");
            assert!(printed.contains("canary_key"), "{step}: {printed}");
        } else if step == "mounted" {
            assert_eq!(by("file").into_iter().collect::<Vec<_>>(), ["."], "{step} by {column}");
            assert!(printed.contains("DOT_TOKEN="), "{step}: {printed}");
        } else {
            let names: BTreeSet<&str> = by("env").into_iter().filter(|name| name.ends_with("_TOKEN")).collect();
            assert_eq!(names, seen(printed), "{step} by {column}: {printed}");
        }
        let is_written = printed.lines().any(|line| line.starts_with("SEEN=") && (line.contains("canary") || line.contains("***")));
        let is_handed_over = by("env").contains("TAKEN_TOKEN");
        assert_eq!(is_written, !by("text").is_empty() || (step.ends_with("_named") && is_handed_over), "{step} by {column}: {printed}");
        compared += 1;
    }
    assert_eq!(compared, printed.len(), "not all steps that printed were compared: {:?}", printed.keys());
}

fn check(dag: &str, by: By) {
    let Some(lab) = lab() else { return };
    let there = Theirs::start(&format!("dagu-rs-test-matrix-{}-{by:?}", std::process::id()));
    let dag = dag.replace("CONTAINER", &there.0);
    let Some((succeeds, mut printed)) = by.run(&lab, &dag) else { return };
    assert!(succeeds, "{printed:#?}");
    printed.remove("out");
    compare(&matrix(&lab.path("dag.yaml")), by.column(), &printed);
}

#[test]
fn the_matrix_is_what_dagu_rs_run_does() {
    ALL.into_iter().for_each(|dag| check(dag, By::Contract));
    fields_of_root().iter().for_each(|dag| check(dag, By::Contract));
}

#[test]
fn the_matrix_is_what_dagu_rs_run_does_with_the_engines_semantics() {
    ALL.into_iter().for_each(|dag| check(dag, By::EngineSemantics));
    fields_of_root().iter().for_each(|dag| check(dag, By::EngineSemantics));
}

#[test]
fn the_matrix_is_what_the_engine_does() {
    ALL.into_iter().for_each(|dag| check(dag, By::Engine));
    fields_of_root().iter().for_each(|dag| check(dag, By::Engine));
}

/// Runs a DAG with the engine, where there is one.
fn engine(lab: &Lab, dag: &str) -> Option<(bool, Printed)> {
    let engine = std::env::var_os("DAGU_BIN")?;
    let file = lab.write("dag.yaml", dag);
    let mut command = Command::new(engine);
    command.env("DAGU_HOME", lab.path("dagu")).env("HOME", lab.path("")).env("DAGU_SKIP_EXAMPLES", "true").env("DAGU_AUTH_MODE", "none");
    let output = with_canaries(&mut command).arg("start").arg(&file).current_dir(lab.path("")).output().expect("the engine starts");
    Some((output.status.success(), printed_by_engine(&lab.path("dagu/logs/dag"))))
}

/// `docker.run` and what the engine does by itself, of which `dagu-rs run` does nothing yet.
#[test]
fn the_matrix_is_what_the_engine_does_for_actions() {
    let Some(lab) = lab() else { return };
    let dag = "\
working_dir: .
env: [DAGENV_TOKEN: '${HOST_DAGENV}']
secrets: [{name: SEC_TOKEN, provider: env, key: HOST_SECRET}]
steps:
  - {id: docker_run, env: {STEP_TOKEN: '${DAGENV_TOKEN}'}, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: env, container: {env: ['DOCKER_TOKEN=${SEC_TOKEN}']}}}
  - {id: written, action: file.write, with: {path: written.txt, content: 'SEEN=${SEC_TOKEN} ${env.DAGENV_TOKEN}'}}
";
    let Some((succeeds, printed)) = engine(&lab, dag) else { return };
    assert!(succeeds, "{printed:#?}");
    let matrix = matrix(&lab.path("dag.yaml"));
    let cells = |step: usize| {
        let cells = matrix["dags"][0]["steps"][step]["sees"].as_array().expect("cells").iter();
        cells.map(|cell| cell["engine"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&printed["docker_run"]).into_iter().collect::<Vec<_>>(), ["DOCKER_TOKEN"], "{printed:#?}");
    assert_eq!(cells(0), [serde_json::json!(["env"])], "{matrix:#}");
    assert_eq!(lab.read("written.txt").trim(), "SEEN=canary-secret canary-dagenv");
    assert_eq!(cells(1), [serde_json::json!(["text"]), serde_json::json!(["text"])], "{matrix:#}");
}

/// What the steps of the engine's only run printed.
fn printed_by_engine(logs: &Path) -> Printed {
    let mut printed = Printed::new();
    let mut open = vec![logs.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the engine keeps logs").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() {
                open.push(path);
            } else if let Some(step) = name.strip_suffix(".out").and_then(|name| name.split('.').next()) {
                printed.insert(step.to_owned(), std::fs::read_to_string(&path).expect("a log can be read"));
            }
        }
    }
    printed
}
