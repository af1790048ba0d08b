//! Docker, and Podman by its Docker-compatible socket.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCreateBody, ExecConfig};
use bollard::query_parameters as query;
use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};

use crate::engine::{Address, Chunk, Engine, EngineError, ErrorKind, Exec, Output, State, remedy};

/// Seconds that a request may take. Output streams are upgraded connections and not bound by it.
const TIMEOUT: u64 = 120;

/// A connection to the engine.
#[derive(Debug)]
pub struct DockerEngine {
    pub(super) docker: Docker,
    pub(super) address: Address,
}

impl DockerEngine {
    /// Connects, and agrees on an API version.
    ///
    /// # Errors
    /// When nothing answers at the address.
    pub async fn connect(address: Address) -> Result<Self, EngineError> {
        let url = address.url.as_str();
        let docker = if url.starts_with("unix://") || url.starts_with('/') {
            Docker::connect_with_unix(url, TIMEOUT, API_DEFAULT_VERSION)
        } else if url.starts_with("tcp://") || url.starts_with("http://") {
            Docker::connect_with_http(url, TIMEOUT, API_DEFAULT_VERSION)
        } else {
            let message = format!("the {} address `{url}` is not supported. {}", address.product, remedy::of(&address));
            return Err(EngineError { kind: ErrorKind::Unreachable, message });
        };
        let docker = match docker {
            Ok(docker) => docker.negotiate_version().await,
            Err(error) => Err(error),
        };
        docker.map_err(|error| unreachable(&address, &error)).map(|docker| Self { docker, address: address.clone() })
    }

    pub(super) fn error(&self, doing: &str, error: Error) -> EngineError {
        translate(&self.address, doing, error)
    }
}

fn unreachable(address: &Address, error: &Error) -> EngineError {
    let remedy = remedy::of(address);
    let message = format!("cannot reach {} at {}: {}. {remedy}", address.product, address.url, text(error));
    EngineError { kind: ErrorKind::Unreachable, message }
}

/// The error and all it came from: bollard's own text often says little.
fn text(error: &Error) -> String {
    let mut out = error.to_string();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(next) = cause {
        let said = next.to_string();
        if !out.contains(&said) {
            out.push_str(": ");
            out.push_str(&said);
        }
        cause = next.source();
    }
    out
}

fn translate(address: &Address, doing: &str, error: Error) -> EngineError {
    let (kind, said) = match &error {
        Error::DockerResponseServerError { status_code, message } => {
            let no_program = message.contains("executable file not found")
                || (message.contains("no such file or directory") && message.contains("exec"));
            let kind = match status_code {
                _ if no_program => ErrorKind::NoProgram,
                404 => ErrorKind::NotFound,
                409 => ErrorKind::Conflict,
                _ => ErrorKind::Other,
            };
            (kind, message.trim().to_owned())
        }
        Error::HyperResponseError { .. } | Error::HyperLegacyError { .. } | Error::IOError { .. } => {
            return EngineError { message: format!("{doing}: {}", unreachable(address, &error).message), kind: ErrorKind::Unreachable };
        }
        Error::RequestTimeoutError => (ErrorKind::Other, format!("{} did not answer within {TIMEOUT} seconds", address.product)),
        _ => (ErrorKind::Other, text(&error)),
    };
    EngineError { kind, message: format!("{doing}: {said}") }
}

fn output(stream: impl Stream<Item = Result<LogOutput, Error>> + Send + 'static, address: Address, doing: String) -> Output {
    stream
        .map(move |item| match item {
            Ok(log) => Ok(Chunk { stderr: matches!(log, LogOutput::StdErr { .. }), bytes: log.into_bytes().to_vec() }),
            Err(error) => Err(translate(&address, &doing, error)),
        })
        .boxed()
}

#[async_trait]
impl Engine for DockerEngine {
    fn address(&self) -> &str {
        &self.address.url
    }

    fn is_local(&self) -> bool {
        !self.address.url.starts_with("tcp://") && !self.address.url.starts_with("http://")
    }

    async fn has_image(&self, image: &str) -> Result<bool, EngineError> {
        match self.docker.inspect_image(image).await.map_err(|error| self.error(&format!("looking for image {image}"), error)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn pull(&self, image: &str, platform: Option<&str>, progress: &(dyn Fn(String) + Send + Sync)) -> Result<(), EngineError> {
        let options = query::CreateImageOptions {
            from_image: Some(image.to_owned()),
            // Without a tag the engine would fetch every tag there is.
            tag: (!has_tag(image)).then(|| "latest".to_owned()),
            platform: platform.unwrap_or_default().to_owned(),
            ..Default::default()
        };
        let mut stream = self.docker.create_image(Some(options), None, None);
        while let Some(item) = stream.next().await {
            let info = item.map_err(|error| self.error(&format!("pulling image {image}"), error))?;
            if let Some(message) = info.error_detail.and_then(|detail| detail.message) {
                return Err(EngineError { kind: ErrorKind::Other, message: format!("pulling image {image}: {message}") });
            }
            if let Some(status) = info.status {
                progress(status);
            }
        }
        Ok(())
    }

    async fn create(&self, name: Option<&str>, platform: Option<&str>, body: ContainerCreateBody) -> Result<String, EngineError> {
        let doing = format!("creating a container from image {}", body.image.as_deref().unwrap_or_default());
        let options = query::CreateContainerOptions { name: name.map(str::to_owned), platform: platform.unwrap_or_default().to_owned() };
        self.docker.create_container(Some(options), body).await.map(|created| created.id).map_err(|error| self.error(&doing, error))
    }

    async fn start(&self, id: &str) -> Result<(), EngineError> {
        self.docker.start_container(id, None).await.map_err(|error| self.error("starting the container", error))
    }

    async fn attach(&self, id: &str) -> Result<Output, EngineError> {
        let options = query::AttachContainerOptions { stream: true, stdout: true, stderr: true, ..Default::default() };
        let attached =
            self.docker.attach_container(id, Some(options)).await.map_err(|error| self.error("attaching to the container", error))?;
        Ok(output(attached.output, self.address.clone(), "reading the container's output".to_owned()))
    }

    async fn logs(&self, id: &str, follow: bool) -> Result<Output, EngineError> {
        let options = query::LogsOptions { follow, stdout: true, stderr: true, tail: "all".to_owned(), ..Default::default() };
        Ok(output(self.docker.logs(id, Some(options)), self.address.clone(), "reading the container's log".to_owned()))
    }

    async fn wait(&self, id: &str) -> Result<i64, EngineError> {
        let options = query::WaitContainerOptions { condition: "not-running".to_owned() };
        match self.docker.wait_container(id, Some(options)).next().await {
            Some(Ok(ended)) => Ok(ended.status_code),
            // A code other than 0 arrives as an error; it is a result.
            Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.error("waiting for the container", error)),
            None => Err(EngineError {
                kind: ErrorKind::Other,
                message: "waiting for the container: the engine closed the connection".to_owned(),
            }),
        }
    }

    async fn exec(&self, container: &str, exec: &Exec) -> Result<(String, Output), EngineError> {
        let program = exec.argv.first().map_or("", String::as_str);
        let doing = format!("executing `{program}` in the container");
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(exec.argv.clone()),
            env: Some(exec.env.clone()),
            user: exec.user.clone(),
            working_dir: exec.working_dir.clone(),
            ..Default::default()
        };
        let id = self.docker.create_exec(container, config).await.map_err(|error| self.error(&doing, error))?.id;
        match self.docker.start_exec(&id, None::<StartExecOptions>).await.map_err(|error| self.error(&doing, error))? {
            StartExecResults::Attached { output: stream, .. } => {
                Ok((id, output(stream, self.address.clone(), "reading the command's output".to_owned())))
            }
            StartExecResults::Detached => Ok((id, futures_util::stream::empty().boxed())),
        }
    }

    async fn exec_code(&self, exec: &str) -> Result<Option<i64>, EngineError> {
        let state = self.docker.inspect_exec(exec).await.map_err(|error| self.error("asking for the command's exit code", error))?;
        Ok(if state.running == Some(true) { None } else { state.exit_code })
    }

    async fn inspect(&self, container: &str) -> Result<Option<State>, EngineError> {
        let doing = format!("inspecting container {container}");
        let found = match self.docker.inspect_container(container, None).await.map_err(|error| self.error(&doing, error)) {
            Ok(found) => found,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let state = found.state.unwrap_or_default();
        let health = state
            .health
            .and_then(|health| health.status)
            .map(|status| status.to_string())
            .filter(|status| !matches!(status.as_str(), "" | "none"));
        Ok(Some(State {
            id: found.id.unwrap_or_default(),
            running: state.running.unwrap_or(false),
            status: state.status.map(|status| status.to_string()).unwrap_or_default(),
            exit_code: state.exit_code.unwrap_or(0),
            health,
        }))
    }

    fn events(&self, container: &str, since: u64) -> BoxStream<'static, ()> {
        let filters = HashMap::from([("container".to_owned(), vec![container.to_owned()])]);
        let options = query::EventsOptions { since: Some(since.to_string()), until: None, filters: Some(filters) };
        self.docker.events(Some(options)).map(|_| ()).boxed()
    }

    async fn stop(&self, id: &str, grace: Duration) -> Result<(), EngineError> {
        let options = query::StopContainerOptions { signal: None, t: i32::try_from(grace.as_secs()).ok() };
        match self.docker.stop_container(id, Some(options)).await {
            // Not running any more.
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 304, .. }) => Ok(()),
            Err(error) => Err(self.error("stopping the container", error)),
        }
    }

    async fn signal(&self, id: &str, signal: &str) -> Result<(), EngineError> {
        let options = query::KillContainerOptions { signal: signal.to_owned() };
        self.docker
            .kill_container(id, Some(options))
            .await
            .map_err(|error| self.error(&format!("sending {signal} to the container"), error))
    }

    async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let options = query::RemoveContainerOptions { v: true, force: true, link: false };
        match self.docker.remove_container(id, Some(options)).await.map_err(|error| self.error("removing the container", error)) {
            Err(error) if error.kind != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    async fn has_path(&self, id: &str, path: &str) -> Result<bool, EngineError> {
        let options = query::ContainerArchiveInfoOptions { path: path.to_owned() };
        match self
            .docker
            .get_container_archive_info(id, Some(options))
            .await
            .map_err(|error| self.error(&format!("looking for {path} in the container"), error))
        {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::Unreachable => Err(error),
            // The body of a HEAD answer is empty, so there is no more to tell errors apart by.
            Err(_) => Ok(false),
        }
    }

    async fn upload(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<(), EngineError> {
        let options = query::UploadToContainerOptions { path: folder.to_owned(), ..Default::default() };
        let body = bollard::body_full(archive.into());
        self.docker
            .upload_to_container(id, Some(options), body)
            .await
            .map_err(|error| self.error("copying a file into the container", error))
    }

    async fn download(&self, id: &str, path: &str) -> Result<Option<Vec<u8>>, EngineError> {
        let options = query::DownloadFromContainerOptions { path: path.to_owned() };
        let mut stream = self.docker.download_from_container(id, Some(options));
        let mut archive = Vec::new();
        while let Some(item) = stream.next().await {
            match item.map_err(|error| self.error(&format!("reading {path} from the container"), error)) {
                Ok(bytes) => archive.extend_from_slice(&bytes),
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(archive))
    }

    async fn labelled(&self, label: &str) -> Result<Vec<String>, EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
        let options = query::ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let found = self.docker.list_containers(Some(options)).await.map_err(|error| self.error("listing the run's containers", error))?;
        Ok(found.into_iter().filter_map(|container| container.id).collect())
    }
}

/// Whether an image reference has a tag or a digest.
fn has_tag(image: &str) -> bool {
    image.contains('@') || image.rsplit('/').next().unwrap_or_default().contains(':')
}
