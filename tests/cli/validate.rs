//! `dagu-rs validate`: exit codes and streams are those of the engine's own command.

use std::fs;
use std::path::Path;

use crate::{Outcome, dagu_rs, outcome, run};

const GOOD: &str = "steps:\n  - id: greet\n    run: echo hello\n";

fn validate(text: &str, options: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), text).unwrap();
    let args = [&["validate"], options, &["dag.yaml"]].concat();
    let outcome = run(folder.path(), &args);
    assert_eq!(outcome.stdout, "", "standard output stays empty");
    outcome
}

#[test]
fn a_dag_that_loads_gives_nothing() {
    let outcome = validate(GOOD, &[]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn every_fault_is_said_at_once() {
    let outcome = validate("steps:\n  - id: a\n    rnu: echo\n  - id: b\n    run: x\n    depends: [c]\n", &[]);
    assert_eq!(outcome.code, 1);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "Error: Validation failed for dag.yaml");
    assert!(lines[1].starts_with("- 3:5: unknown key `rnu`"), "{}", lines[1]);
    assert!(lines[2].starts_with("- 6:15: ") && lines[2].contains("`c`"), "{}", lines[2]);
}

/// A DAG that fails only when it runs is an error of `check`; one that only dagu-rs runs is none.
#[test]
fn it_is_the_loader_that_is_asked() {
    let cycle = "steps:\n  - id: a\n    run: x\n    depends: b\n  - id: b\n    run: x\n    depends: a\n";
    assert_eq!(validate(cycle, &[]).code, 0);
    let script = "container: {image: alpine, shell: [sh, -c]}\nsteps:\n  - id: a\n    run: |\n      echo a\n      echo b\n";
    let outcome = validate(script, &[]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("container-multiline-run"), "{}", outcome.stderr);
}

#[test]
fn notices_name_reference_field_and_reason() {
    let text = "env:\n  - A: ${steps.a.outputs.x}\n  - B: $NOPE\nconsts:\n  - k: ${consts.z}\ncontainer:\n  image: x\n  env:\n    - C: ${consts.z}\n\
                handler_on:\n  success:\n    run: echo ${steps.a.outputs.x}\n\
                steps:\n  - id: a\n    run: echo ${steps.b.outputs.x} ${context.run.id} ${params.p} ${env.HOME} ${steps.b.outputs.x}\n\
                \x20 - foreach:\n      items: [1]\n      steps:\n        - id: i\n          run: echo ${consts.z} ${foreach.item}\n";
    let lasting = [
        ("WARN", "${steps.a.outputs.x}", "env[0]", "namespace_unavailable"),
        ("WARN", "${consts.z}", "consts.k", "unknown_const_name"),
        ("WARN", "${consts.z}", "container.env[0]", "unknown_const_name"),
        ("WARN", "${steps.b.outputs.x}", "steps[0].run", "unknown_step_id"),
        ("WARN", "${consts.z}", "steps[1].foreach.steps[0].run", "unknown_const_name"),
        ("WARN", "${steps.a.outputs.x}", "handler_on.success.run", "namespace_unavailable"),
    ];
    let only_in_run = [
        ("INFO", "$NOPE", "env[1]", "unknown_env_binding"),
        ("INFO", "${context.run.id}", "steps[0].run", "namespace_unavailable"),
        ("INFO", "${params.p}", "steps[0].run", ""),
        ("INFO", "${env.HOME}", "steps[0].run", "unknown_env_binding"),
    ];
    let says = |line: &str, (level, written, field, reason): (&str, &str, &str, &str)| {
        let reason_is = if reason.is_empty() { !line.contains("reason=") } else { line.ends_with(&format!("reason={reason}")) };
        line.starts_with(&format!("level={level} msg=\"{written} was left unchanged in {field}: ")) && reason_is
    };
    let outcome = validate(text, &[]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr.lines().count(), lasting.len(), "{}", outcome.stderr);
    for notice in lasting {
        assert!(outcome.stderr.lines().any(|line| says(line, notice)), "{notice:?} in\n{}", outcome.stderr);
    }
    let all = validate(text, &["--show-unresolved"]);
    for value in ["true", "T", "1"] {
        assert_eq!(validate(text, &[&format!("--show-unresolved={value}")]).stderr, all.stderr);
    }
    for value in ["false", "F", "0"] {
        assert_eq!(validate(text, &[&format!("--show-unresolved={value}")]).stderr, validate(text, &[]).stderr);
    }
    assert_eq!(all.code, 0);
    assert_eq!(all.stderr.lines().count(), lasting.len() + only_in_run.len(), "{}", all.stderr);
    for notice in lasting.iter().chain(&only_in_run) {
        assert!(all.stderr.lines().any(|line| says(line, *notice)), "{notice:?} in\n{}", all.stderr);
    }
    assert_eq!(validate(text, &["--quiet", "--show-unresolved"]).stderr, "");
}

#[test]
fn older_syntax_is_a_warning() {
    let outcome = validate("max_active_runs: 3\nsteps:\n  - echo hello\n", &[]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr.lines().filter(|line| line.starts_with("level=WARN ")).count(), 2, "{}", outcome.stderr);
}

#[test]
fn a_wrong_call_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dag.yaml"), GOOD).unwrap();
    let calls: [(&[&str], &str); 5] = [
        (&["validate"], "Error: accepts 1 arg(s), received 0\n"),
        (&["validate", "dag.yaml", "dag.yaml"], "Error: accepts 1 arg(s), received 2\n"),
        (&["validate", "--nope", "dag.yaml"], "Error: unexpected argument '--nope' found\n"),
        (
            &["validate", "missing.yaml"],
            "Error: Validation failed for missing.yaml\n- cannot read missing.yaml: there is no such file or folder\n",
        ),
        (&["validate", "."], "Error: Validation failed for .\n- cannot read .: it is a folder, not a file\n"),
    ];
    for (args, says) in calls {
        let outcome = run(folder.path(), args);
        assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (1, "", says), "{args:?}");
    }
    assert_eq!(run(folder.path(), &["validate", "--help"]).code, 0);
}

/// A name that is no file is one of the folder of DAGs.
#[test]
fn a_name_is_looked_up_in_the_folder_of_dags() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("dags")).unwrap();
    fs::write(home.path().join("dags/daily.yaml"), GOOD).unwrap();
    let code = |name: &str| outcome(dagu_rs().current_dir(Path::new("/")).env("DAGU_HOME", home.path()).args(["validate", name])).code;
    assert_eq!(["daily", "daily.yaml", "weekly"].map(code), [0, 0, 1]);
    let by_flag = outcome(dagu_rs().env_remove("DAGU_HOME").args(["validate", "--dagu-home"]).arg(home.path()).arg("daily"));
    assert_eq!(by_flag.code, 0, "{}", by_flag.stderr);
}
