//! Mistakes with containers that the engine's own check accepts: each is found, what `check --fix=all`
//! makes of it has no finding, and runs.

use std::process::Command;

use crate::lab::Lab;

/// The rule, its line, and the DAG.
const MENDED: &[(&str, u64, &str)] = &[
    (
        "harness-prompt-mode-stdin-in-container",
        8,
        "harnesses:\n  reader:\n    binary: cat\n    prompt_mode: stdin\nsteps:\n  - id: a\n    action: harness.run\n    with: {provider: reader, prompt: \"it's $HOME\"}\n    container: {image: 'alpine:3.20'}\n",
    ),
    ("container-shell-operators", 4, "steps:\n  - id: a\n    container: {image: 'alpine:3.20'}\n    run: echo 'a  b' && echo c | tr c d\n"),
    (
        "container-shell-operators",
        5,
        "container:\n  image: alpine:3.20\nsteps:\n  - {id: a, run: \"sh -c 'echo one > /tmp/f'\"}\n  - {id: b, depends: a, run: cat /tmp/f && echo two}\n",
    ),
    ("container-multiline-run", 5, "steps:\n  - id: a\n    container: {image: 'alpine:3.20'}\n    run: |\n      echo a\n      echo b\n"),
    (
        "volume-relative-without-working-dir",
        3,
        "steps:\n  - id: a\n    container: {image: 'alpine:3.20', volumes: ['.:/w'], working_dir: /w}\n    run: cat dag.yaml\n",
    ),
    (
        "container-restart-policy-invalid",
        3,
        "steps:\n  - id: a\n    container: {image: 'alpine:3.20', restart_policy: alway}\n    run: echo a\n",
    ),
    ("container-startup-invalid", 1, "container: {image: 'alpine:3.20', startup: keepaliv}\nsteps:\n  - {id: a, run: echo a}\n"),
    ("container-wait-for-invalid", 1, "container: {image: 'alpine:3.20', wait_for: runing}\nsteps:\n  - {id: a, run: echo a}\n"),
    (
        "harness-container-name",
        7,
        "harnesses:\n  shell: {binary: sh, prefix_args: [-c]}\n  spare: {binary: cat}\nsteps:\n  - id: a\n    action: harness.run\n    container: {name: box, image: 'alpine:3.20'}\n    with: {provider: shell, prompt: echo hi}\n",
    ),
    (
        "harness-stdin-in-container",
        10,
        "harnesses:\n  shell:\n    binary: sh\n    prefix_args: [-c]\nsteps:\n  - id: a\n    action: harness.run\n    container: {image: 'alpine:3.20'}\n    with:\n      stdin: one two\n      provider: shell\n      prompt: read x y; test \"$y\" = two\n",
    ),
    (
        "harness-stdin-in-container",
        7,
        "steps:\n  - id: a\n    action: harness.run\n    container: {image: 'dagu-opencode-runner:local', pull_policy: never, env: ['OPENAI_API_KEY=${params.KEY}']}\n    with:\n      provider: opencode\n      stdin: and this\n      prompt: |\n        Read this:\nparams:\n  - KEY: x\n",
    ),
    (
        "harness-managed-in-container",
        7,
        "steps:\n  - id: a\n    action: harness.run\n    container: {image: 'dagu-opencode-runner:local', pull_policy: never, env: ['OPENAI_API_KEY=${params.KEY}']}\n    with:\n      provider: opencode\n      managed: true\n      prompt: Say hello.\nparams:\n  - KEY: x\n",
    ),
    (
        "credential-implicit-harness",
        4,
        "harnesses:\n  shell: {binary: sh, prefix_args: [-c]}\nsecrets:\n  - {name: GITHUB_TOKEN, provider: env, key: PATH}\nsteps:\n  - id: a\n    action: harness.run\n    container: {image: 'alpine:3.20'}\n    with: {provider: shell, prompt: echo hi}\n  - id: b\n    run: test -n \"$GITHUB_TOKEN\"\n",
    ),
    (
        "container-command-ignored",
        3,
        "container:\n  image: alpine:3.20\n  command: sleep infinity  # keeps it up\nsteps:\n  - {id: a, run: echo a | tr a b}\n",
    ),
    (
        "container-command-ignored",
        3,
        "container:\n  image: alpine:3.20\n  command: [sh, -c, 'echo up > /tmp/up; sleep 60']\nsteps:\n  - {id: a, run: cat /tmp/up, retry_policy: {limit: 9, interval_sec: 1}}\n",
    ),
    (
        "step-working-dir-ignored",
        4,
        "steps:\n  - id: a\n    container: {image: 'alpine:3.20'}\n    working_dir: '/data/my dir'\n    run: sh -c 'test \"$PWD\" = \"/data/my dir\"'\n",
    ),
    (
        "step-working-dir-ignored",
        4,
        "container: {image: 'alpine:3.20'}\nsteps:\n  - id: a\n    working_dir: /srv\n    run: sh -c 'test \"$PWD\" = /srv'\n",
    ),
    (
        "step-env-dropped",
        7,
        "container:\n  image: alpine:3.20\nsteps:\n  - {id: a, run: echo a}\n  - id: b\n    run: sh -c 'test \"$WHO\" = \"you & me\"'\n    env:\n      - WHO: you & me\n",
    ),
    (
        "container-field-ignored",
        6,
        "steps:\n  - id: a\n    run: echo a\n    container:\n      image: alpine:3.20\n      startup: nope\n      wait_for: forever # never\n",
    ),
    (
        "container-restart-policy-invalid",
        3,
        "steps:\n  - id: a\n    container: {image: 'alpine:3.20', restart_policy: 'on-failure:3'}\n    run: echo a\n",
    ),
    ("container-platform-invalid", 1, "container: {image: 'alpine:3.20', platform: linxu}\nsteps:\n  - {id: a, run: echo a}\n"),
    (
        "container-shell-setting",
        3,
        "steps:\n  - id: a\n    with: {shell: bash -e}\n    container: {image: 'alpine:3.20'}\n    run: echo 'a  b' && echo c | tr c d\n",
    ),
    ("missing-key", 4, "steps:\n  - id: a\n    container: {image: 'alpine:3.20'}\n    retry_policy: {limit: 3}\n    run: echo a\n"),
];

fn check(lab: &Lab, args: &[&str]) -> (i32, serde_json::Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    let output = command.args(["check", "--no-base-config", "--format", "json"]).args(args).arg(lab.path("dag.yaml")).output().unwrap();
    (output.status.code().unwrap_or(-1), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn what_is_mended_is_clean_and_runs() {
    let Some(lab) = Lab::new() else { return };
    let mut wrong = Vec::new();
    for (rule, line, dag) in MENDED {
        lab.write("dag.yaml", dag);
        let (_, found) = check(&lab, &[]);
        let is_found =
            found["diagnostics"].as_array().unwrap().iter().any(|finding| finding["rule"] == *rule && finding["start"]["line"] == *line);
        check(&lab, &["--fix=all"]);
        let (_, left) = check(&lab, &[]);
        let fixed = lab.read("dag.yaml");
        let outcome = lab.run(&fixed);
        if !is_found || left["diagnostics"] != serde_json::json!([]) || outcome.code != 0 || fixed == *dag {
            wrong.push(format!("{rule}: found {is_found}, left {left}, run {outcome:#?}, fixed:\n{fixed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_only_a_shared_container_reads_is_passed_over_for_one_command() {
    let Some(lab) = Lab::new() else { return };
    let dag = "steps:\n  - id: a\n    container: {image: 'alpine:3.20', startup: nope, wait_for: forever, log_pattern: never}\n    run: COMMAND\n";
    assert_eq!(lab.run(&dag.replace("COMMAND", "echo a")).lines("a"), ["a"]);
    let outcome = lab.run(&dag.replace("COMMAND", "[echo a, echo b]"));
    assert!(outcome.code != 0 && outcome.stderr.contains("nope"), "{outcome:#?}");
}
