//! `check --probe` and `doctor` on a real daemon: what is in images, without starting anything of them.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::lab::{Lab, api, spawn, wait_until};

/// Each test looks at all containers that are looked into.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An image of a test, removed at its end.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        api("DELETE", &format!("/images/{}?force=1", self.0), "");
    }
}

impl Image {
    fn name(what: &str) -> Self {
        Self(format!("dagu-rs-test-probe-{what}:{}", std::process::id()))
    }

    /// The test's Alpine with instructions of a Dockerfile.
    fn changed(what: &str, changes: &str) -> Self {
        let image = Self::name(what);
        let (status, body) = api("POST", "/containers/create", r#"{"Image": "alpine:3.20"}"#).unwrap();
        assert_eq!(status, 201, "{body}");
        let id = body.split('"').nth(3).unwrap();
        let (repo, tag) = image.0.split_once(':').unwrap();
        let changes: String = changes.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let (status, body) = api("POST", &format!("/commit?container={id}&repo={repo}&tag={tag}&changes={changes}"), "{}").unwrap();
        assert_eq!(status, 201, "{body}");
        assert_eq!(api("DELETE", &format!("/containers/{id}"), "").unwrap().0, 204);
        image
    }

    /// An image that holds a folder, and nothing else.
    fn of(what: &str, folder: &Path) -> Self {
        let image = Self::name(what);
        let tar = Command::new("tar").args(["-cf", "-", "-C"]).arg(folder).arg(".").output().unwrap();
        let (repo, tag) = image.0.split_once(':').unwrap();
        let (status, body) =
            api("POST", &format!("/images/create?fromSrc=-&repo={repo}&tag={tag}"), std::str::from_utf8(&tar.stdout).unwrap()).unwrap();
        assert!(status == 200 && !body.contains("\"error\""), "{body}");
        image
    }
}

/// Containers that were looked into.
fn left() -> String {
    api("GET", "/containers/json?all=1&filters={\"label\":[\"dagu-rs.probe\"]}", "").unwrap().1
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn dagu_rs(lab: &Lab, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", lab.path(""));
    command.envs(std::env::var_os("DOCKER_HOST").map(|host| ("DOCKER_HOST", host))).env("HERE", lab.path(""));
    command.current_dir(lab.path("")).args(args).output().unwrap()
}

/// The findings of a DAG as `line rule`, and what was said on standard error.
fn probe(lab: &Lab, dag: &str) -> Vec<String> {
    lab.write("dag.yaml", dag);
    let output = dagu_rs(lab, &["check", "--probe", "--format", "concise", "dag.yaml"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let found = text.lines().filter_map(|line| {
        let (place, rest) = line.strip_prefix("dag.yaml:")?.split_once(": ")?;
        Some(format!("{} {}", place.split(':').next()?, rest.split(']').next()?.replace('[', " ")))
    });
    found.collect()
}

#[test]
fn each_case_is_found_and_nothing_is_started_or_left() {
    let Some(lab) = Lab::new() else { return };
    let _alone = alone();
    let started = now();
    std::fs::create_dir_all(lab.path("root/bin")).unwrap();
    std::fs::write(lab.path("root/bin/tool"), "#!/nothing\n").unwrap();
    std::fs::write(lab.path("root/bin/notes"), "no program\n").unwrap();
    Command::new("chmod").arg("755").arg(lab.path("root/bin/tool")).status().unwrap();
    std::os::unix::fs::symlink("/bin/tool", lab.path("root/bin/link")).unwrap();
    std::os::unix::fs::symlink("nowhere", lab.path("root/bin/dangling")).unwrap();
    let bare = Image::of("bare", &lab.path("root"));
    let front = Image::changed("front", "ENTRYPOINT [\"/bin/echo\", \"swallowed\"]");
    let handing = Image::changed("handing", "ENTRYPOINT [\"/bin/sh\", \"-c\", \"exec \\\"$@\\\"\", \"--\"]");
    let user = Image::changed("user", "USER 1000:1000");
    let bypass = "    action: harness.run\n    with: {provider: claude, prompt: hi, dangerously_skip_permissions: true}\n";
    let own = |image: &str, more: &str, rest: &str| {
        format!("steps:\n  - id: a\n    container: {{image: '{image}', pull_policy: never{more}}}\n{rest}")
    };
    let run = |image: &str, more: &str, run: &str| own(image, more, &format!("    run: {run}\n"));
    let agent = |image: &str| own(image, ", env: ['ANTHROPIC_API_KEY=x']", bypass);
    let root =
        |image: &str, more: &str| format!("container: {{image: '{image}', pull_policy: never{more}}}\nsteps: [{{id: a, run: tool}}]\n");
    for (dag, expected) in [
        (run("alpine:3.20", "", "ls -l"), &[][..]),
        (run("alpine:3.20", "", "/bin/ls -l"), &[]),
        (run("dagu-rs-test-absent:1", "", "ls"), &["3 error image-not-present"]),
        (run("dagu-rs-test-absent:1", "", "ls").replace("never", "missing"), &["3 warning image-not-present"]),
        (run("registry.example.com/absent:1", "", "ls").replace("never", "missing"), &[]),
        (run("alpine:3.20", "", "terraform plan"), &["4 error program-not-in-image"]),
        (run("alpine:3.20", "", "terraform plan || true"), &["4 warning container-shell-operators"]),
        (run("alpine:3.20", ", shell: [sh, -c]", "terraform plan && echo"), &["4 error program-not-in-image"]),
        (
            run("alpine:3.20", ", volumes: ['./bin:/usr/local/bin']", "terraform plan").replace("steps", "working_dir: .\nsteps"),
            &["4 warning bind-source-missing"],
        ),
        (run("alpine:3.20", "", "[apk add terraform, terraform plan]"), &[]),
        (run("alpine:3.20", ", shell: [/bin/busybox, sh, -c]", "import os"), &[]),
        (run("alpine:3.20", ", env: {PATH: /opt/tools}", "terraform plan"), &[]),
        // A step may build the image first.
        (run("dagu-rs-test-absent:1", "", "ls\n  - run: docker build -t dagu-rs-test-absent:1 ."), &[]),
        (run("alpine:3.20", ", volumes: ['${HERE}/made:/in']", "ls\n  - run: mkdir -p $HERE/made"), &[]),
        (run("alpine:3.20", ", shell: [zsh, -c]", "ls"), &["3 error container-shell-not-in-image"]),
        (run(&bare.0, "", "tool x"), &[]),
        (run(&bare.0, "", "link x"), &[]),
        (run(&bare.0, "", "dangling x"), &["4 error program-not-in-image"]),
        (run(&bare.0, "", "notes x"), &["4 error program-not-in-image"]),
        (run(&bare.0, ", shell: [sh, -c]", "tool x"), &["3 error container-shell-not-in-image"]),
        (root(&bare.0, ""), &["1 warning container-shell-not-in-image"]),
        (root(&bare.0, ", startup: entrypoint"), &["1 error startup-without-process"]),
        (root(&front.0, ", startup: entrypoint").replace("tool", "ls"), &[]),
        (run("alpine:3.20", ", platform: linux/s390x", "ls"), &["3 error image-platform-differs"]),
        (run(&front.0, "", "ls"), &["4 warning image-entrypoint-in-front"]),
        (run(&front.0, "", "[ls, ls]"), &[]),
        (run(&handing.0, "", "ls"), &[]),
        (agent("alpine:3.20"), &["4 error harness-binary-not-in-image", "5 warning permission-bypass-as-root"]),
        (agent("dagu-claude-runner:local"), &["5 warning permission-bypass-as-root"]),
        (agent(&user.0), &["5 error harness-binary-not-in-image"]),
        (run("alpine:3.20", ", volumes: ['${HERE}/in:/in', '${HERE}:/here']", "ls"), &["3 warning bind-source-missing"]),
        (
            run("${consts.IMAGE}", "", "ls").replace("steps:", "consts: [{IMAGE: 'dagu-rs-test-absent:1'}]\nsteps:"),
            &["4 error image-not-present"],
        ),
    ] {
        let found: Vec<String> = probe(&lab, &dag).into_iter().collect();
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        // The place within a flow mapping is not the matter here.
        let rules = |lines: &[String]| lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>();
        assert_eq!(rules(&found), rules(&expected), "{dag}{found:#?}");
        assert_eq!(left().trim(), "[]", "{dag}");
    }
    let filters = "{\"label\":[\"dagu-rs.probe\"]}";
    let (_, events) = api("GET", &format!("/events?since={started}&until={}&filters={filters}", now() + 1), "").unwrap();
    assert!(events.contains("\"status\":\"create\"") && events.contains("\"status\":\"destroy\""), "{events}");
    assert!(!events.contains("\"status\":\"start\""), "{events}");
}

#[test]
fn each_image_is_asked_once_for_all_files() {
    let Some(lab) = Lab::new() else { return };
    let _alone = alone();
    let image = Image::changed("once", "USER 7");
    let (_, inspected) = api("GET", &format!("/images/{}/json", image.0), "").unwrap();
    let id = inspected.split('"').nth(3).unwrap();
    for name in ["a", "b", "c"] {
        let dag = format!("container: {{image: '{}'}}\nsteps: [{{id: a, run: ls}}, {{id: b, run: nothing-so-{name}}}]\n", image.0);
        lab.write(&format!("{name}.yaml"), &dag);
    }
    let started = now();
    let output = dagu_rs(&lab, &["check", "--probe", "--format", "concise", "."]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((text.lines().filter(|line| line.contains("program-not-in-image")).count(), output.status.code()), (3, Some(1)), "{text}");
    let filters = "{\"label\":[\"dagu-rs.probe\"],\"event\":[\"create\"]}";
    let (_, events) = api("GET", &format!("/events?since={started}&until={}&filters={filters}", now() + 1), "").unwrap();
    assert_eq!(events.lines().filter(|line| line.contains(id)).count(), 1, "{events}");
}

/// A socket on which something listens that never answers.
#[test]
fn an_engine_that_does_not_answer_is_given_up() {
    let Some(lab) = Lab::new() else { return };
    let _alone = alone();
    let socket = lab.path("deaf.sock");
    let _deaf = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.env_clear().env("DOCKER_HOST", format!("unix://{}", socket.display())).arg("doctor");
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("did not answer within 10 seconds"), "{text}");
}

/// What is looked into when somebody presses Ctrl-C is removed as well.
#[test]
fn an_interrupt_leaves_nothing() {
    let Some(lab) = Lab::new() else { return };
    let _alone = alone();
    let programs: String = (0..3000).map(|number| format!("  - run: none-{number}\n")).collect();
    lab.write("dag.yaml", &format!("container: {{image: 'alpine:3.20'}}\nsteps:\n{programs}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.envs(std::env::var_os("DOCKER_HOST").map(|host| ("DOCKER_HOST", host))).current_dir(lab.path(""));
    let running = spawn(command.args(["check", "--probe", "--format", "concise", "dag.yaml"]));
    wait_until("a container is looked into", || left().trim() != "[]");
    running.signal("INT");
    let outcome = running.wait();
    assert!(outcome.code == 2 && outcome.stderr.contains("interrupted"), "{}", outcome.stderr);
    wait_until("it is removed", || left().trim() == "[]");
}

#[test]
fn doctor_sees_the_engine_and_images() {
    let Some(lab) = Lab::new() else { return };
    let _alone = alone();
    lab.write("dag.yaml", "container: {image: 'alpine:3.20'}\nsteps: [{id: a, run: ls}]\n");
    let output = dagu_rs(&lab, &["doctor", "dag.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{json:#}");
    assert_eq!((&json["engine"]["reachable"], &json["images"][0]["present"]), (&true.into(), &true.into()), "{json:#}");
    assert!(json["images"][0]["size"].as_u64().unwrap() > 0, "{json:#}");
    lab.write("dag.yaml", "container: {image: 'dagu-rs-test-absent:1', pull_policy: never}\nsteps: [{id: a, run: ls}]\n");
    let output = dagu_rs(&lab, &["doctor", "dag.yaml"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("WRONG  dagu-rs-test-absent:1: not there"), "{text}");
}
