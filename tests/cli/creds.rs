//! The matrix of steps and credentials, and what a change newly shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::folder;
use super::{Outcome, dagu_rs, outcome};

const DAG: &str = "\
env: [{API_TOKEN: '${HOST_TOKEN}'}]
secrets: [{name: DEPLOY_KEY, provider: env, key: DEPLOY}]
container:
  image: alpine:3.20
  env: ['API_TOKEN=${API_TOKEN}']
  volumes: ['~/.ssh:/keys:ro']
steps:
  - {id: build, run: make}
  - {id: test, container: {image: busybox}, run: make test}
  - {id: ship, depends: build, container: {image: busybox}, run: ship $DEPLOY_KEY}
  - {id: ask, action: harness.run, with: {provider: claude, prompt: Look}}
handler_on:
  exit: {type: command, command: echo}
";

fn creds(folder: &Path, args: &[&str]) -> Outcome {
    outcome(dagu_rs().current_dir(folder).args(["creds", "dag.yaml"]).args(args))
}

#[test]
fn forms() {
    let folder = folder(&[("dag.yaml", DAG), (".env", "DOT_TOKEN=x\n")]);
    for format in ["table", "json", "html"] {
        let found = creds(folder.path(), &["--format", format]);
        assert_eq!(found.code, 0, "{}", found.stderr);
        insta::assert_snapshot!(format!("creds_{format}"), found.stdout);
    }
}

#[test]
fn no_credential_and_no_dag() {
    let folder = folder(&[("dag.yaml", "steps:\n  - run: echo\n")]);
    assert_eq!(creds(folder.path(), &[]).stdout, "dag.yaml: no step sees a credential\n");
    fs::write(folder.path().join("dag.yaml"), "# nothing\n").unwrap();
    assert_eq!(creds(folder.path(), &[]).code, 3);
    fs::remove_file(folder.path().join("dag.yaml")).unwrap();
    assert_eq!(creds(folder.path(), &[]).code, 2);
}

/// The change: `test` gets a key, `ship` no longer has it.
fn changed() -> String {
    DAG.replace("{image: busybox}, run: make test", "{image: busybox}, run: make test $DEPLOY_KEY").replace("ship $DEPLOY_KEY", "ship")
}

#[test]
fn against_another_file() {
    let folder = folder(&[("dag.yaml", &changed()), ("old.yaml", DAG), ("same.yaml", &changed())]);
    let found = creds(folder.path(), &["--diff", "old.yaml"]);
    assert_eq!(found.code, 0);
    insta::assert_snapshot!(found.stdout);
    insta::assert_snapshot!(creds(folder.path(), &["--diff", "old.yaml", "--format", "json"]).stdout);
    assert_eq!(creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]).code, 1);
    let same = creds(folder.path(), &["--diff", "same.yaml", "--fail-on-new"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "dag.yaml: every step sees what it saw in same.yaml\n"));
    assert_eq!(creds(folder.path(), &["--diff", "old.yaml", "--format", "html"]).code, 2);
    assert_eq!(creds(folder.path(), &["--fail-on-new"]).code, 2, "it compares with nothing");
}

/// What is gone alone is nothing new.
#[test]
fn what_is_gone_is_not_new() {
    let folder = folder(&[("dag.yaml", &DAG.replace("ship $DEPLOY_KEY", "ship")), ("old.yaml", DAG)]);
    let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
    assert!(found.code == 0 && found.stdout.starts_with("- ship no longer sees DEPLOY_KEY"), "{}", found.stdout);
}

/// Credentials in fields of a container beside its `env` get to the step as well.
#[test]
fn fields_of_a_container_are_compared() {
    const HEAD: &str = "secrets: [{name: PW, provider: env, key: HOST_PW}]\n";
    let of_step = |fields: &str| format!("{HEAD}steps:\n  - {{id: a, container: {{image: 'alpine:3.20', {fields}}}}}\n");
    let of_run = |fields: &str| format!("{HEAD}steps:\n  - {{id: a, container: {{image: 'alpine:3.20', {fields}}}, run: date}}\n");
    let of_root = |fields: &str| format!("{HEAD}container: {{image: 'alpine:3.20', {fields}}}\nsteps:\n  - {{id: a, run: date}}\n");
    let shadowed = |fields: &str| of_root(fields).replace("run: date", "run: date, env: {PW: '${PW}'}");
    let root_command = ("startup: command, command: [date]", "startup: command, command: [serve, '${PW}']");
    let cases = [
        (of_step("command: [date]"), of_step("command: [curl, -d, '${PW}', 'http://example.com']"), true),
        (of_step("command: [date]"), of_step("command: [curl, -d, \"'$PW'\"]"), false),
        (of_run("command: [date]"), of_run("command: [curl, -d, '${PW}']"), false),
        (of_run("shell: [sh, -c]"), of_run("shell: [with, '${PW}', sh, -c]"), true),
        (of_run("working_dir: /w"), of_run("working_dir: '/w-${PW}'"), true),
        (of_run("user: root"), of_run("user: '${PW}'"), true),
        (of_run("name: a"), of_run("name: 'a-${PW}'"), true),
        (of_run("network: a"), of_run("network: '${PW}'"), true),
        (of_run("volumes: ['/tmp:/a']"), of_run("volumes: ['/tmp:/a-${PW}']"), true),
        (of_run("platform: linux/amd64"), of_run("platform: 'linux/${PW}'"), false),
        (of_root(root_command.0), of_root(root_command.1), true),
        (of_root("command: [date]"), of_root("command: [serve, '${PW}']"), false),
        (shadowed(root_command.0), shadowed(root_command.1), true),
    ];
    for (old, new, is_new) in cases {
        let folder = folder(&[("old.yaml", &old), ("dag.yaml", &new)]);
        let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
        assert_eq!(found.code, i32::from(is_new), "{old}\n{new}\n{}{}", found.stdout, found.stderr);
        assert!(!is_new || found.stdout == "+ a newly sees PW (text)\n", "{}", found.stdout);
    }
}

#[test]
fn against_a_revision() {
    let folder = folder(&[("sub/dag.yaml", DAG)]);
    let git = |args: &[&str]| {
        let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").current_dir(folder.path()).args(set).args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let sub = folder.path().join("sub");
    assert_eq!(creds(&sub, &["--diff", "HEAD", "--fail-on-new"]).code, 0);
    fs::write(sub.join("dag.yaml"), changed()).unwrap();
    let found = creds(&sub, &["--diff", "HEAD", "--fail-on-new"]);
    assert!(found.code == 1 && found.stdout.contains("+ test newly sees DEPLOY_KEY"), "{}{}", found.stdout, found.stderr);
    // From outside of the repository as well.
    let path = sub.join("dag.yaml");
    let found = outcome(dagu_rs().current_dir("/").arg("creds").arg(&path).args(["--diff", "HEAD", "--fail-on-new"]));
    assert_eq!(found.code, 1);
    let found = creds(&sub, &["--diff", "nosuch"]);
    assert!(found.code == 2 && found.stderr.contains("no such revision"), "{}", found.stderr);
}

/// A step's command on another machine, or in the container of `docker.run`, has a place of its own.
#[test]
fn ssh_and_docker_run_are_places() {
    let dag = "\
ssh: {host: example.com, user: me}
env: [{API_TOKEN: '${HOST_TOKEN}'}]
steps:
  - {id: remote, run: echo $API_TOKEN}
  - {id: here, type: command, command: echo}
  - {id: docker, action: docker.run, with: {image: alpine, command: 'echo $API_TOKEN', container: {env: ['A_TOKEN=${API_TOKEN}']}}}
";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = outcome(dagu_rs().current_dir(folder.path()).args(["creds", "--format", "json", "dag.yaml"]));
    let matrix: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let steps = matrix["dags"][0]["steps"].as_array().unwrap();
    let places: Vec<_> = steps.iter().map(|step| step["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["ssh", "host", "docker.run"]);
    let ways: Vec<_> =
        steps.iter().map(|step| step["sees"].as_array().unwrap().iter().map(|sees| sees["engine"].clone()).collect()).collect();
    let expected: [serde_json::Value; 3] =
        [serde_json::json!([["text"]]), serde_json::json!([["env"]]), serde_json::json!([["text"], ["env"]])];
    assert_eq!(ways.into_iter().map(serde_json::Value::Array).collect::<Vec<_>>(), expected);
    let found = outcome(dagu_rs().current_dir(folder.path()).args(["run", "dag.yaml"]));
    assert!(
        found.code == 2 && found.stderr.contains("line 4: this runner does not do a command on another machine (`ssh`, step `remote`) yet"),
        "{}",
        found.stderr
    );
    let graph = outcome(dagu_rs().current_dir(folder.path()).args(["graph", "--format", "mermaid", "dag.yaml"]));
    assert!(graph.stdout.contains("docker.run: alpine"), "{}", graph.stdout);
}

/// Each change gives a name that a step sees to another credential.
#[test]
fn another_credential_under_the_same_name() {
    let same = [
        // Taken from the same, by another way.
        ("env: [{A_TOKEN: '${CI_TOKEN}'}]", "secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]"),
        ("env: [{B_TOKEN: '${CI_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]", "env: [{A_TOKEN: '${CI_TOKEN}'}]"),
        // Made of less.
        ("env: [{A_TOKEN: '${CI_TOKEN}:${PROD_TOKEN}'}]", "env: [{A_TOKEN: '${CI_TOKEN}'}]"),
        // A text that nobody runs.
        ("env: [{A_TOKEN: '$(vault ci)'}]", "env: [{A_TOKEN: '$(vault prod)'}]"),
    ];
    let other = [
        ("secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]", "secrets: [{name: A_TOKEN, provider: env, key: PROD_TOKEN}]"),
        ("secrets: [{name: A_TOKEN, provider: env, key: CI_TOKEN}]", "secrets: [{name: A_TOKEN, provider: file, key: CI_TOKEN}]"),
        ("env: [{A_TOKEN: '${CI_TOKEN}'}]", "env: [{A_TOKEN: '${PROD_TOKEN}'}]"),
        ("env: [{B_TOKEN: '${CI_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]", "env: [{B_TOKEN: '${PROD_TOKEN}'}, {A_TOKEN: '${B_TOKEN}'}]"),
        ("env: [{A_TOKEN: '${CI_TOKEN}'}]", "env: [{A_TOKEN: '${CI_TOKEN}${PROD_TOKEN}'}]"),
        ("secrets: [{name: A_TOKEN, ref: ci/token}]", "secrets: [{name: A_TOKEN, ref: prod/token}]"),
    ];
    let places = [
        "steps:\n  - {id: a, run: echo $A_TOKEN}\n",
        "container: {image: alpine:3.20, env: ['A_TOKEN=${A_TOKEN}']}\nsteps:\n  - {id: a, run: make}\n",
        "steps:\n  - {id: a, container: {image: alpine:3.20, env: ['X_TOKEN=${A_TOKEN}']}, run: make}\n",
        "steps:\n  - {id: a, action: docker.run, with: {image: alpine:3.20, container: {env: ['X_TOKEN=${A_TOKEN}']}, command: env}}\n",
    ];
    for (pairs, is_other) in [(&same[..], false), (&other[..], true)] {
        for (old, new) in pairs {
            for place in places {
                let folder = folder(&[("old.yaml", &format!("{old}\n{place}")), ("dag.yaml", &format!("{new}\n{place}"))]);
                let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
                assert_eq!(found.code, i32::from(is_other), "{old} -> {new}\n{place}{}{}", found.stdout, found.stderr);
                assert_eq!(found.stdout.contains("sees another credential as"), is_other, "{}", found.stdout);
            }
        }
    }
    let folder =
        folder(&[("old.yaml", &format!("{}\n{}", other[0].0, places[0])), ("dag.yaml", &format!("{}\n{}", other[0].1, places[0]))]);
    let found = creds(folder.path(), &["--diff", "old.yaml"]).stdout;
    assert_eq!(found, "+ a sees another credential as A_TOKEN (env): was CI_TOKEN of the environment, is PROD_TOKEN of the environment\n");
    let found = creds(folder.path(), &["--diff", "old.yaml", "--format", "json"]).stdout;
    assert!(found.contains("\"kind\": \"other_source\"") && found.contains("\"CI_TOKEN of the environment\""), "{found}");
}

/// A git repository with one commit of these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = folder(files);
    let set = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    for args in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "one"]] {
        assert!(Command::new("git").current_dir(folder.path()).args(set).args(args).status().unwrap().success());
    }
    folder
}

#[test]
fn dotenv_files_of_a_revision() {
    const DAG: &str = "steps:\n  - {id: a, run: make}\n";
    let folder = repository(&[("sub/dag.yaml", DAG), ("sub/.env", "A_TOKEN=ci-canary\n"), (".gitignore", "kept.env\n")]);
    let sub = folder.path().join("sub");
    let against = || creds(&sub, &["--diff", "HEAD", "--fail-on-new"]);
    assert_eq!(against().code, 0);
    fs::write(sub.join(".env"), "A_TOKEN=prod-canary\n").unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout.contains("it is another than before, a value in a dotenv file"), "{}", found.stdout);
    assert!(!found.stdout.contains("canary"), "{}", found.stdout);
    fs::write(sub.join(".env"), "A_TOKEN=ci-canary\nB_TOKEN=hunter2hunter2\n").unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout == "+ a newly sees B_TOKEN (env)\n", "{}", found.stdout);
    // One that git does not know has no earlier state.
    fs::write(sub.join(".env"), "A_TOKEN=ci-canary\n").unwrap();
    fs::write(sub.join("kept.env"), "C_TOKEN=x\n").unwrap();
    fs::write(sub.join("dag.yaml"), format!("dotenv: [.env, kept.env]\n{DAG}")).unwrap();
    let found = against();
    assert!(found.code == 1 && found.stdout == "+ a newly sees C_TOKEN (env)\n", "{}", found.stdout);
}

#[test]
fn a_file_that_is_not_in_the_revision() {
    let folder = repository(&[("other.yaml", "steps:\n  - run: echo\n")]);
    fs::write(folder.path().join("dag.yaml"), DAG).unwrap();
    let found = creds(folder.path(), &["--diff", "HEAD", "--fail-on-new"]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    assert!(found.stdout.starts_with("dag.yaml is not in HEAD: all that its steps see is new\n+ "), "{}", found.stdout);
    fs::write(folder.path().join("dag.yaml"), "steps:\n  - run: echo\n").unwrap();
    assert_eq!(creds(folder.path(), &["--diff", "HEAD", "--fail-on-new"]).code, 0);
}

/// What is no revision is not handed to git as an option, nor as something else that it knows.
#[test]
fn what_is_no_revision() {
    let folder = repository(&[("dag.yaml", DAG)]);
    for (given, said) in [
        ("--diff=--output=stolen", "no revision begins with `-`"),
        ("--diff=-p", "no revision begins with `-`"),
        ("--diff=", "--diff is empty"),
        ("--diff=:0", "git's index"),
        ("--diff=HEAD:dag.yaml", "no such revision"),
        ("--diff=HEAD HEAD", "no such revision"),
    ] {
        let found = creds(folder.path(), &[given]);
        assert!(found.code == 2 && found.stderr.contains(said), "{given}: {}{}", found.stdout, found.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the DAG and .git");
    assert_eq!(creds(folder.path(), &["--diff=HEAD^{tree}"]).code, 0);
    assert_eq!(creds(folder.path(), &["--diff=:/one"]).code, 0);
}

/// What a step sees by the matrix as JSON: each credential with how it gets there.
fn seen(folder: &Path, step: &str) -> Vec<String> {
    let found = creds(folder, &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let words = |list: &serde_json::Value| list.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(" ");
    let mut seen = Vec::new();
    for dag in report["dags"].as_array().unwrap() {
        for row in dag["steps"].as_array().unwrap().iter().filter(|row| row["step"] == step) {
            for cell in row["sees"].as_array().unwrap() {
                let credential = &dag["credentials"][cell["credential"].as_u64().unwrap() as usize];
                let (contract, engine) = (words(&cell["contract"]), words(&cell["engine"]));
                let ways = if contract == engine { contract } else { format!("{contract} | {engine}") };
                seen.push(format!("{} ({ways})", credential["name"].as_str().unwrap()));
            }
        }
    }
    seen
}

/// A mount shows a login when its source is one's place, in it, or above it, however that is written.
#[test]
fn mounts() {
    for (working_dir, source, target, what) in [
        ("/srv", "${HOME}/.ssh", "/k", "SSH keys"),
        ("/srv", "${SSHDIR}", "/k", "SSH keys"),
        ("/srv", "${params.KEYS}/id_rsa", "/k", "SSH keys"),
        ("/srv", "/root//.ssh", "/k", "SSH keys"),
        ("/srv", "${HOME}/x/../.ssh/", "/k", "SSH keys"),
        ("/srv", "./.ssh", "/k", "SSH keys"),
        ("/srv", "/mnt/home/.aws/credentials", "/k", "the AWS login"),
        ("/srv", "${ELSEWHERE}/.kube/config", "/k", "the Kubernetes login"),
        ("~", "./.claude", "/k", "the login of Claude Code"),
        ("${HOME}/x", "../.docker/config.json", "/k", "the registries' logins"),
        ("/srv", "./.claude", "/root/.claude", "the login of Claude Code"),
        ("/srv", "${HOME}", "/h", "every login of the home folder"),
        ("/home/me", ".", "/h", "every login of the home folder"),
        ("/srv", "${HOME}/..", "/h", "every login of all home folders"),
        ("/srv", "/", "/h", "every login of the machine"),
        ("/srv", "/var/run", "/h", "the Docker socket and secrets of `/var/run/secrets`"),
        ("/srv", "${HOME}/.local", "/h", "the login of OpenCode"),
        // A project has such folders for its own purposes.
        ("/srv", "./.claude", "/work/.claude", ""),
        ("/srv", ".", "/work", ""),
        ("/srv", "./.docker", "/work/.docker", ""),
        ("/srv", "${HOME}/project", "/work", ""),
        ("/srv", "ssh", "/root/.ssh", ""),
    ] {
        let dag = format!(
            "working_dir: {working_dir:?}\nparams: [KEYS: '${{HOME}}/.ssh']\nenv: [SSHDIR: '${{HOME}}/.ssh']\nsteps:\n\
             \x20 - {{id: a, container: {{image: busybox, volumes: ['{source}:{target}:ro']}}, run: ls}}\n"
        );
        let folder = folder(&[("dag.yaml", &dag)]);
        let report: serde_json::Value = serde_json::from_str(&creds(folder.path(), &["--format", "json"]).stdout).unwrap();
        let found = report["dags"][0]["credentials"][0]["from"][0].as_str().unwrap_or_default();
        assert_eq!(found, what, "{working_dir} {source}:{target}");
    }
}

/// The parameter of a called document carries what the caller hands over.
#[test]
fn a_credential_that_is_handed_to_another_document() {
    let dag = "\
secrets: [{name: DB, provider: env, key: X}]
steps: [{id: call, action: dag.run, with: {dag: child, params: 'A=plain B=${DB}'}}]
---
name: child
params: [A: '', B: '']
steps:
  - {id: c, container: {image: busybox, env: ['CT=${B}', 'CA=${A}']}, run: env}
  - {id: on, action: dag.run, with: {dag: grandchild, params: {D: '${B}'}}}
---
name: grandchild
params: [D: '']
steps: [{id: g, run: env}]
";
    let folder = folder(&[("dag.yaml", dag)]);
    assert_eq!(seen(folder.path(), "c"), ["CT (env)"]);
    assert_eq!(seen(folder.path(), "g"), ["D (env)"]);
}

/// Of the names that sound like a credential, those that the file says all of are none.
#[test]
fn what_the_file_says_itself() {
    let dag = "\
env: [CACHE_KEY: linux, SORT_KEY: name, REAL: ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8]
steps:
  - {id: a, env: [Q_TOKEN: fixed, TWICE_TOKEN: '${HOST_TOKEN}', TWICE_TOKEN: x], container: {image: busybox, env: ['R_TOKEN=${Q_TOKEN}', 'K=${CACHE_KEY}', 'T=${TWICE_TOKEN}', 'S=${SORT_KEY}', 'L=${REAL}']}, run: env}
";
    let folder = folder(&[("dag.yaml", dag)]);
    assert_eq!(seen(folder.path(), "a"), ["L (env)"]);
}

/// Dotenv files are looked for in the working directory, then in the folder of the DAG; their names
/// may be made of values that are known.
#[test]
fn dotenv_files() {
    let dag = "env: [WHICH: prod, WORK: w]\nworking_dir: ${WORK}\ndotenv: ['${WHICH}.env']\nsteps: [{id: a, run: env}]\n";
    let files = [("dag.yaml", dag), (".env", "FAR_TOKEN=x\n"), ("w/.env", "NEAR_TOKEN=x\n"), ("prod.env", "PROD_TOKEN=x\n")];
    assert_eq!(seen(folder(&files).path(), "a"), ["NEAR_TOKEN (env)", "PROD_TOKEN (env)"]);
}

/// What a value of a dotenv file is made of tells whether it carries a credential; no part of a value is shown.
#[test]
fn values_of_dotenv_files() {
    let file = "\
B_TOKEN=hunter1
URL=postgres://u:${B_TOKEN}@h/db
EMPTY_TOKEN=${NOWHERE}
NO_TOKEN=
QUOTED='${B_TOKEN}'
LATER=${LAST_TOKEN}
TWICE=$$B_TOKEN
PASS_TOKEN='p4$w0rd'
NAME='$HOST_TOKEN'
";
    let folder = folder(&[("dag.yaml", "env: [A: '${URL}']\nsteps: [{id: a, env: [C: '${URL}'], run: env}]\n"), (".env", file)]);
    let expected = [
        "A (literal)",
        "C (env)",
        "B_TOKEN (env)",
        "NAME (literal)",
        "PASS_TOKEN (env)",
        "QUOTED (literal | env)",
        "TWICE (env)",
        "URL (env)",
    ];
    assert_eq!(seen(folder.path(), "a"), expected);
    for args in [&[][..], &["--format", "json"], &["--diff", "/dev/null"]] {
        let shown = creds(folder.path(), args).stdout;
        assert!(!shown.contains("hunter1") && !shown.contains("w0rd"), "{shown}");
    }
}

/// What is made of less than before is gone in part, and nothing new.
#[test]
fn less_of_a_value() {
    let dag = |value: &str| format!("env: [{{A_TOKEN: '{value}'}}]\nsteps: [{{id: a, run: env}}]\n");
    let folder = folder(&[("old.yaml", &dag("${CI_TOKEN}:${PROD_TOKEN}")), ("dag.yaml", &dag("${CI_TOKEN}"))]);
    let found = creds(folder.path(), &["--diff", "old.yaml", "--fail-on-new"]);
    let line = "- a sees less as A_TOKEN (env): was CI_TOKEN of the environment and PROD_TOKEN of the environment, is CI_TOKEN of the environment\n";
    assert_eq!((found.code, found.stdout.as_str()), (0, line));
}

/// What a step prints is not known, and that is said.
#[test]
fn outputs_are_not_followed() {
    let dag = "env: [A_TOKEN: '${CI_TOKEN}']\nsteps: [{id: a, run: 'printf %s \"$A_TOKEN\"', output: T}, {id: b, depends: a, run: env}]\n";
    let folder = folder(&[("dag.yaml", dag)]);
    let note = "what a step prints is not followed";
    for format in ["table", "json", "html"] {
        assert!(creds(folder.path(), &["--format", format]).stdout.contains(note), "{format}");
    }
}

/// What is in `defaults` counts for every step and handler, but not in the body of a `foreach`.
#[test]
fn defaults() {
    let dag = "\
env: [GH_TOKEN: '${HOST_TOKEN}']
defaults: {env: ['DEFAULT=${GH_TOKEN}']}
steps:
  - {id: a, container: {image: busybox}, run: env}
  - {id: b, container: {image: busybox}, env: {DEFAULT: none}, run: env}
  - id: each
    foreach:
      items: [1]
      steps: [{id: inner, container: {image: busybox}, run: env}]
handler_on:
  exit: {container: {image: busybox}, run: env}
";
    let folder = folder(&[("dag.yaml", dag)]);
    assert_eq!(seen(folder.path(), "a"), ["DEFAULT (env)"]);
    assert_eq!(seen(folder.path(), "handler onExit"), ["DEFAULT (env)"]);
    assert!(seen(folder.path(), "b").is_empty() && seen(folder.path(), "inner").is_empty());
}
