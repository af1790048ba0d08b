//! One step from its conditions to its outputs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dagu_schema::workflow::reference::{Policy, expand};
use dagu_schema::workflow::{Output as Declared, Step};
use indexmap::IndexMap;

use crate::condition;
use crate::console::duration;
use crate::containers::{Containers, Ended, Failure, Main};
use crate::engine::Exec;
use crate::host::HostProcess;
use crate::outputs;
use crate::plan::command::Command;
use crate::plan::container::ContainerSpec;
use crate::plan::{self, Placed, StepPlan, Try, Variable, Work};
use crate::process::{Cause, Halt, follow};
use crate::session::Session;
use crate::sink::Sink;
use crate::store::Store;
use crate::values::{StepResult, Values};

/// The state of a step at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Never started.
    #[default]
    NotStarted,
    /// Its conditions were not met.
    Skipped,
    /// It did what it should.
    Succeeded,
    /// It did not.
    Failed,
    /// It was ended before its time.
    Aborted,
}

impl State {
    /// The word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Skipped => "skipped",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// A finished step.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// How it ended.
    pub state: State,
    /// Its exit code; `None` when nothing was executed.
    pub code: Option<i64>,
    /// What went wrong, secrets masked.
    pub error: Option<String>,
    /// How long it took, retries included.
    pub time: Duration,
    /// What it leaves for others.
    pub result: StepResult,
    /// Whether a failure does not stop the run (`continue_on`).
    pub tolerated: bool,
}

/// Where `$DAGU_OUTPUT_FILE` is.
enum OutputFile {
    /// On the host; also mounted in a container.
    Host(PathBuf),
    /// In the container only; with what the step wrote, once that was read.
    Inside { path: String, written: String },
    /// Nowhere.
    None,
}

/// How one attempt ended.
enum Attempted {
    Succeeded(StepResult),
    Failed { code: i64, message: String, retry: bool },
    Aborted,
}

/// Runs a step. `number` is its number on the console.
pub async fn run(session: Arc<Session>, step: Step, number: usize, mut values: Values) -> Finished {
    let started = Instant::now();
    let called = step.called().to_owned();
    let console = &session.console;
    let logs = (session.store.log_path(&called, "out"), session.store.log_path(&called, "err"));
    session.add_step_context(&step, &logs, &mut values);
    match condition::all_met(&step.preconditions, &values, &session.folders.of(&step, &values)).await {
        Ok(true) => {}
        Ok(false) => {
            console.progress(number, "skipped: a precondition is not met", None).await;
            return Finished { state: State::Skipped, time: started.elapsed(), ..Finished::default() };
        }
        Err(message) => return failed(&session, number, started, None, &message).await,
    }
    console.progress(number, "started", None).await;
    let mut sink = match open_sink(&session, &step, number, &values) {
        Ok(sink) => sink,
        Err(message) => return failed(&session, number, started, None, &message).await,
    };
    let mut tries = 0;
    let finished = loop {
        match attempt(&session, &step, &values, &mut sink).await {
            Attempted::Succeeded(result) => {
                let result = StepResult { stdout: path_text(&logs.0), stderr: path_text(&logs.1), ..result };
                console.progress(number, &format!("succeeded in {}", duration(started.elapsed())), Some(true)).await;
                break Finished { state: State::Succeeded, code: Some(0), time: started.elapsed(), result, ..Finished::default() };
            }
            Attempted::Aborted => {
                console.progress(number, "aborted", Some(false)).await;
                break Finished { state: State::Aborted, time: started.elapsed(), ..Finished::default() };
            }
            Attempted::Failed { code, message, retry } => {
                if let Some(wait) = retry.then(|| next_try(&step, tries, code)).flatten() {
                    tries += 1;
                    let limit = step.retry.as_ref().and_then(|policy| policy.limit).unwrap_or(0);
                    console
                        .progress(number, &format!("failed (exit {code}); try {tries} of {limit} more in {}", duration(wait)), None)
                        .await;
                    let stopped = Halt::new(session.stop.clone(), None).sleep(wait).await;
                    if stopped.is_none() {
                        continue;
                    }
                }
                break failed(&session, number, started, Some(code), &message).await;
            }
        }
    };
    if let Some(fault) = sink.fault.take() {
        console.note(format!("warning: {called}: {fault}")).await;
    }
    tolerate(&step, finished, &logs.0)
}

async fn failed(session: &Session, number: usize, started: Instant, code: Option<i64>, message: &str) -> Finished {
    let message = session.secrets.mask(message);
    let code = code.unwrap_or(1);
    let why = if message.is_empty() { String::new() } else { format!(": {message}") };
    session.console.progress(number, &format!("failed (exit {code}){why}"), Some(false)).await;
    let result = StepResult { exit_code: code, ..StepResult::default() };
    Finished {
        state: State::Failed,
        code: Some(code),
        error: Some(message).filter(|message| !message.is_empty()),
        time: started.elapsed(),
        result,
        tolerated: false,
    }
}

/// Applies `continue_on`.
fn tolerate(step: &Step, mut finished: Finished, log: &Path) -> Finished {
    let policy = &step.continue_on;
    if finished.state != State::Failed {
        return finished;
    }
    let by_output = || {
        let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        policy.output.iter().any(|wanted| match wanted.strip_prefix("re:") {
            Some(pattern) => regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(&text)),
            None => text.contains(wanted.as_str()),
        })
    };
    let by_code = finished.code.is_some_and(|code| policy.exit_code.contains(&code));
    finished.tolerated = policy.failure || by_code || (!policy.output.is_empty() && by_output());
    if finished.tolerated && policy.mark_success {
        finished.state = State::Succeeded;
    }
    finished
}

/// How long to wait before the next try; `None` when there is none.
fn next_try(step: &Step, tries: u32, code: i64) -> Option<Duration> {
    let policy = step.retry.as_ref()?;
    if tries >= policy.limit? || !(policy.exit_code.is_empty() || policy.exit_code.contains(&code)) {
        return None;
    }
    let interval = policy.interval_sec.unwrap_or(0) as f64;
    let factor = policy.backoff.unwrap_or(1.0).powi(i32::try_from(tries).unwrap_or(i32::MAX));
    let longest = policy.max_interval_sec.filter(|&seconds| seconds > 0).map_or(f64::from(u32::MAX), |seconds| seconds as f64);
    Some(Duration::from_secs_f64((interval * factor).min(longest)))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn open_sink(session: &Session, step: &Step, number: usize, values: &Values) -> Result<Sink, String> {
    let called = step.called();
    let mut files = Vec::new();
    for (extension, also) in [("out", &step.stdout), ("err", &step.stderr)] {
        let mut list = vec![session.store.open_log(called, extension)?];
        if let Some(written) = also {
            let path = session.folders.of(step, values).join(expand(&written.value, values, Policy::FIELD).text);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::File::create(&path));
            list.push(made.map_err(|error| format!("cannot write {}: {error}", path.display()))?);
        }
        files.push(list);
    }
    let (err, out) = (files.pop().unwrap_or_default(), files.pop().unwrap_or_default());
    Ok(Sink::new(session.console.clone(), number, &session.secrets, out, err))
}

async fn attempt(session: &Arc<Session>, step: &Step, values: &Values, sink: &mut Sink) -> Attempted {
    let fail = |message: String| Attempted::Failed { code: 1, message, retry: false };
    let planned = plan::step(&session.workflow, step, values, &session.folders);
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(message) => return fail(message),
    };
    for value in plan.credentials.iter().filter(|value| value.len() >= crate::session::SHORTEST_CREDENTIAL) {
        session.secrets.add(value);
    }
    if let Some(Declared::Variable(_)) = &step.output {
        sink.capture(session.workflow.max_output_size);
    }
    let mut halt = Halt::new(session.stop.clone(), step.timeout_sec.map(Duration::from_secs));
    let mut output = match provide_output(session, step, &mut plan) {
        Ok(output) => output,
        Err(message) => return fail(message),
    };
    let ended = execute(session, step, &plan, &mut output, sink, &mut halt).await;
    sink.flush().await;
    let written = match output {
        OutputFile::Host(path) => Store::take_output(&path),
        OutputFile::Inside { written, .. } => Ok(written),
        OutputFile::None => Ok(String::new()),
    };
    match ended {
        Ok(Ended::Exit(0)) => match results(step, sink, written) {
            Ok(result) => Attempted::Succeeded(result),
            Err(message) => Attempted::Failed { code: 1, message, retry: true },
        },
        Ok(Ended::Exit(code)) => Attempted::Failed { code, message: String::new(), retry: true },
        Ok(Ended::Halted(Cause::StepTimeout)) => {
            let limit = step.timeout_sec.unwrap_or_default();
            Attempted::Failed { code: 124, message: format!("timed out after {limit} s (timeout_sec)"), retry: false }
        }
        Ok(Ended::Halted(Cause::Stopped)) => Attempted::Aborted,
        Err(failure) => Attempted::Failed { code: failure.code, message: failure.message, retry: true },
    }
}

fn results(step: &Step, sink: &mut Sink, written: Result<String, String>) -> Result<StepResult, String> {
    let captured = sink.take_capture()?;
    let output = match (&step.output, captured) {
        (Some(Declared::Variable(name)), Some(text)) => Some((name.value.clone(), text)),
        _ => None,
    };
    let outputs = if step.outputs.is_empty() { IndexMap::new() } else { outputs::collect(&written?, &step.outputs)? };
    Ok(StepResult { output, outputs, ..StepResult::default() })
}

/// Gives the step a `$DAGU_OUTPUT_FILE`: on the host, by a mount in a container of ours, by an
/// upload in one that is not.
fn provide_output(session: &Session, step: &Step, plan: &mut StepPlan) -> Result<OutputFile, String> {
    const MOUNTED: &str = "/.dagu-rs";
    let token = crate::token();
    let inside = |env: &mut Vec<Variable>, path: String| {
        plan::set(env, "DAGU_OUTPUT_FILE", &path);
        OutputFile::Inside { path, written: String::new() }
    };
    match &mut plan.place {
        Placed::Host(_) => {
            let path = session.store.output_file(&token)?;
            plan::set(&mut plan.env, "DAGU_OUTPUT_FILE", &path.to_string_lossy());
            Ok(OutputFile::Host(path))
        }
        Placed::Own(spec) if session.containers().is_some_and(Containers::is_local) => {
            let path = session.store.output_file(&token)?;
            if let Some(folder) = path.parent() {
                let source = folder.to_owned();
                spec.binds.push(plan::container::Bind { source, target: MOUNTED.to_owned(), read_only: false });
            }
            let variable = format!("{MOUNTED}/output");
            plan::set(&mut spec.env, "DAGU_OUTPUT_FILE", &variable);
            plan::set(&mut plan.env, "DAGU_OUTPUT_FILE", &variable);
            Ok(OutputFile::Host(path))
        }
        Placed::Own(spec) => {
            let path = format!("/tmp/dagu-rs-output-{token}");
            plan::set(&mut spec.env, "DAGU_OUTPUT_FILE", &path);
            Ok(inside(&mut plan.env, path))
        }
        Placed::Root | Placed::Attached(_) if plan.writes_outputs || !step.outputs.is_empty() => {
            Ok(inside(&mut plan.env, format!("/tmp/dagu-rs-output-{token}")))
        }
        Placed::Root | Placed::Attached(_) => Ok(OutputFile::None),
    }
}

async fn execute(
    session: &Arc<Session>,
    step: &Step,
    plan: &StepPlan,
    output: &mut OutputFile,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    let signal = step.signal_on_stop.as_deref();
    if let Placed::Host(folder) = &plan.place {
        return on_host(session, plan, folder, signal, sink, halt).await;
    }
    let Some(containers) = session.containers() else {
        return Err(Failure::new("no container engine is connected"));
    };
    match &plan.place {
        Placed::Own(spec) => in_own(session, containers, plan, spec, output, signal, sink, halt).await,
        Placed::Attached(attached) => {
            let id = match containers.wait_running(&attached.target, halt).await? {
                Ok(id) => id,
                Err(cause) => return Ok(Ended::Halted(cause)),
            };
            let place = Inside { id: &id, user: attached.user.clone(), folder: attached.working_dir.clone(), ours: false };
            in_running(session, containers, plan, &place, output, sink, halt).await
        }
        _ => {
            let Some(id) = session.root() else {
                return Err(Failure::new("the shared container is not there"));
            };
            let place = Inside { id: &id, user: None, folder: None, ours: true };
            in_running(session, containers, plan, &place, output, sink, halt).await
        }
    }
}

async fn on_host(
    session: &Session,
    plan: &StepPlan,
    folder: &Path,
    signal: Option<&str>,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    let run = async |argv: &[String], stdin: Option<String>, sink: &mut Sink, halt: &mut Halt| -> Result<Ended, Failure> {
        let (process, output) =
            HostProcess::start(argv, &plan.env, folder, stdin, signal).map_err(|message| Failure { message, code: 127 })?;
        match follow(output, sink, halt, &process, session.grace()).await? {
            Some(cause) => Ok(Ended::Halted(cause)),
            None => process.wait().await.map(Ended::Exit).map_err(Failure::new),
        }
    };
    match &plan.work {
        Work::ImageDefault => Err(Failure::new("there is nothing to execute")),
        Work::Attempts(tries) => {
            let mut last = Ended::Exit(1);
            for (index, attempt) in tries.iter().enumerate() {
                hold_unless_last(session, index, tries, sink)?;
                let ended = run(&attempt.argv, attempt.stdin.clone(), sink, halt).await;
                match settle(index, tries, ended, sink).await {
                    Some(result) => return result,
                    None => last = Ended::Exit(1),
                }
            }
            Ok(last)
        }
        Work::Commands(commands) => {
            for command in commands {
                let (argv, script) = match command {
                    Command::Words(words) => (words.clone(), None),
                    Command::Shell { shell, text, .. } => ([shell.as_slice(), std::slice::from_ref(text)].concat(), None),
                    Command::Script { interpreter, text } => {
                        let path = session.store.script(&crate::token(), text).map_err(Failure::new)?;
                        ([interpreter.as_slice(), &[path_text(&path)]].concat(), Some(path))
                    }
                };
                let ended = run(&argv, None, sink, halt).await;
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

/// Keeps the output of an attempt back while another may follow it.
fn hold_unless_last(session: &Session, index: usize, tries: &[Try], sink: &mut Sink) -> Result<(), Failure> {
    if index + 1 < tries.len() {
        sink.hold(session.store.spool(&crate::token()).map_err(Failure::new)?);
    }
    Ok(())
}

/// What an attempt's end means: the step's result, or `None` to go on with the next attempt.
async fn settle(index: usize, tries: &[Try], ended: Result<Ended, Failure>, sink: &mut Sink) -> Option<Result<Ended, Failure>> {
    let last = index + 1 == tries.len();
    match &ended {
        Ok(Ended::Exit(0)) => {
            sink.release().await;
            Some(ended)
        }
        Ok(Ended::Halted(_)) => {
            sink.discard();
            Some(ended)
        }
        _ if last => Some(ended),
        _ => {
            let tail = sink.discard();
            if let Err(failure) = &ended {
                sink.note(&failure.message).await;
            }
            if !tail.is_empty() {
                sink.note(&format!("recent stdout (tail):\n{tail}")).await;
            }
            let (count, from, to) = (tries.len(), &tries[index].provider, &tries[index + 1].provider);
            sink.note(&format!(
                "harness: attempt {}/{count} with {from} failed; trying fallback {}/{count} with {to}",
                index + 1,
                index + 2
            ))
            .await;
            None
        }
    }
}

/// A running container to execute in.
struct Inside<'a> {
    id: &'a str,
    user: Option<String>,
    folder: Option<String>,
    ours: bool,
}

async fn in_running(
    session: &Session,
    containers: &Containers,
    plan: &StepPlan,
    place: &Inside<'_>,
    output: &mut OutputFile,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    if let OutputFile::Inside { path, .. } = output {
        containers.put_file(place.id, path, 0o666, b"").await?;
    }
    let env: Vec<String> = plan.env.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect();
    let exec = |argv: Vec<String>| Exec { argv, env: env.clone(), user: place.user.clone(), working_dir: place.folder.clone() };
    let ended = match &plan.work {
        Work::ImageDefault => Err(Failure::new("there is nothing to execute")),
        Work::Attempts(tries) => {
            let mut result = Ok(Ended::Exit(1));
            for (index, attempt) in tries.iter().enumerate() {
                hold_unless_last(session, index, tries, sink)?;
                let ended = containers.exec(place.id, exec(attempt.argv.clone()), place.ours, sink, halt).await;
                if let Some(settled) = settle(index, tries, ended, sink).await {
                    result = settled;
                    break;
                }
            }
            result
        }
        Work::Commands(commands) => {
            let mut result = Ok(Ended::Exit(0));
            for command in commands {
                let (argv, script) = inside_argv(containers, place.id, command).await?;
                result = containers.exec(place.id, exec(argv), place.ours, sink, halt).await;
                if let Some(path) = script {
                    containers.drop_file(place.id, &path).await;
                }
                if !matches!(result, Ok(Ended::Exit(0))) {
                    break;
                }
            }
            result
        }
    };
    if let OutputFile::Inside { path, written } = output {
        let taken = containers.take_file(place.id, path).await;
        containers.drop_file(place.id, path).await;
        *written = taken?.unwrap_or_default();
    }
    ended
}

/// What is executed for a command in an existing container, and the script put there for it.
async fn inside_argv(containers: &Containers, id: &str, command: &Command) -> Result<(Vec<String>, Option<String>), Failure> {
    Ok(match command {
        Command::Words(words) => (words.clone(), None),
        Command::Shell { words: Some(words), .. } if !containers.has_shell(id).await? => (words.clone(), None),
        Command::Shell { shell, text, .. } => ([shell.as_slice(), std::slice::from_ref(text)].concat(), None),
        Command::Script { interpreter, text } => {
            let path = format!("/tmp/dagu-rs-script-{}", crate::token());
            containers.put_file(id, &path, 0o755, text.as_bytes()).await?;
            ([interpreter.as_slice(), std::slice::from_ref(&path)].concat(), Some(path))
        }
    })
}

#[allow(clippy::too_many_arguments)]
async fn in_own(
    session: &Session,
    containers: &Containers,
    plan: &StepPlan,
    spec: &ContainerSpec,
    output: &mut OutputFile,
    signal: Option<&str>,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    tokio::select! {
        image = containers.need_image(spec) => image?,
        cause = halt.halted() => return Ok(Ended::Halted(cause)),
    }
    match &plan.work {
        Work::Commands(commands) if commands.len() > 1 => {
            let id = containers.create(spec, &plan.step, &Main::Shared).await?;
            let ended = match containers.start_shared(spec, &id, halt).await {
                Ok(None) => {
                    let place = Inside { id: &id, user: spec.user.clone(), folder: None, ours: true };
                    in_running(session, containers, plan, &place, output, sink, halt).await
                }
                Ok(Some(cause)) => Ok(Ended::Halted(cause)),
                Err(failure) => Err(failure),
            };
            finish(containers, spec, &id).await;
            ended
        }
        Work::Commands(commands) => match commands.first() {
            Some(command) => one_command(containers, plan, spec, command, output, signal, sink, halt).await,
            None => Err(Failure::new("there is nothing to execute")),
        },
        Work::ImageDefault => once(containers, plan, spec, &Main::Image(None), None, None, output, signal, sink, halt).await,
        Work::Attempts(tries) => {
            for (index, attempt) in tries.iter().enumerate() {
                hold_unless_last(session, index, tries, sink)?;
                let main = Main::Words(attempt.argv.clone());
                let ended = once(containers, plan, spec, &main, None, None, output, signal, sink, halt).await;
                if let Some(settled) = settle(index, tries, ended, sink).await {
                    return settled;
                }
            }
            Ok(Ended::Exit(1))
        }
    }
}

#[allow(clippy::too_many_arguments)]
async fn one_command(
    containers: &Containers,
    plan: &StepPlan,
    spec: &ContainerSpec,
    command: &Command,
    output: &mut OutputFile,
    signal: Option<&str>,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    match command {
        Command::Words(words) => once(containers, plan, spec, &Main::Words(words.clone()), None, None, output, signal, sink, halt).await,
        Command::Script { interpreter, text } => {
            let path = format!("/tmp/dagu-rs-script-{}", crate::token());
            let main = Main::Words([interpreter.as_slice(), std::slice::from_ref(&path)].concat());
            once(containers, plan, spec, &main, None, Some((&path, text)), output, signal, sink, halt).await
        }
        Command::Shell { shell, text, words } => {
            let main = Main::Words([shell.as_slice(), std::slice::from_ref(text)].concat());
            // Without a shell in the image, the words are the arguments of its entrypoint.
            let instead = words.clone().map(|words| Main::Image(Some(words)));
            once(containers, plan, spec, &main, instead.as_ref(), None, output, signal, sink, halt).await
        }
    }
}

/// Makes a container, runs its main process to the end and removes it.
#[allow(clippy::too_many_arguments)]
async fn once(
    containers: &Containers,
    plan: &StepPlan,
    spec: &ContainerSpec,
    main: &Main,
    without_shell: Option<&Main>,
    script: Option<(&str, &str)>,
    output: &mut OutputFile,
    signal: Option<&str>,
    sink: &mut Sink,
    halt: &mut Halt,
) -> Result<Ended, Failure> {
    let mut id = containers.create(spec, &plan.step, main).await?;
    let mut main = main;
    if let Some(instead) = without_shell
        && !containers.has_shell(&id).await?
    {
        containers.remove(&id).await;
        main = instead;
        id = containers.create(spec, &plan.step, main).await?;
    }
    let ended = async {
        if let Some((path, text)) = script {
            containers.put_file(&id, path, 0o755, text.as_bytes()).await?;
        }
        if let OutputFile::Inside { path, .. } = &*output {
            containers.put_file(&id, path, 0o666, b"").await?;
        }
        let program = match main {
            Main::Words(words) => words.first().map_or("", String::as_str),
            _ => "",
        };
        let ended = containers.run(&id, program, signal, sink, halt).await?;
        if let OutputFile::Inside { path, written } = output {
            *written = containers.take_file(&id, path).await?.unwrap_or_default();
        }
        Ok(ended)
    }
    .await;
    finish(containers, spec, &id).await;
    ended
}

async fn finish(containers: &Containers, spec: &ContainerSpec, id: &str) {
    if spec.keep { containers.keep(id).await } else { containers.remove(id).await }
}
