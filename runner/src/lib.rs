//! Runs Dagu DAGs on the host and in containers.
//!
//! [`plan`] says what a step will do, [`session`] does it. Nothing below this file reads the
//! environment of the process: it comes in with the [`Request`].

#![forbid(unsafe_code)]

pub mod condition;
pub mod console;
pub mod containers;
pub mod dotenv;
pub mod engine;
pub mod execute;
pub mod harness;
pub mod host;
pub mod masking;
pub mod outputs;
pub mod plan;
pub mod prepare;
pub mod probe;
pub mod process;
mod refusal;
pub mod session;
pub mod sink;
pub mod step;
pub mod store;
pub mod support;
pub mod values;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dagu_schema::Analysis;
use dagu_schema::workflow::Workflow;
use dagu_schema::workflow::known::KnownValues;
use dagu_schema::workflow::visibility::{Semantics, Sight};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use console::{Color, Console};
use containers::Containers;
use engine::Engine;
use engine::docker::DockerEngine;
use masking::Secrets;
use plan::Folders;
use plan::outline::Outline;
use process::Stop;
use session::{Outcome, Parts, Session};
use step::Finished;
use store::Store;

/// A run that is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The DAG file.
    pub file: PathBuf,
    /// The environment of the process.
    pub environment: BTreeMap<String, String>,
    /// Parameters: `NAME=value`, or values by position.
    pub params: Vec<String>,
    /// Whether only the plan is printed.
    pub dry_run: bool,
    /// Whether the order that the author assumed is kept, as long as the engine's semantics do not
    /// forbid it.
    pub infer_depends: bool,
    /// By whose rules it runs.
    pub semantics: Semantics,
    /// Which streams take colours.
    pub color: Color,
}

impl Request {
    pub(crate) fn infers_depends(&self) -> bool {
        self.infer_depends && self.semantics == Semantics::Contract
    }
}

/// The exit code when the run could not begin.
pub const CANNOT_RUN: u8 = 2;

/// Something as good as unique: it names runs, and finds processes again.
pub(crate) fn token() -> String {
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}", random())
}

/// Runs the first document of a DAG, or prints its plan. The analysis must be free of errors.
/// Gives the exit code, and everything that kept the run from beginning.
///
/// # Errors
/// The reasons for which nothing was run; the exit code is [`CANNOT_RUN`] then.
pub async fn run(analysis: &Analysis, request: Request) -> Result<u8, Vec<String>> {
    let Some(workflow) = analysis.workflows.first() else {
        return Err(vec![format!("{} holds no DAG", request.file.display())]);
    };
    let refused = support::refused(analysis, workflow);
    if !refused.is_empty() {
        return Err(refused);
    }
    if request.dry_run {
        let outline = Outline::of(analysis, workflow, &request);
        if !outline.faults.is_empty() {
            return Err(outline.faults());
        }
        // The reader may have seen enough, as in `dagu-rs run --dry-run | head`.
        let _ = std::io::stdout().lock().write_all(outline.text().as_bytes());
        return Ok(0);
    }
    let secrets = Secrets::default();
    let result = match prepare(Arc::new(workflow.clone()), &request, secrets.clone()) {
        Ok(prepared) => perform(prepared, request).await,
        Err(faults) => Err(faults),
    };
    result.map_err(|faults| faults.iter().map(|fault| secrets.mask(fault)).collect())
}

struct Prepared {
    workflow: Arc<Workflow>,
    file: PathBuf,
    dag: String,
    id: String,
    values: values::Values,
    folders: Folders,
    secrets: Secrets,
    store: Store,
}

/// The file and its folder, and the DAG's name.
fn names(workflow: &Workflow, request: &Request) -> (PathBuf, PathBuf, String) {
    // Only an empty path cannot be made absolute, and no file has one.
    let file = std::path::absolute(&request.file).unwrap_or_else(|_| request.file.clone());
    let folder = file.parent().map_or_else(|| PathBuf::from("/"), PathBuf::from);
    let stem = file.file_stem().map_or_else(|| "dag".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let dag = workflow.name.as_ref().map_or(stem, |name| name.value.clone());
    (file, folder, dag)
}

/// What `${context.x.y}` stands for in a run with this id, by `x.y`.
fn context(dag: &str, id: &str, file_folder: &Path) -> BTreeMap<String, String> {
    let folder = file_folder.to_string_lossy();
    let pairs = [
        ("dag.name", dag),
        ("run.id", id),
        ("run.root_name", dag),
        ("run.root_id", id),
        ("attempt.id", id),
        ("trigger.type", "manual"),
        ("paths.work_dir", &folder),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn prepare(workflow: Arc<Workflow>, request: &Request, secrets: Secrets) -> Result<Prepared, Vec<String>> {
    let (file, file_folder, dag) = names(&workflow, request);
    let stamp: String =
        humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let id = format!("{}-{}", stamp.replace('T', "-").trim_end_matches('Z'), &token()[..6]);
    let context = context(&dag, &id, &file_folder);
    let start = values::Values { context: Arc::new(context), semantics: request.semantics, ..values::Values::default() };
    let (mut values, faults) = prepare::values(&workflow, request.environment.clone(), &file_folder, &request.params, &secrets, start);
    if !faults.is_empty() {
        return Err(faults);
    }
    let store = Store::create(&request.environment, &dag, &id).map_err(|message| vec![message])?;
    let folders = Folders::new(&file_folder, &workflow, &values, store.folder.join("work"));
    prepare::add_work_dir(&folders, &mut values);
    Ok(Prepared { workflow, file, dag, id, values, folders, secrets, store })
}

/// Notes on the order that the run adds to what the author wrote.
fn assumed_notes(workflow: &Workflow, infer: bool) -> Vec<String> {
    let (_, assumed) = session::edges(workflow, infer);
    let called = |step: usize| workflow.steps.get(step).map_or("", |step| step.called()).to_owned();
    assumed.iter().map(|a| format!("note: {} waits for {}: both use {}", called(a.reader), called(a.writer), a.path)).collect()
}

async fn perform(prepared: Prepared, request: Request) -> Result<u8, Vec<String>> {
    let Prepared { workflow, file, dag, id, values, folders, secrets, store } = prepared;
    let one = |message: String| vec![message];
    let (edges, _) = session::edges(&workflow, request.infers_depends());
    std::fs::create_dir_all(&folders.work)
        .map_err(|error| one(format!("cannot make the working directory {}: {error}", folders.work.display())))?;
    let names: Vec<String> = workflow.all_steps().map(|step| step.called().to_owned()).collect();
    let (console, writer) = Console::new(&names, request.color, secrets.clone());
    let (sender, stop) = watch::channel(Stop::No);
    let sender = Arc::new(sender);
    let engine = if Session::needs_engine(&workflow) {
        // The engine looks for no rootless socket.
        let exists = |path: &str| request.semantics == Semantics::Contract && std::path::Path::new(path).exists();
        let address = engine::address(&request.environment, exists).map_err(one)?;
        Some(DockerEngine::connect(address).await.map_err(|error| one(error.message))?)
    } else {
        None
    };
    let parts = Parts { workflow, file, dag, id, folders, values, store, console, secrets, stop, edges };
    let session = Session::new(parts);
    if let Some(engine) = engine {
        let engine: Arc<dyn Engine> = Arc::new(engine);
        session.connect(Containers::new(engine, session.id.clone(), session.console.clone(), session.grace()));
        session.check_images().await.map_err(|failure| one(failure.message))?;
    }
    for note in assumed_notes(&session.workflow, request.infers_depends()) {
        session.console.note(note).await;
    }
    watch_signals(sender.clone(), &session.console);
    let result = conduct(Arc::new(session), sender).await;
    writer.finish().await;
    result.map_err(one)
}

/// One Ctrl-C (or SIGTERM) stops the run, a second one ends it at once.
fn watch_signals(sender: Arc<watch::Sender<Stop>>, console: &Console) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else { return };
    // The task must not keep the console's writer alive.
    let weak = console.downgrade();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            let asked = *sender.borrow() >= Stop::Asked;
            if !asked {
                weak.note("stopping: running steps are told to end; once more to end at once").await;
            }
            sender.send_replace(if asked { Stop::AtOnce } else { Stop::Asked });
        }
    });
}

async fn conduct(session: Arc<Session>, sender: Arc<watch::Sender<Stop>>) -> Result<u8, String> {
    let (started, began) = (Instant::now(), SystemTime::now());
    session.record("running", began, None, &[])?;
    let body = tokio::spawn(begin(session.clone()));
    let limit = session.workflow.timeout_sec.filter(|&seconds| seconds > 0).map(Duration::from_secs);
    let timer = sender.clone();
    let timer = tokio::spawn(async move {
        if let Some(limit) = limit {
            tokio::time::sleep(limit).await;
            timer.send_if_modified(|stop| {
                let first = *stop == Stop::No;
                if first {
                    *stop = Stop::TimedOut;
                }
                first
            });
        }
    });
    let abort = body.abort_handle();
    let mut stop = session.stop.clone();
    let ended = tokio::select! {
        ended = body => ended.map_err(|_| "internal error: the run broke down; please report this".to_owned()),
        _ = async { stop.wait_for(|stop| *stop == Stop::AtOnce).await.is_err() } => {
            abort.abort();
            // Dropped steps end their host processes now; a container may still be on its way.
            tokio::time::sleep(Duration::from_millis(100)).await;
            session.clean_up().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(Begun::Ended(Outcome::Interrupted, session.board(), Vec::new()))
        }
    };
    timer.abort();
    session.clean_up().await;
    match ended? {
        Begun::Not(message) => {
            let _ = session.record("failed", began, Some(SystemTime::now()), &[]);
            Err(message)
        }
        Begun::Ended(outcome, steps, handlers) => {
            let called = session.workflow.steps.iter().map(|step| step.called().to_owned());
            let rows: Vec<(String, Finished)> = called.zip(steps).chain(handlers).collect();
            let recorded = session.record(&outcome.name().replace(' ', "_"), began, Some(SystemTime::now()), &rows);
            if let Err(message) = recorded {
                session.console.note(format!("warning: {message}")).await;
            }
            session.console.note(session::summary(outcome, started, &rows, &session.store)).await;
            Ok(outcome.code())
        }
    }
}

enum Begun {
    /// The run ended before its first step, for this reason.
    Not(String),
    /// The run ended.
    Ended(Outcome, Vec<Finished>, Vec<(String, Finished)>),
}

/// The names under which the shared container carries credentials, with what is written for them.
fn credentials_of_root<'a>(workflow: &'a Workflow, values: &values::Values) -> BTreeMap<&'a str, &'a str> {
    let names = plan::names_beside(workflow, values);
    let sight = Sight::new(workflow, &names);
    let entries = workflow.container.iter().flat_map(|container| &container.env);
    entries.filter(|entry| sight.carries_credential(entry)).map(|entry| (entry.name.value.as_str(), entry.value.as_str())).collect()
}

/// Has the values of the shared container's credentials masked.
fn note_credentials_of_root(session: &Session, env: &[plan::Variable]) {
    let named = credentials_of_root(&session.workflow, &session.values);
    let mut of_file = KnownValues::of_dag(&session.workflow);
    of_file.add(session.workflow.container.iter().flat_map(|container| &container.env));
    for variable in env {
        let Some(written) = named.get(variable.name.as_str()).copied() else { continue };
        // What a reference stands in that nobody filled in is a text of the file.
        if !of_file.is_as_written(written, &variable.value) {
            session.secrets.add_credential(&variable.value, Some(written));
        }
    }
}

async fn begin(session: Arc<Session>) -> Begun {
    let count = session.workflow.steps.len();
    match session.shared_spec() {
        Ok(None) => {}
        Ok(Some(spec)) => {
            note_credentials_of_root(&session, &spec.env);
            if let Err(failure) = session.start_root(&spec).await {
                return Begun::Not(format!("the shared container cannot be used: {}", failure.message));
            }
        }
        Err(message) => {
            session.console.note(format!("error: the shared container cannot be made: {message}")).await;
            return Begun::Ended(Outcome::Failed, vec![Finished::default(); count], Vec::new());
        }
    }
    let (outcome, steps, handlers) = session.perform().await;
    Begun::Ended(outcome, steps, handlers)
}
