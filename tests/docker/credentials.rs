//! Who sees what: values reach a container only by name, and secrets are shown nowhere.

use std::os::unix::fs::PermissionsExt as _;

use crate::lab::Lab;

const CANARIES: &str = "\
env:
  - DAG_CANARY=dag-canary
params: [PARAM_CANARY=param-canary]
secrets:
  - {name: SECRET_CANARY, provider: env, key: OUTER_SECRET}
PLACE
steps:
  - id: quiet
OWN
    env: [STEP_SEEN=step-seen]
    run: env
  - id: naming
OWN
    run: 'echo \"named $DAG_CANARY\"; env'
  - id: agent
OWN
    action: harness.run
    with: {provider: sh_env, prompt: 'env; echo $SECRET_CANARY'}
harnesses:
  sh_env: {binary: sh, prefix_args: [-c]}
";

#[test]
fn a_container_sees_only_what_is_named() {
    let Some(lab) = Lab::new() else { return };
    let container = "{image: 'alpine:3.20', env: [CONTAINER_SEEN=container-seen]}";
    for (root, own) in [(format!("container: {container}"), String::new()), (String::new(), format!("    container: {container}"))] {
        let dag = CANARIES.replace("PLACE", &root).replace("OWN", &own);
        let outcome = lab.run_with(&dag, |command| {
            command.env("OUTER_SECRET", "s3cret-canary").env("OUTER_CANARY", "outer-canary");
        });
        assert_eq!(outcome.code, 0, "{outcome:#?}");
        let quiet = outcome.lines("quiet").join("\n");
        assert!(quiet.contains("CONTAINER_SEEN=container-seen") && quiet.contains("STEP_SEEN=step-seen"), "{quiet}");
        for step in ["quiet", "agent"] {
            for canary in ["DAG_CANARY", "PARAM_CANARY", "SECRET_CANARY", "OUTER_CANARY", "OUTER_SECRET", "outer-canary"] {
                assert!(!outcome.lines(step).iter().any(|line| line.contains(canary)), "{canary} reached {step}: {outcome:#?}");
            }
        }
        let naming = outcome.lines("naming").join("\n");
        assert!(naming.contains("named dag-canary") && naming.contains("DAG_CANARY=dag-canary"), "{naming}");
        assert!(!naming.contains("PARAM_CANARY") && !naming.contains("STEP_SEEN"), "{naming}");
        assert!(outcome.lines("agent").contains(&"*******"), "a prompt may name a secret; it is masked: {outcome:#?}");
        assert!(!outcome.stdout.contains("s3cret-canary") && !outcome.stderr.contains("s3cret-canary"));
    }
}

#[test]
fn the_containers_env_wins_over_the_steps() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in
        [("container: {image: 'alpine:3.20', env: [K=container]}", ""), ("", "container: {image: 'alpine:3.20', env: [K=container]}, ")]
    {
        let dag = format!("{root}\nsteps:\n  - {{id: a, {own}env: [K=step, L=step], run: 'echo $K $L'}}\n");
        assert_eq!(lab.run(&dag).lines("a"), ["container step"]);
    }
}

#[test]
fn keys_come_from_each_source() {
    let Some(lab) = Lab::new() else { return };
    lab.write(".env", "FROM_DOTENV=dotenv\n");
    lab.write("secret.txt", "from-file\n");
    let dag = "\
env: [FROM_DAG=dag, 'FROM_NOWHERE=${FROM_NOWHERE}']
params: [FROM_PARAM=param]
secrets:
  - {name: FROM_SECRET, provider: file, key: secret.txt}
steps:
  - id: a
    container:
      image: alpine:3.20
      env:
        - A=${FROM_DAG} ${FROM_PARAM} ${FROM_DOTENV}
        - B=${FROM_PROCESS} ${env.FROM_PROCESS} ${ABSENT:-default}
        - C=${FROM_SECRET}
        - D=${A}!
    run: 'echo \"$A|$B|$C|$D|${#C}\"'
";
    let outcome = lab.run_with(dag, |command| {
        command.env("FROM_PROCESS", "process");
    });
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.lines("a"), ["dag param dotenv|process process default|*******|dag param dotenv!|9"]);

    let outcome = lab.run(&dag.replace("${FROM_PROCESS} ", "${FROM_NOWHERE} "));
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("FROM_NOWHERE") && outcome.stderr.contains("FROM_PROCESS"),
        "all that is missing is named: {outcome:#?}"
    );
}

#[test]
fn secrets_are_masked_in_output_logs_and_records() {
    let Some(lab) = Lab::new() else { return };
    let dag = "\
secrets:
  - {name: S, provider: env, key: OUTER}
steps:
  - id: whole
    container: {image: 'alpine:3.20', env: ['S=${S}', 'ANTHROPIC_API_KEY=${ANTHROPIC_API_KEY}']}
    run: 'echo \"s=$S\" >&2; echo $ANTHROPIC_API_KEY'
  - id: pieces
    container: {image: 'alpine:3.20', env: ['S=${S}']}
    run: 'printf \"%s\" \"${S:0:4}\"; sleep 1; printf \"%s\\n\" \"${S:4}\"'
  - id: host
    run: 'echo \"host $S\"; exit 3'
";
    let outcome = lab.run_with(dag, |command| {
        command.env("OUTER", "t0p-s3cret-value").env("ANTHROPIC_API_KEY", "sk-ant-9876543210");
    });
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!(outcome.lines("whole"), ["*******"]);
    assert_eq!(outcome.err_lines("whole"), ["s=*******"]);
    assert_eq!(outcome.lines("pieces"), ["*******"]);
    assert_eq!(outcome.lines("host"), ["host *******"]);
    let run = lab.runs().pop().unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(&run).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("s3cret-value") && !text.contains("sk-ant-"), "{}: {text}", path.display());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        files += 1;
    }
    assert_eq!(files, 7, "run.json and two logs a step, nothing else: {}", run.display());
    assert!(std::fs::read_to_string(run.join("whole.err")).unwrap().contains("s=*******"));
}

#[test]
fn the_plan_shows_no_value() {
    let Some(lab) = Lab::new() else { return };
    let dag = "\
secrets:
  - {name: S, provider: env, key: OUTER}
steps:
  - id: a
    container: {image: 'alpine:3.20', env: ['KEY=${S}']}
    run: 'echo ${env.S} $KEY'
";
    let outcome = lab.run_with(dag, |command| {
        command.env("OUTER", "t0p-s3cret-value").arg("--dry-run");
    });
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains("env      KEY"), "{outcome:#?}");
    assert!(!outcome.stdout.contains("s3cret"), "{outcome:#?}");
}

#[test]
fn messages_about_containers_are_masked() {
    let Some(lab) = Lab::new() else { return };
    let secret = "secrets: [{name: DB, provider: env, key: OUTER_SECRET}]\n";
    // Nothing listens there.
    let image = "image: 'localhost:1/x:${DB}'";
    let dags = [
        format!("{secret}container: {{{image}}}\nsteps:\n  - {{id: a, run: echo}}\n"),
        format!("{secret}steps:\n  - {{id: a, container: {{{image}}}, run: echo}}\n"),
        format!("{secret}container: {{{image}, pull_policy: never}}\nsteps:\n  - {{id: a, run: echo}}\n"),
        format!(
            "{secret}container: {{image: 'alpine:3.20', startup: command, command: ['no-${{DB}}']}}\nsteps:\n  - {{id: a, run: echo}}\n"
        ),
    ];
    for dag in dags {
        let outcome = lab.run_with(&dag, |command| {
            command.env("OUTER_SECRET", "s3cret-canary");
        });
        assert_ne!(outcome.code, 0, "{outcome:#?}");
        assert!(outcome.stderr.contains("*******") && !outcome.stderr.contains("s3cret-canary"), "{dag}{outcome:#?}");
    }
}
