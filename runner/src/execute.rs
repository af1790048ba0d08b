//! One attempt at a step, in the place where its plan puts it.

use std::path::{Path, PathBuf};

use dagu_schema::workflow::Step;

use crate::containers::{Containers, Ended, Failure, Main};
use crate::engine::Exec;
use crate::harness::{hold_unless_last, settle};
use crate::host::HostProcess;
use crate::plan::command::Command;
use crate::plan::container::{Bind, ContainerSpec};
use crate::plan::{self, Placed, StepPlan, Work};
use crate::process::{Halt, follow};
use crate::session::Session;
use crate::sink::Sink;
use crate::store::Store;
use crate::values::Values;

/// Where the folder of `$DAGU_OUTPUT_FILE` is mounted in a container of ours.
const MOUNTED: &str = "/.dagu-rs";

/// Where `$DAGU_OUTPUT_FILE` is.
#[derive(Debug)]
pub enum OutputFile {
    /// On the host; also mounted in a container.
    Host(PathBuf),
    /// In the container only; with what the step wrote, once that was read.
    Inside {
        /// The path in the container.
        path: String,
        /// What was in it.
        written: String,
    },
    /// Nowhere.
    None,
}

impl OutputFile {
    /// Gives the step a `$DAGU_OUTPUT_FILE`: on the host, by a mount in a container of its own, by
    /// an upload in one that is shared or not ours.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn provide(session: &Session, step: &Step, plan: &mut StepPlan) -> Result<Self, String> {
        let token = crate::token();
        let local = session.containers().is_some_and(Containers::is_local);
        let (file, value) = match &mut plan.place {
            Placed::Host(_) => {
                let path = session.store.output_file(&token)?;
                let value = path.to_string_lossy().into_owned();
                (Self::Host(path), value)
            }
            Placed::Own(spec) if local => {
                let path = session.store.output_file(&token)?;
                if let Some(folder) = path.parent() {
                    spec.binds.push(Bind { source: folder.to_owned(), target: MOUNTED.to_owned(), read_only: false });
                }
                (Self::Host(path), format!("{MOUNTED}/output"))
            }
            Placed::Root | Placed::Attached(_) if !plan.writes_outputs && step.outputs.is_empty() => return Ok(Self::None),
            _ => {
                let path = format!("/tmp/dagu-rs-output-{token}");
                (Self::Inside { path: path.clone(), written: String::new() }, path)
            }
        };
        plan::set(&mut plan.env, crate::prepare::OUTPUT_FILE, &value);
        if let Placed::Own(spec) = &mut plan.place {
            plan::set(&mut spec.env, crate::prepare::OUTPUT_FILE, &value);
        }
        Ok(file)
    }

    /// The same as the engine does it: a file on the host, whose path is a name in sight, and which
    /// no container sees.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn provide_unmounted(session: &Session, values: &mut Values) -> Result<Self, String> {
        let path = session.store.output_file(&crate::token())?;
        values.set(crate::prepare::OUTPUT_FILE, path.to_string_lossy().into_owned());
        Ok(Self::Host(path))
    }

    /// What the step wrote.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take(self) -> Result<String, String> {
        match self {
            Self::Host(path) => Store::take_output(&path),
            Self::Inside { written, .. } => Ok(written),
            Self::None => Ok(String::new()),
        }
    }
}

/// An attempt at a step.
pub struct Execution<'a> {
    /// The run.
    pub session: &'a Session,
    /// What is to be done.
    pub plan: &'a StepPlan,
    /// Where the step writes its outputs.
    pub output: OutputFile,
    /// The signal that asks it to end (`signal_on_stop`).
    pub signal: Option<&'a str>,
    /// Where its output goes.
    pub sink: &'a mut Sink,
    /// What ends it before its time.
    pub halt: &'a mut Halt,
}

/// A running container to execute in.
struct Inside<'a> {
    id: &'a str,
    user: Option<String>,
    folder: Option<String>,
    /// Whether the run made it.
    ours: bool,
}

/// A container's main process, and what it needs.
struct Process<'a> {
    main: Main,
    /// What runs instead when the image has no `/bin/sh`.
    without_shell: Option<Main>,
    /// A script to put into the container: path and text.
    script: Option<(String, &'a str)>,
}

impl Process<'_> {
    fn new(main: Main) -> Self {
        Self { main, without_shell: None, script: None }
    }
}

impl Execution<'_> {
    /// Executes the step.
    ///
    /// # Errors
    /// When something could not be executed; an exit code other than 0 is no error.
    pub async fn run(&mut self) -> Result<Ended, Failure> {
        if let Placed::Host(folder) = &self.plan.place {
            return self.on_host(folder).await;
        }
        let session = self.session;
        let Some(containers) = session.containers() else {
            return Err(Failure::new("no container engine is connected"));
        };
        match &self.plan.place {
            Placed::Own(spec) => self.in_own(containers, spec).await,
            Placed::Attached(attached) => {
                let id = match containers.wait_running(&attached.target, self.halt).await? {
                    Ok(id) => id,
                    Err(cause) => return Ok(Ended::Halted(cause)),
                };
                let (user, folder) = (attached.user.clone(), attached.working_dir.clone());
                self.in_running(containers, &Inside { id: &id, user, folder, ours: false }).await
            }
            _ => match session.root() {
                Some(id) => self.in_running(containers, &Inside { id: &id, user: None, folder: None, ours: true }).await,
                None => Err(Failure::new("the shared container is not there")),
            },
        }
    }

    async fn on_host(&mut self, folder: &Path) -> Result<Ended, Failure> {
        match &self.plan.work {
            Work::ImageDefault => Err(Failure::new("there is nothing to execute")),
            Work::Attempts(tries) => {
                for (index, attempt) in tries.iter().enumerate() {
                    hold_unless_last(&self.session.store, index, tries, self.sink)?;
                    let ended = self.host_process(&attempt.argv, attempt.stdin.clone(), folder).await;
                    if let Some(settled) = settle(index, tries, ended, self.sink).await {
                        return settled;
                    }
                }
                Err(Failure::new("there is no attempt to make"))
            }
            Work::Commands(commands) => {
                for command in commands {
                    let (argv, script) = match command {
                        Command::Words(words) | Command::Arguments(words) => (words.clone(), None),
                        Command::Shell { shell, text, .. } => (with(shell, text), None),
                        Command::Script { interpreter, text } => {
                            let path = self.session.store.script(&crate::token(), text).map_err(Failure::new)?;
                            (with(interpreter, &path.to_string_lossy()), Some(path))
                        }
                    };
                    let ended = self.host_process(&argv, None, folder).await;
                    if let Some(path) = script {
                        let _ = std::fs::remove_file(path);
                    }
                    match ended? {
                        Ended::Exit(0) => {}
                        other => return Ok(other),
                    }
                }
                Ok(Ended::Exit(0))
            }
        }
    }

    async fn host_process(&mut self, argv: &[String], stdin: Option<String>, folder: &Path) -> Result<Ended, Failure> {
        let started = HostProcess::start(argv, &self.plan.env, folder, stdin, self.signal);
        let (process, output) = started.map_err(|message| Failure { message, code: 127 })?;
        match follow(output, self.sink, self.halt, &process, self.session.grace()).await? {
            Some(cause) => Ok(Ended::Halted(cause)),
            None => process.wait().await.map(Ended::Exit).map_err(Failure::new),
        }
    }

    /// Executes in a container that runs already.
    async fn in_running(&mut self, containers: &Containers, place: &Inside<'_>) -> Result<Ended, Failure> {
        if let OutputFile::Inside { path, .. } = &self.output {
            containers.put_file(place.id, path, 0o666, b"").await?;
        }
        let ended = self.exec_all(containers, place).await;
        if let OutputFile::Inside { path, written } = &mut self.output {
            let taken = containers.take_file(place.id, path).await;
            containers.drop_file(place.id, path).await;
            if matches!(ended, Ok(Ended::Exit(0))) {
                *written = taken?.unwrap_or_default();
            }
        }
        ended
    }

    async fn exec_all(&mut self, containers: &Containers, place: &Inside<'_>) -> Result<Ended, Failure> {
        let env: Vec<String> = self.plan.env.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect();
        let exec = |argv: Vec<String>| Exec { argv, env: env.clone(), user: place.user.clone(), working_dir: place.folder.clone() };
        match &self.plan.work {
            Work::ImageDefault => Err(Failure::new("there is nothing to execute")),
            Work::Attempts(tries) => {
                for (index, attempt) in tries.iter().enumerate() {
                    hold_unless_last(&self.session.store, index, tries, self.sink)?;
                    let ended = containers.exec(place.id, exec(attempt.argv.clone()), place.ours, self.sink, self.halt).await;
                    if let Some(settled) = settle(index, tries, ended, self.sink).await {
                        return settled;
                    }
                }
                Err(Failure::new("there is no attempt to make"))
            }
            Work::Commands(commands) => {
                for command in commands {
                    let (argv, script) = inside_argv(containers, place.id, command).await?;
                    let ended = containers.exec(place.id, exec(argv), place.ours, self.sink, self.halt).await;
                    if let Some(path) = script {
                        containers.drop_file(place.id, &path).await;
                    }
                    match ended? {
                        Ended::Exit(0) => {}
                        other => return Ok(other),
                    }
                }
                Ok(Ended::Exit(0))
            }
        }
    }

    /// Executes in containers made for this step.
    async fn in_own(&mut self, containers: &Containers, spec: &ContainerSpec) -> Result<Ended, Failure> {
        tokio::select! {
            image = containers.need_image(spec) => image?,
            cause = self.halt.halted() => return Ok(Ended::Halted(cause)),
        }
        match &self.plan.work {
            Work::ImageDefault => self.once(containers, spec, Process::new(Main::Image(None))).await,
            Work::Commands(commands) => match commands.as_slice() {
                [] => Err(Failure::new("there is nothing to execute")),
                [command] => self.once(containers, spec, process(command)).await,
                _ => self.several(containers, spec).await,
            },
            Work::Attempts(tries) => {
                for (index, attempt) in tries.iter().enumerate() {
                    hold_unless_last(&self.session.store, index, tries, self.sink)?;
                    let ended = self.once(containers, spec, Process::new(Main::Words(attempt.argv.clone()))).await;
                    if let Some(settled) = settle(index, tries, ended, self.sink).await {
                        return settled;
                    }
                }
                Err(Failure::new("there is no attempt to make"))
            }
        }
    }

    /// Several commands share a container that is kept alive for them.
    async fn several(&mut self, containers: &Containers, spec: &ContainerSpec) -> Result<Ended, Failure> {
        let id = containers.create(spec, &self.plan.step, &Main::Shared).await?;
        let ended = match containers.start_shared(spec, &id, self.halt).await {
            Ok(None) => self.in_running(containers, &Inside { id: &id, user: spec.user.clone(), folder: None, ours: true }).await,
            Ok(Some(cause)) => Ok(Ended::Halted(cause)),
            Err(failure) => Err(failure),
        };
        finish(containers, spec, &id).await;
        ended
    }

    /// Makes a container, runs its main process to the end and removes it.
    async fn once(&mut self, containers: &Containers, spec: &ContainerSpec, process: Process<'_>) -> Result<Ended, Failure> {
        let Process { mut main, without_shell, script } = process;
        let mut id = containers.create(spec, &self.plan.step, &main).await?;
        if let Some(instead) = without_shell
            && !containers.has_shell(&id).await?
        {
            containers.remove(&id).await;
            main = instead;
            id = containers.create(spec, &self.plan.step, &main).await?;
        }
        let ended = self.main_process(containers, &id, &main, script).await;
        finish(containers, spec, &id).await;
        ended
    }

    async fn main_process(
        &mut self,
        containers: &Containers,
        id: &str,
        main: &Main,
        script: Option<(String, &str)>,
    ) -> Result<Ended, Failure> {
        if let Some((path, text)) = script {
            containers.put_file(id, &path, 0o755, text.as_bytes()).await?;
        }
        if let OutputFile::Inside { path, .. } = &self.output {
            containers.put_file(id, path, 0o666, b"").await?;
        }
        let program = match main {
            Main::Words(words) => words.first().map_or("", String::as_str),
            Main::Image(Some(words)) => words.first().map_or("", String::as_str),
            _ => "the image's command",
        };
        let ended = containers.run(id, program, self.signal, self.sink, self.halt).await?;
        if let OutputFile::Inside { path, written } = &mut self.output {
            *written = containers.take_file(id, path).await?.unwrap_or_default();
        }
        Ok(ended)
    }
}

/// The main process for one command.
fn process(command: &Command) -> Process<'_> {
    match command {
        Command::Words(words) => Process::new(Main::Words(words.clone())),
        Command::Arguments(words) => Process::new(Main::Image(Some(words.clone()))),
        Command::Shell { shell, text, words } => Process {
            main: Main::Words(with(shell, text)),
            // Without a shell in the image, the words are the arguments of its entrypoint.
            without_shell: words.clone().map(|words| Main::Image(Some(words))),
            script: None,
        },
        Command::Script { interpreter, text } => {
            let path = script_path();
            Process { main: Main::Words(with(interpreter, &path)), without_shell: None, script: Some((path, text)) }
        }
    }
}

/// What is executed for a command in a running container, and the script put there for it.
async fn inside_argv(containers: &Containers, id: &str, command: &Command) -> Result<(Vec<String>, Option<String>), Failure> {
    Ok(match command {
        Command::Words(words) | Command::Arguments(words) => (words.clone(), None),
        Command::Shell { words: Some(words), .. } if !containers.has_shell(id).await? => (words.clone(), None),
        Command::Shell { shell, text, .. } => (with(shell, text), None),
        Command::Script { interpreter, text } => {
            let path = script_path();
            containers.put_file(id, &path, 0o755, text.as_bytes()).await?;
            (with(interpreter, &path), Some(path))
        }
    })
}

fn script_path() -> String {
    format!("/tmp/dagu-rs-script-{}", crate::token())
}

/// Words with one more.
fn with(words: &[String], last: &str) -> Vec<String> {
    words.iter().map(String::as_str).chain([last]).map(str::to_owned).collect()
}

async fn finish(containers: &Containers, spec: &ContainerSpec, id: &str) {
    if spec.keep { containers.keep(id).await } else { containers.remove(id).await }
}
