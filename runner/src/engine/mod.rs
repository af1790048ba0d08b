//! What the runner asks of a container engine.

pub mod docker;
pub mod inside;
mod remedy;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::ContainerCreateBody;
use futures_util::stream::BoxStream;

/// A piece of output.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Whether it came on standard error.
    pub stderr: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The output of a process, as it arrives.
pub type Output = BoxStream<'static, Result<Chunk, EngineError>>;

/// Why the engine did not do what was asked.
#[derive(Clone, Debug)]
pub struct EngineError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What was being done, to what, and what the engine said.
    pub message: String,
}

/// Kinds of failure that the runner treats apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The engine does not answer.
    Unreachable,
    /// The container, image or path is not there.
    NotFound,
    /// A name is taken.
    Conflict,
    /// The program to start is not in the image.
    NoProgram,
    /// Anything else.
    Other,
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

/// The state of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The full id.
    pub id: String,
    /// Whether its main process runs.
    pub running: bool,
    /// `created`, `running`, `exited`, ...
    pub status: String,
    /// The exit code of the main process, once it ended.
    pub exit_code: i64,
    /// `starting`, `healthy`, `unhealthy`; `None` without a health check.
    pub health: Option<String>,
}

/// A command to execute in a running container.
#[derive(Clone, Debug, Default)]
pub struct Exec {
    /// The command and its arguments.
    pub argv: Vec<String>,
    /// `NAME=value`
    pub env: Vec<String>,
    /// The user; the container's when `None`.
    pub user: Option<String>,
    /// The working directory; the container's when `None`.
    pub working_dir: Option<String>,
}

/// A container engine. Every error names what was being done.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Where it listens, such as `unix:///var/run/docker.sock`.
    fn address(&self) -> &str;
    /// Whether paths of this machine are paths of the engine's.
    fn is_local(&self) -> bool;
    /// Whether an image is there.
    async fn has_image(&self, image: &str) -> Result<bool, EngineError>;
    /// Fetches an image; `progress` receives the engine's status lines.
    async fn pull(&self, image: &str, platform: Option<&str>, progress: &(dyn Fn(String) + Send + Sync)) -> Result<(), EngineError>;
    /// Makes a container and gives its id.
    async fn create(&self, name: Option<&str>, platform: Option<&str>, body: ContainerCreateBody) -> Result<String, EngineError>;
    /// Starts a container.
    async fn start(&self, id: &str) -> Result<(), EngineError>;
    /// The output of a container's main process from now on.
    async fn attach(&self, id: &str) -> Result<Output, EngineError>;
    /// The output of a container's main process from its beginning on.
    async fn logs(&self, id: &str, follow: bool) -> Result<Output, EngineError>;
    /// Waits until a container has ended and gives its exit code.
    async fn wait(&self, id: &str) -> Result<i64, EngineError>;
    /// Starts a command in a container; gives the id to ask for its exit code.
    async fn exec(&self, container: &str, exec: &Exec) -> Result<(String, Output), EngineError>;
    /// The exit code of a command; `None` while it runs.
    async fn exec_code(&self, exec: &str) -> Result<Option<i64>, EngineError>;
    /// The state of a container; `None` when there is no such container.
    async fn inspect(&self, container: &str) -> Result<Option<State>, EngineError>;
    /// One item for each event of a container since a moment (seconds since 1970).
    fn events(&self, container: &str, since: u64) -> BoxStream<'static, ()>;
    /// Asks a container to end, and ends it after the grace period.
    async fn stop(&self, id: &str, grace: Duration) -> Result<(), EngineError>;
    /// Sends a signal to a container's main process.
    async fn signal(&self, id: &str, signal: &str) -> Result<(), EngineError>;
    /// Removes a container, running or not, with its anonymous volumes.
    async fn remove(&self, id: &str) -> Result<(), EngineError>;
    /// Whether a path exists in a container, running or not.
    async fn has_path(&self, id: &str, path: &str) -> Result<bool, EngineError>;
    /// Unpacks a tar archive into a folder of a container.
    async fn upload(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<(), EngineError>;
    /// A path of a container as a tar archive; `None` when it is not there.
    async fn download(&self, id: &str, path: &str) -> Result<Option<Vec<u8>>, EngineError>;
    /// The containers with a label.
    async fn labelled(&self, label: &str) -> Result<Vec<String>, EngineError>;
}

/// Where the engine listens, by the environment of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `unix://...` or `tcp://...`.
    pub url: String,
    /// `Docker` or `Podman`.
    pub product: &'static str,
    /// What the choice rests on: variables, or a socket that is there.
    pub because: &'static str,
    /// The variable that says where it listens, when one does.
    pub variable: Option<&'static str>,
}

/// Chooses the engine. Only the environment of the process counts, never the DAG's `env`.
///
/// # Errors
/// When `DAGU_CONTAINER_RUNTIME` is neither `docker` nor `podman`.
pub fn address(environment: &BTreeMap<String, String>, exists: impl Fn(&str) -> bool) -> Result<Address, String> {
    let variable = |name: &str| environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    match variable("DAGU_CONTAINER_RUNTIME").map(str::to_lowercase).as_deref() {
        None | Some("docker") => Ok(match variable("DOCKER_HOST") {
            Some(url) => Address { url: url.to_owned(), product: "Docker", because: "DOCKER_HOST", variable: Some("DOCKER_HOST") },
            None => Address {
                url: "unix:///var/run/docker.sock".to_owned(),
                product: "Docker",
                because: "the default: neither DAGU_CONTAINER_RUNTIME=podman nor DOCKER_HOST is set",
                variable: None,
            },
        }),
        Some("podman") => {
            let rootful = "/run/podman/podman.sock".to_owned();
            let rootless = variable("XDG_RUNTIME_DIR").map(|folder| format!("{folder}/podman/podman.sock"));
            let (socket, because) = match variable("DAGU_PODMAN_HOST") {
                Some(url) => {
                    let because = "DAGU_CONTAINER_RUNTIME=podman and DAGU_PODMAN_HOST";
                    return Ok(Address { url: url.to_owned(), product: "Podman", because, variable: Some("DAGU_PODMAN_HOST") });
                }
                None if exists(&rootful) => (rootful, "DAGU_CONTAINER_RUNTIME=podman, and the rootful socket is there"),
                None => match rootless.filter(|path| exists(path)) {
                    Some(rootless) => (rootless, "DAGU_CONTAINER_RUNTIME=podman, and only the rootless socket is there"),
                    None => (rootful, "DAGU_CONTAINER_RUNTIME=podman, and neither the rootful nor a rootless socket is there"),
                },
            };
            Ok(Address { url: format!("unix://{socket}"), product: "Podman", because, variable: None })
        }
        Some(other) => Err(format!("DAGU_CONTAINER_RUNTIME is `{other}`, which is no container runtime: set it to `docker` or `podman`")),
    }
}

/// A tar archive of one file.
///
/// # Errors
/// When the path is too long for an archive.
pub fn archive(path: &str, mode: u32, content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, path, content)?;
    builder.into_inner()
}

/// The first file in a tar archive.
pub fn first_file(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        if entry.header().entry_type().is_file() {
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).ok()?;
            return Some(content);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let choose = |variables: &[(&str, &str)], sockets: &[&str]| {
            let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            address(&environment, |path| sockets.contains(&path)).map(|address| address.url)
        };
        let podman = ("DAGU_CONTAINER_RUNTIME", "Podman ");
        assert_eq!(choose(&[], &[]).unwrap(), "unix:///var/run/docker.sock");
        assert_eq!(choose(&[("DOCKER_HOST", "tcp://h:1"), ("DAGU_CONTAINER_RUNTIME", "")], &[]).unwrap(), "tcp://h:1");
        assert_eq!(choose(&[podman, ("DOCKER_HOST", "tcp://h:1")], &[]).unwrap(), "unix:///run/podman/podman.sock");
        assert_eq!(choose(&[podman, ("XDG_RUNTIME_DIR", "/u")], &["/u/podman/podman.sock"]).unwrap(), "unix:///u/podman/podman.sock");
        let both = ["/u/podman/podman.sock", "/run/podman/podman.sock"];
        assert_eq!(choose(&[podman, ("XDG_RUNTIME_DIR", "/u")], &both).unwrap(), "unix:///run/podman/podman.sock");
        assert_eq!(choose(&[podman, ("DAGU_PODMAN_HOST", "unix:///p")], &both).unwrap(), "unix:///p");
        assert!(choose(&[("DAGU_CONTAINER_RUNTIME", "bogus")], &[]).unwrap_err().contains("`bogus`"));
    }

    #[test]
    fn archives() {
        let packed = archive("a/b.txt", 0o644, b"hi").unwrap();
        assert_eq!(first_file(&packed).unwrap(), b"hi");
        assert_eq!(first_file(b"junk"), None);
    }
}
