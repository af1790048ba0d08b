//! The matrix of steps and credentials, and what a change newly shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::base::folder;
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
