//! One step from its conditions to its outputs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dagu_schema::workflow::known::KnownValues;
use dagu_schema::workflow::reference::{Policy, expand};
use dagu_schema::workflow::visibility::Semantics;
use dagu_schema::workflow::{Step, provider};
use indexmap::IndexMap;

use crate::condition;
use crate::console::duration;
use crate::containers::Ended;
use crate::execute::{Execution, OutputFile};
use crate::outputs;
use crate::plan;
use crate::prepare;
use crate::process::{Cause, Halt};
use crate::session::Session;
use crate::sink::Sink;
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
    prepare::add_step_context(&step, (&logs.0.to_string_lossy(), &logs.1.to_string_lossy()), &mut values);
    match condition::all_met(step.every_precondition(), &values, &session.folders.of(&step, &values)).await {
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
                if let Some(wait) = retry.then(|| next_try(&step, tries, code_for_retry(&session, &step, code))).flatten() {
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
    let Some(policy) = step.continue_on.as_ref().filter(|_| finished.state == State::Failed) else { return finished };
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

/// The code that decides about another try: the engine does not know that of a command which it
/// executes in a running container.
fn code_for_retry(session: &Session, step: &Step, code: i64) -> i64 {
    if session.values.semantics == Semantics::Engine && step.is_executed_in_running_container() { 1 } else { code }
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

/// Has the values of a step's credentials masked. What a reference stands in that nobody filled in is a text of the file.
fn note_credentials(session: &Session, step: &Step, plan: &plan::StepPlan) {
    let mut of_file = KnownValues::of_dag(&session.workflow);
    of_file.add(step.every_env());
    of_file.add(session.workflow.container_of(step).into_iter().flat_map(|container| &container.env));
    for (value, written) in &plan.credentials {
        if !written.as_ref().is_some_and(|written| of_file.is_as_written(written, value)) {
            session.secrets.add_credential(value, written.as_deref());
        }
    }
}

async fn attempt(session: &Arc<Session>, step: &Step, values: &Values, sink: &mut Sink) -> Attempted {
    let fail = |message: String| Attempted::Failed { code: 1, message, retry: false };
    let mut values = values.clone();
    let by_engine = values.semantics == Semantics::Engine;
    let unmounted = match by_engine.then(|| OutputFile::provide_unmounted(session, &mut values)).transpose() {
        Ok(output) => output,
        Err(message) => return fail(message),
    };
    let planned = plan::step(&session.workflow, step, &values, &session.folders);
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(message) => return fail(message),
    };
    note_credentials(session, step, &plan);
    if step.output_variable().is_some() {
        sink.capture(session.workflow.max_output_size);
    }
    let mut halt = Halt::new(session.stop.clone(), step.timeout_sec.map(Duration::from_secs));
    let output = match unmounted.map_or_else(|| OutputFile::provide(session, step, &mut plan), Ok) {
        Ok(output) => output,
        Err(message) => return fail(message),
    };
    let signal = step.signal_on_stop.as_deref();
    let mut execution = Execution { session, plan: &plan, output, signal, sink: &mut *sink, halt: &mut halt };
    let ended = execution.run().await;
    let written = execution.output.take();
    sink.flush().await;
    match ended {
        Ok(Ended::Exit(0)) => match results(step, sink, written) {
            Ok(result) => {
                let captured = result.output.as_ref().filter(|(name, _)| provider::sounds_like_credential(name));
                captured.into_iter().for_each(|(_, value)| session.secrets.add_credential(value, None));
                Attempted::Succeeded(result)
            }
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
    let output = step.output_variable().zip(captured).map(|(name, text)| (name.value.clone(), text));
    let outputs = if step.outputs.is_empty() { IndexMap::new() } else { outputs::collect(&written?, &step.outputs)? };
    Ok(StepResult { output, outputs, ..StepResult::default() })
}
