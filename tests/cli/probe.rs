//! `check --probe` and `doctor` where no container engine answers.

use std::os::unix::net::UnixListener;

use assert_cmd::Command;

use super::folder;
use super::{Outcome, dagu_rs, outcome};

const DAG: &str = "\
secrets: [{name: TOKEN, provider: env, key: NOT_SET_ANYWHERE}]
steps:
  - id: a
    container: {image: 'tool:1', pull_policy: never, volumes: ['/not/there/at/all:/x', '${NO_SUCH_FOLDER}:/y']}
    run: ls /x
  - id: b
    action: harness.run
    with: {provider: goose, prompt: hi}
";

/// With an engine at an address, and nothing in the PATH.
fn at(host: &str, args: &[&str]) -> Command {
    let mut command = dagu_rs();
    command.env_remove("DAGU_CONTAINER_RUNTIME").env_remove("DAGU_PODMAN_HOST").env("DOCKER_HOST", host).env("PATH", "/nonexistent");
    command.args(args);
    command
}

fn lines(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().map(|line| line.split("] ").next().unwrap_or_default()).collect()
}

#[test]
fn without_an_engine_the_rest_is_still_found() {
    let folder = folder(&[("dag.yaml", DAG), ("other.yaml", DAG)]);
    let found = outcome(at("unix:///nonexistent/d.sock", &["check", "--probe", "--format", "concise", "dag.yaml"]).current_dir(&folder));
    assert_eq!(
        lines(&found),
        [
            "dag.yaml:1:45: error[secret-variable-unset",
            "dag.yaml:4:65: warning[bind-source-missing",
            "dag.yaml:4:89: error[volume-source-variable-unset",
            "dag.yaml:8:22: error[harness-binary-not-on-host",
        ],
        "{}",
        found.stdout
    );
    assert_eq!(found.code, 2, "{}", found.stderr);
    assert_eq!(found.stderr.lines().count(), 1, "{}", found.stderr);
    for part in ["cannot reach Docker at unix:///nonexistent/d.sock", "There is no such socket", "systemctl start docker", "DOCKER_HOST"] {
        assert!(found.stderr.contains(part), "{part}: {}", found.stderr);
    }
    // Of many files it is said once; standard input and JSON work as without.
    let two = outcome(at("unix:///nonexistent/d.sock", &["check", "--probe", "--format", "json", "."]).current_dir(&folder));
    let json: serde_json::Value = serde_json::from_str(&two.stdout).unwrap();
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), 8);
    assert_eq!((two.code, two.stderr.lines().count()), (2, 1), "{}", two.stderr);
    let stdin = outcome(at("unix:///nonexistent/d.sock", &["check", "--probe", "--format", "concise", "-"]).write_stdin(DAG));
    assert_eq!((stdin.code, lines(&stdin).len()), (2, 4), "{}", stdin.stdout);
}

/// A source that is all reference is looked for where the reference leads, unless a step on the host may make it.
#[test]
fn a_source_may_be_a_reference() {
    let dag = |first: &str| {
        let step = "{id: b, container: {image: 'tool:1', volumes: ['${DIR}:/x']}, run: ls /x}";
        format!("params: [DIR: /not/there/at/all]\nsteps:\n  - {first}\n  - {step}\n")
    };
    for (first, found) in
        [("{id: a, run: date}", 1), ("{id: a, run: 'mkdir -p ${DIR}'}", 0), ("{id: a, run: 'mkdir -p /not/there/at/all'}", 0)]
    {
        let folder = folder(&[("dag.yaml", &dag(first))]);
        let outcome =
            outcome(at("unix:///nonexistent/d.sock", &["check", "--probe", "--format", "concise", "dag.yaml"]).current_dir(&folder));
        let lines: Vec<&str> = outcome.stdout.lines().filter(|line| line.contains("bind-source-missing")).collect();
        assert_eq!(lines.len(), found, "{first}: {}", outcome.stdout);
        assert!(lines.iter().all(|line| line.contains("dag.yaml:4:") && line.contains("`/not/there/at/all`")), "{}", outcome.stdout);
    }
}

#[test]
fn without_the_option_nothing_is_asked() {
    let folder = folder(&[("dag.yaml", DAG)]);
    let found = outcome(at("unix:///nonexistent/d.sock", &["check", "--format", "concise", "dag.yaml"]).current_dir(&folder));
    assert_eq!(lines(&found), ["dag.yaml:4:89: warning[volume-source-variable-unset"], "{}", found.stdout);
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
}

#[test]
fn a_dag_without_containers_needs_no_engine() {
    let folder = folder(&[("dag.yaml", "steps: [{id: a, run: echo hi}]\n")]);
    for command in [&["check", "--probe", "dag.yaml"][..], &["doctor", "dag.yaml"]] {
        let found = outcome(at("unix:///nonexistent/d.sock", command).current_dir(&folder));
        assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{}", found.stdout);
    }
}

#[test]
fn the_remedy_fits_the_trouble() {
    let folder = folder(&[("file", ""), ("dag.yaml", DAG)]);
    let path = |name: &str| format!("unix://{}", folder.path().join(name).display());
    drop(UnixListener::bind(folder.path().join("dead.sock")).unwrap());
    for (host, part) in [
        (path("dead.sock"), "nobody listens on it"),
        (path("file"), "This is no socket"),
        (path("nothing"), "There is no such socket"),
        ("tcp://127.0.0.1:1".to_owned(), "Nothing answers there"),
        ("ssh://me@there".to_owned(), "must start with `unix://` or `tcp://`"),
    ] {
        let found = outcome(&mut at(&host, &["doctor"]));
        assert!(found.code == 1 && found.stdout.contains("WRONG") && found.stdout.contains(part), "{host}: {}", found.stdout);
        assert!(found.stdout.contains("chosen by DOCKER_HOST") && found.stdout.contains("correct DOCKER_HOST"), "{}", found.stdout);
        let check = outcome(at(&host, &["check", "--probe", "dag.yaml"]).current_dir(&folder));
        assert!(check.code == 2 && check.stderr.contains(part), "{host}: {}", check.stderr);
    }
    let podman = outcome(at("", &["doctor"]).env("DAGU_CONTAINER_RUNTIME", "podman").env("DAGU_PODMAN_HOST", path("nothing")));
    for part in ["Podman at unix://", "DAGU_CONTAINER_RUNTIME=podman and DAGU_PODMAN_HOST", "podman.socket"] {
        assert!(podman.code == 1 && podman.stdout.contains(part), "{part}: {}", podman.stdout);
    }
    let bogus = outcome(at("", &["doctor"]).env("DAGU_CONTAINER_RUNTIME", "bogus"));
    assert!(bogus.code == 1 && bogus.stdout.contains("set it to `docker` or `podman`"), "{}", bogus.stdout);
}

/// An image that is named in two ways is listed once.
#[test]
fn doctor_lists_an_image_once() {
    let dag = "env: [TAG: local]\nsteps:\n  - {id: a, container: {image: 'x:${TAG}'}, run: ls}\n  - {id: b, container: {image: 'x:local'}, run: ls}\n";
    let folder = folder(&[("dag.yaml", dag)]);
    let found = outcome(at("unix:///nonexistent/d.sock", &["doctor", "dag.yaml", "--format", "json"]).current_dir(&folder));
    let json: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let images: Vec<&str> = json["images"].as_array().unwrap().iter().map(|row| row["image"].as_str().unwrap()).collect();
    assert_eq!(images, ["x:local"]);
}

#[test]
fn doctor_says_who_sets_what() {
    let dag = "\
params: [{GIVEN: x}]
env: [{TAKEN: '${FROM_HERE}'}, {GONE: '${NOT_SET_ANYWHERE}'}]
secrets: [{name: GIVEN_TOO, provider: env, key: GIVEN}]
container:
  image: alpine
  env: ['A=${GIVEN}', 'B=${DOT}', 'C=${FROM_HERE}', 'D=${NOT_SET_ANYWHERE}', 'E=${A}']
steps: [{id: a, run: echo}]
";
    let folder = folder(&[("dag.yaml", dag), (".env", "DOT=1\n"), ("notes.txt", "no DAG\n")]);
    let found =
        outcome(at("unix:///nonexistent/d.sock", &["doctor", "dag.yaml", "--format", "json"]).current_dir(&folder).env("FROM_HERE", "x"));
    let json: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    let rows: Vec<String> = json["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {} {}", row["mark"], row["name"], row["set_by"], row["needed_for"]).replace('"', ""))
        .collect();
    assert_eq!(
        rows,
        [
            "ok DOT dotenv [container.env]",
            "ok FROM_HERE environment [container.env,env]",
            "wrong GIVEN null [secrets]",
            "ok GIVEN dag [container.env]",
            "wrong NOT_SET_ANYWHERE null [container.env,env]",
        ]
    );
    assert_eq!((found.code, json["engine"]["needed"].as_bool(), json["engine"]["reachable"].as_bool()), (1, Some(true), Some(false)));
    let none = outcome(at("", &["doctor", "notes.txt"]).current_dir(&folder));
    assert_eq!((none.code, none.stdout.as_str()), (3, ""));
    let missing = outcome(at("", &["doctor", "nowhere.yaml"]).current_dir(&folder));
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
    let plain = outcome(at("", &["doctor", "dag.yaml"]).current_dir(&folder));
    assert!(!plain.stdout.contains('\u{1b}'), "{}", plain.stdout);
    let colored = outcome(at("", &["doctor", "dag.yaml", "--color", "always"]).current_dir(&folder));
    assert!(colored.stdout.contains("\u{1b}[1;31mWRONG"), "{}", colored.stdout);
}
