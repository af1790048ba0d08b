//! What DAGs inherit from the base configuration, and what is said of one.

use std::path::Path;

use super::{Outcome, dagu_rs, folder, outcome};

const DAG: &str = "steps:\n  - id: greet\n    action: greet.all\n";
const ACTION: &str = "actions:\n  greet.all:\n    input_schema: {type: object}\n    template: {run: echo hello}\n";

/// `check` of `dag.yaml` where the folder is Dagu's home.
fn check(folder: &Path, args: &[&str]) -> Outcome {
    outcome(dagu_rs().current_dir(folder).env("DAGU_HOME", ".").args(["check", "--format", "concise"]).args(args))
}

/// What the engine's `validate` says of a DAG with a base configuration, as measured.
#[test]
fn the_verdict_is_the_engines() {
    let mut wrong = Vec::new();
    let cases = include_str!("inherited.txt").split("=== ").skip(1);
    for case in cases {
        let (head, text) = case.split_once('\n').unwrap();
        let (base, dag) = text.split_once("--- dag\n").unwrap();
        let folder = folder(&[("base.yaml", base), ("dag.yaml", dag)]);
        let found = check(folder.path(), &["dag.yaml"]);
        let expected = if head.starts_with("rejects: ") { 1 } else { 0 };
        if found.code != expected {
            wrong.push(format!("{head}\n{}{}", found.stdout, found.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn where_it_is_looked_for() {
    let folder = folder(&[
        ("dag.yaml", DAG),
        ("given.yaml", ACTION),
        ("home/base.yaml", ACTION),
        ("user/.dagu/base.yaml", ACTION),
        ("newer/.config/dagu/base.yaml", ACTION),
        ("config/dagu/base.yaml", ACTION),
        ("bare/empty", ""),
    ]);
    let code = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = dagu_rs();
        command.current_dir(folder.path()).env_remove("DAGU_HOME").env("HOME", "bare").env_remove("XDG_CONFIG_HOME");
        outcome(command.args(["check", "dag.yaml"]).args(args).envs(env.iter().copied())).code
    };
    let without = 1;
    assert_eq!(code(&[], &[]), without);
    assert_eq!(code(&["--base-config", "given.yaml"], &[]), 0);
    assert_eq!(code(&[], &[("DAGU_BASE_CONFIG", "given.yaml")]), 0);
    assert_eq!(code(&[], &[("DAGU_BASE_CONFIG", "missing.yaml")]), without);
    assert_eq!(code(&[], &[("DAGU_HOME", "home")]), 0);
    assert_eq!(code(&[], &[("HOME", "user")]), 0);
    assert_eq!(code(&[], &[("HOME", "newer")]), 0);
    // The engine passes over it: measured.
    assert_eq!(code(&[], &[("XDG_CONFIG_HOME", "config")]), without);
    for none in [&["--base-config", ""][..], &["--no-base-config"]] {
        assert_eq!(code(none, &[("DAGU_HOME", "home")]), without);
    }
    assert_eq!(code(&["--base-config", "missing.yaml"], &[]), 2);
}

#[test]
fn an_error_in_it_is_said_once_in_the_dag_and_in_full_in_itself() {
    let folder = folder(&[("base.yaml", "env: [A=1]\nbogus: 1\ntimeout_sec: soon\n"), ("dag.yaml", "steps:\n  - run: echo hi\n")]);
    let found = check(folder.path(), &["dag.yaml"]);
    insta::assert_snapshot!(found.stdout);
    let found = check(folder.path(), &["base.yaml"]);
    insta::assert_snapshot!(found.stdout);
}

#[test]
fn a_base_is_checked_as_one() {
    let folder = folder(&[
        ("base.yaml", "name: shared\nenv: [A=1]\nhandler_on:\n  exit: {run: \"echo ${params.X} ${consts.Y}\"}\n"),
        ("workspaces/team/base.yaml", "env: [B=1]\n"),
        ("other/base.yaml", "steps:\n  - run: echo a DAG of this name\n"),
        ("other.yaml", "env: [B=1]\n"),
    ]);
    for path in ["base.yaml", "workspaces/team/base.yaml", "other/base.yaml"] {
        let found = check(folder.path(), &[path]);
        assert_eq!((found.code, found.stdout.as_str()), (0, ""), "{path}");
    }
    assert!(check(folder.path(), &["other.yaml"]).stdout.contains("missing-steps"));
    let named = check(folder.path(), &["--base-config", "other.yaml", "other.yaml"]);
    assert_eq!((named.code, named.stdout.as_str()), (0, ""));
}

/// Findings about what is inherited: those of the DAG point into the DAG, those of the base are
/// left to the base.
#[test]
fn findings_stay_in_their_text() {
    let base = "\
env:
  - OPENAI_API_KEY=abc
params: [{REGION: eu}]
container:
  image: alpine:3.20
  volumes: [.:/work]
";
    let dag = "\
params: [{NAME: x}]
steps:
  - id: look
    action: harness.run
    with: {provider: codex, prompt: look}
  - id: greet
    run: echo ${params.REGOIN} ${consts.NONE}
    env: [A=1]
";
    let folder = folder(&[("base.yaml", base), ("dag.yaml", dag)]);
    insta::assert_snapshot!(check(folder.path(), &["dag.yaml"]).stdout);
}

#[test]
fn calls_of_other_dags() {
    let child = "params:\n  - {name: region, required: true}\n  - {name: size, default: s}\nsteps:\n  - run: echo ${params.region}\n";
    let dag = "\
steps:
  - id: a
    action: dag.run
    with: {dag: child, params: {region: eu, sise: l}}
  - id: b
    action: dag.run
    with: {dag: beside, params: {any: thing}}
  - id: c
    action: dag.enqueue
    with: {dag: chidl}
  - id: d
    action: dag.run
    with: {dag: local, params: \"x=1 y=${params.z}\"}
  - id: e
    action: dag.run
    with: {dag: child.yaml, params: size=l}
  - id: f
    action: dag.run
    with: {dag: ./child, params: eu m l}
  - id: g
    action: dag.run
    with: {dag: \"${params.which}\"}
  - id: h
    action: dag.run
    with: {dag: child}
---
name: local
params: [{x: 0}]
steps:
  - run: echo hi
";
    let folder = folder(&[("dags/child.yaml", child), ("beside.yml", "steps:\n  - run: echo hi\n"), ("dag.yaml", dag)]);
    let named = check(folder.path(), &["dag.yaml", "--dags-dir", "dags"]);
    insta::assert_snapshot!(named.stdout);
    // The usual folder is looked into, but what is not there is not reported.
    let usual = check(folder.path(), &["dag.yaml"]);
    let unknown = |line: &&str| line.contains("sub-dag-unknown");
    assert_eq!(named.stdout.lines().filter(|line| !unknown(line)).collect::<Vec<_>>(), usual.stdout.lines().collect::<Vec<_>>());
}

#[test]
fn schemas_in_files() {
    let dag = |schema: &str| format!("params:\n  schema: {schema}\n  values: {{n: 5}}\nsteps:\n  - run: echo hi\n");
    let schema = "{\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"integer\", \"maximum\": 3}}}";
    let folder = folder(&[
        ("too-much.yaml", &dag("./dags/most.json")),
        ("missing.yaml", &dag("./nowhere.json")),
        ("absolute.yaml", &dag("/nowhere/at/all.json")),
        ("yaml.yaml", &dag("schema.yaml")),
        ("faulty.yaml", &dag("faulty.json")),
        ("dags/most.json", schema),
        ("dags/beside.yaml", &dag("most.json")),
        ("schema.yaml", "type: object\n"),
        ("faulty.json", "{\n\"type\": \"object\",\n\"maximum\": \"x\"}"),
    ]);
    let files = ["too-much.yaml", "dags/beside.yaml", "missing.yaml", "absolute.yaml", "yaml.yaml", "faulty.yaml"];
    insta::assert_snapshot!(check(folder.path(), &files).stdout);
}

#[test]
fn a_workspace_has_a_base_of_its_own() {
    let action = |name: &str| ACTION.replace("greet.all", name);
    let dag = |label: &str, actions: &[&str]| {
        let steps: String = actions.iter().map(|action| format!("  - action: {action}\n")).collect();
        format!("{label}\nsteps:\n{steps}")
    };
    let folder = folder(&[
        ("base.yaml", &action("of.all")),
        ("dags/workspaces/team/base.yaml", &action("of.team")),
        ("dags/workspaces/bad/base.yaml", "env: [A=1]\nbogus: 1\n"),
        ("list.yaml", &dag("labels: [workspace=team, nightly]", &["of.all", "of.team"])),
        ("mapping.yaml", &dag("labels: {workspace: team}", &["of.team"])),
        ("text.yaml", &dag("tags: \"nightly, workspace=team\"", &["of.all", "of.team"])),
        ("none.yaml", &dag("labels: [team]", &["of.all", "of.team"])),
        ("two.yaml", &dag("labels: [workspace=team, workspace=ops]", &["of.all", "of.team"])),
        ("unknown.yaml", &dag("labels: [workspace=ops]", &["of.all"])),
        ("broken.yaml", &dag("labels: [workspace=bad]", &["of.all"])),
        ("both.yaml", &format!("{}---\nname: b\n{}", dag("", &["of.all"]), dag("labels: [workspace=team]", &["of.team"]))),
    ]);
    for file in ["list.yaml", "mapping.yaml", "text.yaml", "unknown.yaml", "both.yaml"] {
        let found = check(folder.path(), &[file]);
        assert_eq!(found.code, 0, "{file}: {}", found.stdout);
    }
    for file in ["none.yaml", "two.yaml"] {
        assert!(check(folder.path(), &[file]).stdout.contains("unknown action `of.team`"), "{file}");
    }
    let broken = check(folder.path(), &["broken.yaml"]).stdout;
    assert!(broken.contains("base-configuration-invalid") && broken.contains("workspaces/bad/base.yaml:2"), "{broken}");
}

/// What the engine's `validate` says of a plain DAG with such a base, as measured.
#[test]
fn an_unusable_base_refuses_every_dag() {
    for (base, refused) in
        [("null\n", true), ("~\n", true), ("name: a b\n", true), ("# nothing\n", false), ("---\n", false), ("name: other\n", false)]
    {
        let folder = folder(&[("dag.yaml", "steps:\n  - id: a\n    run: echo\n"), ("home/base.yaml", base)]);
        let code = outcome(dagu_rs().current_dir(folder.path()).env("DAGU_HOME", "home").args(["validate", "dag.yaml"])).code;
        assert_eq!(code == 1, refused, "{base}");
    }
    let folder = folder(&[("dag.yaml", "steps:\n  - id: a\n    run: echo\n"), ("home/base.yaml/file", "")]);
    let outcome = outcome(dagu_rs().current_dir(folder.path()).env("DAGU_HOME", "home").args(["validate", "dag.yaml"]));
    assert!(outcome.code == 1 && outcome.stderr.contains("it is a folder"), "{}", outcome.stderr);
}
