//! The image that the Dockerfile makes, on a real daemon.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tools::{self, Outcome};
use crate::{BROKEN, CLEAN, root};

const IMAGE: &str = "dagu-rs-test:local";

/// A request to the daemon, with the address and by the means of `tests/lab/docker.sh`.
fn api(method: &str, path: &str, body: &str) -> Outcome {
    let script =
        ". tests/lab/docker.sh && docker_api \"$2\" --request \"$1\" --header 'Content-Type: application/json' --data-binary \"$3\"";
    let mut command = tools::command("bash", root());
    outcome_of(command.args(["-c", script, "bash", method, path, body]))
}

fn outcome_of(command: &mut std::process::Command) -> Outcome {
    for name in ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    tools::outcome(command)
}

fn has_daemon() -> bool {
    if api("GET", "/_ping", "").code == 0 {
        return true;
    }
    let set = |name| std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(!set("CI") && !set("DAGU_RS_REQUIRE_DOCKER"), "no Docker daemon answers, and CI or DAGU_RS_REQUIRE_DOCKER is set");
    use std::io::Write as _;
    let notice = b"\n##### SKIPPED: no Docker daemon answers; the image was NOT tried #####\n";
    std::io::stderr().write_all(notice).expect("standard error takes text");
    false
}

/// Runs the image on a folder, and gives its exit code and what it printed.
fn run(folder: &Path, args: &[&str]) -> (i64, String) {
    let bind = format!("{}:/work:ro", folder.display());
    let body = json!({
        "Image": IMAGE, "Cmd": args, "Tty": true, "Labels": {"dagu-rs.test": "1"},
        "HostConfig": {"Binds": [bind], "NetworkMode": "none", "ReadonlyRootfs": true},
    });
    let made: Value = serde_json::from_str(&api("POST", "/containers/create", &body.to_string()).good().stdout).unwrap();
    let id = made["Id"].as_str().unwrap();
    let started = api("POST", &format!("/containers/{id}/start"), "");
    let ended = api("POST", &format!("/containers/{id}/wait"), "");
    let printed = api("GET", &format!("/containers/{id}/logs?stdout=1&stderr=1"), "");
    api("DELETE", &format!("/containers/{id}?force=1"), "").good();
    started.good();
    let ended: Value = serde_json::from_str(&ended.good().stdout).unwrap();
    (ended["StatusCode"].as_i64().unwrap(), printed.good().stdout)
}

#[test]
fn it_checks_a_mounted_folder() {
    if !has_daemon() {
        return;
    }
    tools::outcome(tools::command("bash", root()).args(["tests/lab/image.sh", env!("CARGO_BIN_EXE_dagu-rs"), IMAGE])).good();
    let image: Value = serde_json::from_str(&api("GET", &format!("/images/{IMAGE}/json"), "").good().stdout).unwrap();
    assert_eq!(image["Config"]["User"], "65532:65532");
    assert_eq!(image["Config"]["Entrypoint"], json!(["dagu-rs"]));

    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("good.yaml"), CLEAN).unwrap();
    let (code, printed) = run(folder.path(), &["check"]);
    assert_eq!(code, 0, "{printed}");
    fs::write(folder.path().join("bad.yaml"), BROKEN).unwrap();
    let (code, printed) = run(folder.path(), &["check", "--format", "concise"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("bad.yaml:4:5: error[unknown-key]"), "{printed}");
    let (code, printed) = run(folder.path(), &[]);
    assert!(code == 0 && printed.contains("Report what is wrong with DAG files"), "{code}: {printed}");
}
