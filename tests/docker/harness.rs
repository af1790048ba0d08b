//! Harness steps: the agent's argv, its credential, its fallbacks.

use crate::lab::{Lab, api};

fn claude(place: &str) -> String {
    let container = "container:
  image: dagu-claude-runner:local
  pull_policy: never
  working_dir: /workspace
  volumes:
    - .:/workspace:ro
  env:
    - ANTHROPIC_API_KEY=${ANTHROPIC_API_KEY}
";
    let step = "steps:
  - id: review
    action: harness.run
    with:
      provider: claude
      prompt: |
        Review this repository and summarize the highest-risk issues.
      model: sonnet
";
    match place {
        "root" => format!("{container}{step}"),
        _ => {
            let indented: String = container.lines().map(|line| format!("    {line}\n")).collect();
            step.replace("    with:", &format!("{indented}    with:"))
        }
    }
}

#[test]
fn claude_gets_its_argv_and_the_callers_key() {
    let Some(lab) = Lab::new() else { return };
    for place in ["step", "root"] {
        let outcome = lab.run_with(&claude(place), |command| {
            command.env("ANTHROPIC_API_KEY", "sk-ant-0123456789");
        });
        assert_eq!(outcome.code, 0, "{place}: {outcome:#?}");
        let expected = [
            "argv[0]=claude",
            "argv[1]=-p",
            "argv[2]=Review this repository and summarize the highest-risk issues.",
            "",
            "argv[3]=--model",
            "argv[4]=sonnet",
            "ANTHROPIC_API_KEY len=17",
        ];
        assert_eq!(outcome.lines("review"), expected, "{place}");
    }
}

#[test]
fn without_the_key_nothing_starts() {
    let Some(lab) = Lab::new() else { return };
    for place in ["step", "root"] {
        let since = seconds_now();
        let outcome = lab.run(&claude(place));
        assert_eq!(outcome.code, 1, "{place}: {outcome:#?}");
        assert!(outcome.stderr.contains("ANTHROPIC_API_KEY"), "{outcome:#?}");
        assert!(outcome.stderr.contains("environment of dagu-rs"), "{outcome:#?}");
        assert!(outcome.lines("review").is_empty());
        for run in lab.runs() {
            let run = run.file_name().unwrap().to_str().unwrap().to_owned();
            let filters = format!("{{\"label\":[\"dagu-rs.run={run}\"],\"event\":[\"create\"]}}");
            let (_, events) = api("GET", &format!("/events?since={since}&until={}&filters={filters}", seconds_now() + 1), "").unwrap();
            assert_eq!(events, "", "a container was made");
        }
    }
}

fn seconds_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn an_empty_key_is_a_key() {
    let Some(lab) = Lab::new() else { return };
    let outcome = lab.run_with(&claude("step"), |command| {
        command.env("ANTHROPIC_API_KEY", "");
    });
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.lines("review").contains(&"ANTHROPIC_API_KEY len=0"));
}

const FALLBACK: &str = "\
harnesses:
  bad: {binary: sh, prefix_args: [-c]}
  good: {binary: sh, prefix_args: [-c]}
  absent: {binary: no-such-agent}
PLACE
steps:
  - id: agent
    action: harness.run
    output: SAID
OWN
    with:
      provider: bad
      prompt: 'echo \"as $0 $1\"; test \"$1\" = good'
      who: bad
      fallback:
        - {provider: absent}
        - {provider: good, x: good}
  - id: after
    depends: agent
    run: echo \"heard $SAID\"
";

/// A container's agent has no standard input: that attempt fails, and the engine makes the next one.
#[test]
fn a_provider_that_reads_its_prompt_leaves_the_fallback() {
    let Some(lab) = Lab::new() else { return };
    let outcome = lab.run(
        "\
harnesses:
  reads: {binary: cat, prompt_mode: stdin}
  takes: {binary: echo, prompt_mode: arg}
container: {image: 'alpine:3.20'}
steps: [{id: v, action: harness.run, with: {provider: reads, prompt: hi, fallback: [{provider: takes}]}}]
",
    );
    assert_eq!((outcome.code, outcome.lines("v")), (0, vec!["hi"]), "{outcome:#?}");
}

#[test]
fn fallbacks_run_until_one_succeeds_and_only_its_output_counts() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in [
        ("", ""),
        ("container: {image: 'alpine:3.20'}", ""),
        ("", "    container: {image: 'alpine:3.20'}"),
        ("", "    container: {image: 'alpine:3.20', keep_container: false, env: {A: b}}"),
    ] {
        let outcome = lab.run(&FALLBACK.replace("PLACE", root).replace("OWN", own));
        assert_eq!(outcome.code, 0, "{root}{own}: {outcome:#?}");
        assert_eq!(outcome.lines("agent"), ["as --x good"]);
        assert_eq!(outcome.lines("after"), ["heard as --x good"]);
        let err = outcome.err_lines("agent").join("\n");
        assert!(err.contains("harness: attempt 1/3 with bad failed; trying fallback 2/3 with absent"), "{err}");
        assert!(err.contains("`no-such-agent` is not"), "{err}");
        assert!(err.contains("as --who bad"), "the end of a failed attempt's output is in stderr: {err}");
    }
}

#[test]
fn what_a_container_cannot_do_is_refused_before_one_is_made() {
    let Some(lab) = Lab::new() else { return };
    let step = |container: &str, with: &str| {
        format!(
            "harnesses: {{piped: {{binary: cat, prompt_mode: stdin}}}}\nsteps:\n  - id: agent\n    action: harness.run\n    container: {container}\n    with: {with}\n"
        )
    };
    for (dag, part) in [
        (step("{image: 'alpine:3.20'}", "{provider: piped, prompt: hi}"), "stdin"),
        (step("{image: 'alpine:3.20', name: dagu-rs-test-x}", "{provider: claude, prompt: hi}"), "cannot name the container"),
        (step("{image: 'alpine:3.20'}", "{provider: claude, prompt: hi, stdin: more}"), "stdin"),
    ] {
        let outcome = lab.run(&dag);
        assert!(matches!(outcome.code, 1 | 2), "{outcome:#?}");
        assert!(outcome.stderr.contains(part), "{part}: {outcome:#?}");
    }
}

#[test]
fn prompts_are_never_read_by_a_shell() {
    let Some(lab) = Lab::new() else { return };
    let dag = "\
params: [NAME=world]
steps:
  - id: agent
    action: harness.run
    container:
      image: dagu-codex-runner:local
      pull_policy: never
      shell: [/bin/sh]
      env: [GREETING=hello]
    with:
      provider: codex
      prompt: '$GREETING ${params.NAME} $(id) `id` ; rm -rf / \"quoted\" $UNKNOWN \\$GREETING'
      sandbox: read-only
";
    let outcome = lab.run(dag);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let expected = [
        "argv[0]=codex",
        "argv[1]=exec",
        "argv[2]=hello world $(id) `id` ; rm -rf / \"quoted\" $UNKNOWN $GREETING",
        "argv[3]=--sandbox",
        "argv[4]=read-only",
        "argv[5]=--skip-git-repo-check",
    ];
    assert_eq!(outcome.lines("agent"), expected);
}
