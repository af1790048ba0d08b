//! The smoke DAG: a command step and a harness step share a container.

use crate::lab::Lab;

const SMOKE: &str = "\
type: graph

container:
  image: alpine:3.20
  pull_policy: missing
  working_dir: /workspace
  volumes:
    - .:/workspace
  env:
    - SMOKE_TOKEN=container-env-ok

harnesses:
  shell:
    binary: sh
    prefix_args:
      - -c
    prompt_mode: arg

steps:
  - id: write_file
    run: echo \"from command step\" > shared.txt

  - id: read_file
    action: harness.run
    with:
      provider: shell
      prompt: |
        set -eu
        cat shared.txt
        echo \"SMOKE_TOKEN=$SMOKE_TOKEN\"
        cat /etc/alpine-release
";

#[test]
fn ten_times_in_a_row() {
    let Some(lab) = Lab::new() else { return };
    for _ in 0..10 {
        let _ = std::fs::remove_file(lab.path("shared.txt"));
        let outcome = lab.run(SMOKE);
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        let lines = outcome.lines("read_file");
        assert_eq!(lines[..2], ["from command step", "SMOKE_TOKEN=container-env-ok"]);
        assert!(lines[2].starts_with("3."), "{outcome:#?}");
        assert!(outcome.stderr.contains("note: read_file waits for write_file: both use shared.txt"), "{outcome:#?}");
        assert_eq!(lab.read("shared.txt"), "from command step\n");
    }
}

#[test]
fn the_plan_names_what_the_run_does() {
    let Some(lab) = Lab::new() else { return };
    let outcome = lab.run_with(SMOKE, |command| {
        command.arg("--dry-run").env("DOCKER_HOST", "unix:///nowhere");
    });
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    for part in
        ["create   alpine:3.20", "env      SMOKE_TOKEN\n", "/bin/sh -c 'echo \"from command step\" > shared.txt'", "after    write_file"]
    {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:#?}");
    }
    assert!(lab.runs().is_empty());
}
