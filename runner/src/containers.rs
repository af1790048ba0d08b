//! Containers of a run: made, waited for, used, removed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use dagu_schema::workflow::PullPolicy;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::console::Console;
use crate::engine::{Chunk, Engine, EngineError, ErrorKind, Exec, State};
use crate::plan::container::{ContainerSpec, Startup};
use crate::process::{Cause, Control, Halt, follow};
use crate::refusal::{hold_refusal, missing_program, settle_refusal};
use crate::sink::Sink;

/// How long a container may take until it can be used.
const READY: Duration = Duration::from_secs(120);

/// What a shared container does between its commands. The loop ends at once when it is told to;
/// where there is no `sleep`, it reads a standard input that never ends.
const IDLE: &str = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $! || read _; done";

/// The label that tells which run made a container.
pub const RUN_LABEL: &str = "dagu-rs.run";

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code.
    Exit(i64),
    /// It was ended.
    Halted(Cause),
}

/// Why a container could not be used: a message for the DAG's author, and the exit code that
/// stands for it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What happened and what to do.
    pub message: String,
    /// The exit code.
    pub code: i64,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self { code: if error.kind == ErrorKind::NoProgram { 127 } else { 1 }, message: error.message }
    }
}

/// The containers of a run.
#[derive(Clone)]
pub struct Containers {
    engine: Arc<dyn Engine>,
    run: String,
    console: Console,
    grace: Duration,
    /// Made by this run and not yet removed.
    made: Arc<Mutex<Vec<String>>>,
    /// Left behind on purpose.
    kept: Arc<Mutex<Vec<String>>>,
    /// Whether a container has `/bin/sh`.
    shells: Arc<Mutex<HashMap<String, bool>>>,
}

/// The main process of a container that is made.
#[derive(Clone, Debug)]
pub enum Main {
    /// It only keeps the container alive; commands are executed in it.
    Shared,
    /// These words in place of the image's entrypoint.
    Words(Vec<String>),
    /// These words as arguments of the image's entrypoint; the image's own when there are none.
    Image(Option<Vec<String>>),
}

impl Containers {
    /// The containers of the run with this id.
    pub fn new(engine: Arc<dyn Engine>, run: String, console: Console, grace: Duration) -> Self {
        Self { engine, run, console, grace, made: Arc::default(), kept: Arc::default(), shells: Arc::default() }
    }

    /// Whether folders of this machine can be mounted.
    pub fn is_local(&self) -> bool {
        self.engine.is_local()
    }

    /// Makes sure that an image is there, by the policy.
    ///
    /// # Errors
    /// When it is not there and cannot or must not be fetched.
    pub async fn need_image(&self, spec: &ContainerSpec) -> Result<(), Failure> {
        let image = spec.image.as_str();
        let present = self.engine.has_image(image).await?;
        match spec.pull {
            PullPolicy::Never if present => Ok(()),
            PullPolicy::Never => Err(Failure::new(format!(
                "image {image} is not there, and `pull_policy: never` forbids fetching it. Build it (`docker build -t {image} .`), \
                 or fetch it (`docker pull {image}`), or set `pull_policy: missing`"
            ))),
            PullPolicy::Missing if present => Ok(()),
            PullPolicy::Missing | PullPolicy::Always => self.pull(spec).await,
            PullPolicy::Fallback => match self.pull(spec).await {
                Err(failure) if present => {
                    self.console.note(format!("note: {}; the image that is there is used", failure.message)).await;
                    Ok(())
                }
                result => result,
            },
        }
    }

    async fn pull(&self, spec: &ContainerSpec) -> Result<(), Failure> {
        self.console.note(format!("pulling image {} ...", spec.image)).await;
        let result = self.engine.pull(&spec.image, spec.platform.as_deref(), &|_| {}).await;
        result.map_err(|error| {
            let image = &spec.image;
            Failure::new(format!(
                "image {image} is not there and could not be fetched: {error}. Check its name, or build it (`docker build -t {image} .`)"
            ))
        })
    }

    /// Makes a container. It is removed by [`Self::remove`], or at the end of the run.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn create(&self, spec: &ContainerSpec, step: &str, main: &Main) -> Result<String, Failure> {
        for bind in &spec.binds {
            // The engine would make it too, but as root.
            if self.is_local() && !bind.source.exists() {
                let made = std::fs::create_dir_all(&bind.source);
                made.map_err(|error| Failure::new(format!("cannot make the folder {} to mount it: {error}", bind.source.display())))?;
            }
        }
        let labels = BTreeMap::from([(RUN_LABEL.to_owned(), self.run.clone()), ("dagu-rs.step".to_owned(), step.to_owned())]);
        let idle = || (Some(vec!["/bin/sh".to_owned()]), Some(vec!["-c".to_owned(), IDLE.to_owned()]));
        let (entrypoint, cmd) = match (main, &spec.startup) {
            (Main::Words(words), _) => (words.first().map(|word| vec![word.clone()]), Some(words.iter().skip(1).cloned().collect())),
            (Main::Image(words), _) => (spec.entrypoint.clone(), words.clone()),
            (Main::Shared, Startup::Keepalive) => idle(),
            (Main::Shared, Startup::Entrypoint) => (None, None),
            (Main::Shared, Startup::Command(words)) => {
                (words.first().map(|word| vec![word.clone()]), Some(words.iter().skip(1).cloned().collect()))
            }
        };
        let body = spec.body(entrypoint, cmd, &labels, matches!(main, Main::Shared));
        let created = self.engine.create(spec.name.as_deref(), spec.platform.as_deref(), body).await;
        let id = created.map_err(|error| match (error.kind, &spec.name) {
            (ErrorKind::Conflict, Some(name)) => Failure::new(format!(
                "a container named `{name}` is there already: remove it (`docker rm -f {name}`), or choose another `container.name`"
            )),
            (ErrorKind::NotFound, _) => Failure::new(format!("image {} is not there: {error}", spec.image)),
            _ => error.into(),
        })?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id.clone());
        Ok(id)
    }

    /// Removes a container. What cannot be removed now is tried again at the end of the run.
    pub async fn remove(&self, id: &str) {
        match self.remove_now(id).await {
            Ok(()) => self.made.lock().unwrap_or_else(PoisonError::into_inner).retain(|made| made != id),
            Err(error) => self.console.note(format!("warning: {error}")).await,
        }
    }

    async fn remove_now(&self, id: &str) -> Result<(), EngineError> {
        for _ in 0..100 {
            match self.engine.remove(id).await {
                // Someone else is removing it; it is gone when they are done.
                Err(error) if error.kind == ErrorKind::Conflict => {}
                result => return result,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.engine.remove(id).await
    }

    /// Leaves a container behind at the end of the run (`keep_container`), stopped.
    pub async fn keep(&self, id: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        let _ = self.engine.stop(id, self.grace).await;
    }

    /// Removes whatever is left of the run: also a container whose id we never learnt.
    pub async fn sweep(&self) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut ids = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        match self.engine.labelled(&format!("{RUN_LABEL}={}", self.run)).await {
            Ok(found) => ids.extend(found),
            Err(error) if ids.is_empty() => {
                self.console.note(format!("warning: cannot tell whether a container of the run is left: {error}")).await;
            }
            Err(_) => {}
        }
        ids.sort();
        ids.dedup();
        for id in ids.iter().filter(|id| !kept.contains(id)) {
            if let Err(error) = self.remove_now(id).await {
                let short = id.get(..12).unwrap_or(id);
                self.console
                    .note(format!("warning: container {short} is left behind: {error}. Remove it with `docker rm -f {short}`"))
                    .await;
            }
        }
    }

    /// Starts a container that commands will share, and waits until it can be used.
    ///
    /// # Errors
    /// When it does not start, ends, or is not ready in time.
    pub async fn start_shared(&self, spec: &ContainerSpec, id: &str, halt: &mut Halt) -> Result<Option<Cause>, Failure> {
        if spec.startup == Startup::Keepalive && !self.has_shell(id).await? {
            return Err(Failure::new(format!(
                "image {} has no /bin/sh, which keeps the container alive between its commands: use `startup: entrypoint` or `startup: command`",
                spec.image
            )));
        }
        let since = seconds_now();
        self.engine.start(id).await?;
        tokio::select! {
            ready = timeout(READY, self.ready(spec, id, since)) => match ready {
                Ok(ready) => ready.map(|()| None),
                Err(_) => Err(Failure::new(format!("the container of image {} was not ready within {} seconds", spec.image, READY.as_secs()))),
            },
            cause = halt.halted() => Ok(Some(cause)),
        }
    }

    async fn ready(&self, spec: &ContainerSpec, id: &str, since: u64) -> Result<(), Failure> {
        let mut events = self.engine.events(id, since);
        loop {
            let state = self.engine.inspect(id).await?.unwrap_or_default();
            if !state.running {
                return Err(Failure::new(self.died(spec, id, &state).await));
            }
            match state.health.as_deref() {
                Some("healthy") => break,
                Some("unhealthy") if spec.wait_healthy => {
                    return Err(Failure::new(format!(
                        "the container of image {} reports itself unhealthy (`wait_for: healthy`)",
                        spec.image
                    )));
                }
                Some(_) if spec.wait_healthy => {}
                None if spec.wait_healthy => {
                    self.console
                        .note("note: `wait_for: healthy`, but the container has no health check; it is used as soon as it runs")
                        .await;
                    break;
                }
                _ => break,
            }
            // An event may be lost on the way; the state is looked at again then.
            let _ = timeout(Duration::from_secs(2), events.next()).await;
        }
        match &spec.log_pattern {
            Some(pattern) if self.log_matches(pattern, id).await? => Ok(()),
            Some(pattern) => {
                let state = self.engine.inspect(id).await?.unwrap_or_default();
                let died = self.died(spec, id, &state).await;
                Err(Failure::new(format!("{died}. No line of its log matches container.log_pattern `{pattern}`")))
            }
            None => Ok(()),
        }
    }

    async fn died(&self, spec: &ContainerSpec, id: &str, state: &State) -> String {
        let mut said = Vec::new();
        if let Ok(log) = self.engine.logs(id, false).await {
            let lines = log.take(100).filter_map(|chunk| async { chunk.ok() }).map(|chunk| chunk.bytes);
            said = timeout(Duration::from_secs(2), lines.concat()).await.unwrap_or_default();
        }
        let said = String::from_utf8_lossy(&said).trim().chars().take(1000).collect::<String>();
        let said = if said.is_empty() { String::new() } else { format!(". It said: {said}") };
        format!("the container of image {} ended (exit {}) before it could be used{said}", spec.image, state.exit_code)
    }

    /// Waits for a line of the log that matches; false when the log ends without one.
    async fn log_matches(&self, pattern: &str, id: &str) -> Result<bool, Failure> {
        let regex = regex::bytes::Regex::new(pattern)
            .map_err(|error| Failure::new(format!("container.log_pattern is no regular expression: {error}")))?;
        let mut log = self.engine.logs(id, true).await?;
        let mut pending: [Vec<u8>; 2] = Default::default();
        while let Some(chunk) = log.next().await {
            let Chunk { stderr, bytes } = chunk?;
            let line = &mut pending[usize::from(stderr)];
            line.extend_from_slice(&bytes);
            while let Some(end) = line.iter().position(|&byte| byte == b'\n') {
                let whole: Vec<u8> = line.drain(..=end).collect();
                if regex.is_match(whole.trim_ascii_end()) {
                    return Ok(true);
                }
            }
            line.drain(..line.len().saturating_sub(1 << 20));
        }
        Ok(false)
    }

    /// Waits until an existing container runs.
    ///
    /// # Errors
    /// At once when there is none of that name, later when it does not come up.
    pub async fn wait_running(&self, target: &str, halt: &mut Halt) -> Result<Result<String, Cause>, Failure> {
        let deadline = Instant::now() + READY;
        let mut events = self.engine.events(target, seconds_now());
        loop {
            let Some(state) = self.engine.inspect(target).await? else {
                return Err(Failure::new(format!(
                    "there is no container `{target}` to run in: start it first, or make one with `container.image`"
                )));
            };
            if state.running {
                return Ok(Ok(state.id));
            }
            let next = deadline.min(Instant::now() + Duration::from_secs(2));
            tokio::select! {
                _ = timeout_at(next, events.next()) => {}
                cause = halt.halted() => return Ok(Err(cause)),
            }
            if Instant::now() >= deadline {
                let seconds = READY.as_secs();
                return Err(Failure::new(format!("container `{target}` is {} and did not start within {seconds} seconds", state.status)));
            }
        }
    }

    /// Whether a container has `/bin/sh`. Looks at its files; nothing is executed.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn has_shell(&self, id: &str) -> Result<bool, Failure> {
        if let Some(&known) = self.shells.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(known);
        }
        let found = self.engine.has_path(id, "/bin/sh").await?;
        self.shells.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), found);
        Ok(found)
    }

    /// Puts a file into a container.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub async fn put_file(&self, id: &str, path: &str, mode: u32, content: &[u8]) -> Result<(), Failure> {
        let archive = crate::engine::archive(path.trim_start_matches('/'), mode, content);
        let archive = archive.map_err(|error| Failure::new(format!("cannot pack {path} for the container: {error}")))?;
        Ok(self.engine.upload(id, "/", archive).await?)
    }

    /// Reads a file of a container; `None` when it is not there.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn take_file(&self, id: &str, path: &str) -> Result<Option<String>, Failure> {
        let archive = self.engine.download(id, path).await?;
        Ok(archive.and_then(|archive| crate::engine::first_file(&archive)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Removes a file that was put into a container. It belongs to root, so root removes it.
    pub async fn drop_file(&self, id: &str, path: &str) {
        let exec = Exec { argv: vec!["rm".to_owned(), "-f".to_owned(), path.to_owned()], user: Some("0".to_owned()), ..Exec::default() };
        self.quietly(id, &exec).await;
    }

    /// Executes a command in a running container. `may_kill` tells whether the container is ours
    /// to kill when the command cannot be ended otherwise.
    ///
    /// # Errors
    /// When the engine refuses, or the program is not there.
    pub async fn exec(&self, id: &str, mut exec: Exec, may_kill: bool, sink: &mut Sink, halt: &mut Halt) -> Result<Ended, Failure> {
        let token = crate::token();
        exec.env.push(format!("DAGU_EXEC_TOKEN={token}"));
        let program = exec.argv.first().cloned().unwrap_or_default();
        let (process, output) = self.engine.exec(id, &exec).await.map_err(|error| missing_program(error, &program))?;
        let (output, held) = hold_refusal(output);
        let control = ExecControl { containers: self, id, token, user: exec.user.clone(), may_kill };
        if let Some(cause) = follow(output, sink, halt, &control, self.grace).await? {
            return Ok(Ended::Halted(cause));
        }
        // The end of the output and the end of the process are two events of the engine.
        let mut pause = Duration::from_millis(2);
        loop {
            if let Some(code) = self.engine.exec_code(&process).await? {
                self.explain_kill(id, &program, code).await?;
                return settle_refusal(&held, &program, code, sink).await.map(Ended::Exit);
            }
            if self.engine.inspect(id).await?.is_none_or(|state| !state.running) {
                return Err(Failure::new(format!("the container ended while `{program}` ran in it")));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    /// Runs a container's main process to its end.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn run(&self, id: &str, program: &str, signal: Option<&str>, sink: &mut Sink, halt: &mut Halt) -> Result<Ended, Failure> {
        let (output, held) = hold_refusal(self.engine.attach(id).await?);
        self.engine.start(id).await.map_err(|error| missing_program(error, program))?;
        let control = MainControl { containers: self, id, signal: signal.map(str::to_owned) };
        if let Some(cause) = follow(output, sink, halt, &control, self.grace).await? {
            return Ok(Ended::Halted(cause));
        }
        let code = match self.engine.wait(id).await {
            Err(error) if error.kind == ErrorKind::NotFound => 137,
            code => code?,
        };
        let going = |state: Option<State>| state.is_none_or(|state| matches!(state.status.as_str(), "removing" | "dead"));
        if code == 137 && going(self.engine.inspect(id).await?) {
            return Err(Failure { message: format!("the container was removed by someone else while `{program}` ran in it"), code });
        }
        settle_refusal(&held, program, code, sink).await.map(Ended::Exit)
    }

    /// A command that was killed because its container was: the exit code alone would not say so.
    /// The engine knows of the container's end a moment later than of the command's.
    async fn explain_kill(&self, id: &str, program: &str, code: i64) -> Result<(), Failure> {
        for _ in 0..if code == 137 { 10 } else { 0 } {
            let state = self.engine.inspect(id).await?;
            if state.is_none_or(|state| !state.running) {
                let message = format!("the container was stopped or removed by someone else while `{program}` ran in it");
                return Err(Failure { message, code });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn quietly(&self, id: &str, exec: &Exec) -> bool {
        let Ok((process, mut output)) = self.engine.exec(id, exec).await else { return false };
        while let Some(Ok(_)) = output.next().await {}
        matches!(self.engine.exec_code(&process).await, Ok(None | Some(0)))
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// Ends a command in a running container: by the token in its environment, which what it starts
/// inherits. Closing the connection would not end it.
struct ExecControl<'a> {
    containers: &'a Containers,
    id: &'a str,
    token: String,
    user: Option<String>,
    may_kill: bool,
}

impl ExecControl<'_> {
    async fn send(&self, signal: &str) -> bool {
        let script = format!(
            "for d in /proc/[0-9]*; do p=${{d#/proc/}}; [ \"$p\" -gt 1 ] && [ \"$p\" != $$ ] || continue; \
             case \"$(cat \"$d/environ\" 2>/dev/null)\" in *DAGU_EXEC_TOKEN={}*) kill -{signal} \"$p\" ;; esac; done 2>/dev/null; exit 0",
            self.token
        );
        let exec = Exec { argv: vec!["/bin/sh".to_owned(), "-c".to_owned(), script], user: self.user.clone(), ..Exec::default() };
        self.containers.quietly(self.id, &exec).await
    }
}

#[async_trait]
impl Control for ExecControl<'_> {
    async fn terminate(&self) {
        self.send("TERM").await;
    }

    async fn kill(&self) {
        if self.send("KILL").await {
            return;
        }
        if self.may_kill {
            let _ = self.containers.engine.signal(self.id, "KILL").await;
        } else {
            let id = self.id.get(..12).unwrap_or(self.id);
            self.containers
                .console
                .note(format!("warning: the command in container {id} could not be ended: it has no /bin/sh to do so"))
                .await;
        }
    }
}

/// Ends a container's main process.
struct MainControl<'a> {
    containers: &'a Containers,
    id: &'a str,
    signal: Option<String>,
}

#[async_trait]
impl Control for MainControl<'_> {
    async fn terminate(&self) {
        let _ = self.containers.engine.signal(self.id, self.signal.as_deref().unwrap_or("SIGTERM")).await;
    }

    async fn kill(&self) {
        let _ = self.containers.engine.signal(self.id, "SIGKILL").await;
    }
}
