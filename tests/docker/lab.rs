//! The daemon, and a folder with a DAG to run on it.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for one test, on a machine with a daemon.
pub(crate) struct Lab {
    folder: TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) time: Duration,
}

impl Outcome {
    /// The lines that a step printed on standard output.
    pub(crate) fn lines(&self, step: &str) -> Vec<&str> {
        lines_of(&self.stdout, step)
    }

    /// The lines that a step printed on standard error.
    pub(crate) fn err_lines(&self, step: &str) -> Vec<&str> {
        lines_of(&self.stderr, step)
    }
}

fn lines_of<'a>(text: &'a str, step: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.split_once("| ").filter(|(name, _)| name.trim() == step).map(|(_, rest)| rest)).collect()
}

/// The daemon's answer to a request: status and body.
pub(crate) fn api(method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    let mut stream = UnixStream::connect(host.strip_prefix("unix://")?).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Whether the tests can run: there is a daemon, and it has the images.
fn is_ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        if api("GET", "/_ping", "").is_some_and(|(status, _)| status == 200) {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/images.sh");
            let made = Command::new("bash").arg(script).output().expect("bash starts");
            assert!(made.status.success(), "the test images cannot be made: {}", String::from_utf8_lossy(&made.stderr));
            return true;
        }
        let set = |name| std::env::var(name).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        assert!(!set("CI") && !set("DAGU_RS_REQUIRE_DOCKER"), "no Docker daemon answers, and CI or DAGU_RS_REQUIRE_DOCKER is set");
        // Not by a macro: the test harness would swallow it.
        let notice = b"\n##### SKIPPED: no Docker daemon answers; the tests that run containers were NOT run #####\n";
        std::io::stderr().write_all(notice).expect("standard error takes text");
        false
    })
}

impl Lab {
    /// A lab, or `None` (said aloud) where there is no daemon.
    pub(crate) fn new() -> Option<Self> {
        is_ready().then(|| Self { folder: TempDir::new().expect("a folder can be made") })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the file can be written");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The command, with an environment of its own: what the tests set and nothing else.
    pub(crate) fn command(&self, dag: &str) -> Command {
        let file = self.write("dag.yaml", dag);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.folder.path());
        if let Some(host) = std::env::var_os("DOCKER_HOST") {
            command.env("DOCKER_HOST", host);
        }
        command.env("DAGU_RS_HOME", self.path("state")).current_dir("/").stdin(Stdio::null()).args(["run"]).arg(file);
        command
    }

    /// Runs a DAG, and checks that no container of it is left.
    pub(crate) fn run(&self, dag: &str) -> Outcome {
        self.run_with(dag, |_| {})
    }

    /// Runs a DAG with changes to the command.
    pub(crate) fn run_with(&self, dag: &str, change: impl FnOnce(&mut Command)) -> Outcome {
        let mut command = self.command(dag);
        change(&mut command);
        self.outcome(spawn(&mut command))
    }

    /// Waits for a run to end, and checks that no container of it is left.
    pub(crate) fn outcome(&self, running: Running) -> Outcome {
        let outcome = running.wait();
        assert_eq!(self.containers(), Vec::<String>::new(), "containers are left: {outcome:#?}");
        outcome
    }

    /// The ids of all runs of this lab.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let folder = self.path("state/runs/dag");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
    }

    /// The containers of this lab's runs.
    pub(crate) fn containers(&self) -> Vec<String> {
        let ids = self.runs().into_iter().filter_map(|run| Some(run.file_name()?.to_str()?.to_owned()));
        ids.flat_map(|run| {
            let (status, body) = api("GET", &format!("/containers/json?all=1&filters={{\"label\":[\"dagu-rs.run={run}\"]}}"), "")
                .expect("the daemon answers");
            assert_eq!(status, 200, "{body}");
            body.split("\"Id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
    }
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    started: Instant,
}

pub(crate) fn spawn(command: &mut Command) -> Running {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    Running { child, started: Instant::now() }
}

impl Running {
    /// Sends a signal, by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().expect("kill starts");
        assert!(sent.success());
    }

    pub(crate) fn wait(self) -> Outcome {
        let started = self.started;
        let output = self.child.wait_with_output().expect("the command can be waited for");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            time: started.elapsed(),
        }
    }
}

/// A container that somebody else made.
pub(crate) struct Theirs(pub(crate) String);

impl Theirs {
    /// Starts one; it is removed when this is dropped.
    pub(crate) fn start(name: &str) -> Self {
        let _ = api("DELETE", &format!("/containers/{name}?force=1"), "");
        let body = r#"{"Image":"alpine:3.20","Cmd":["sleep","600"],"Env":["THEIRS=yes"],"HostConfig":{"Init":true}}"#;
        let (status, answer) = api("POST", &format!("/containers/create?name={name}"), body).expect("the daemon answers");
        assert_eq!(status, 201, "{answer}");
        let theirs = Self(name.to_owned());
        assert_eq!(api("POST", &format!("/containers/{name}/start"), "").expect("the daemon answers").0, 204);
        theirs
    }

    pub(crate) fn is_running(&self) -> bool {
        api("GET", &format!("/containers/{}/json", self.0), "").expect("the daemon answers").1.contains("\"Running\":true")
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = api("DELETE", &format!("/containers/{}?force=1", self.0), "");
    }
}

/// Waits until something holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
