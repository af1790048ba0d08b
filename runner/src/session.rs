//! A run: the shared container, the steps in their order, the handlers, and what is left behind.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use dagu_schema::workflow::visibility::{Semantics, Sight};
use dagu_schema::workflow::{Place, PullPolicy, Workflow, order};
use indexmap::IndexMap;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::condition;
use crate::console::{Console, duration};
use crate::containers::{Containers, Failure, Main};
use crate::masking::Secrets;
use crate::plan::container::{self, ContainerSpec};
use crate::plan::{self, Folders, Placed};
use crate::prepare;
use crate::process::{Halt, Stop};
use crate::step::{self, Finished, State};
use crate::store::{Record, StepRecord, Store};
use crate::values::{StepResult, Values};

/// What all steps of a run share. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    /// The DAG.
    pub workflow: Arc<Workflow>,
    /// The DAG file.
    pub file: PathBuf,
    /// The DAG's name.
    pub dag: String,
    /// The run's id.
    pub id: String,
    /// Folders on the host.
    pub folders: Folders,
    /// The values that every step sees.
    pub values: Values,
    /// The run's folder.
    pub store: Store,
    /// What the user sees.
    pub console: Console,
    /// What nobody sees.
    pub secrets: Secrets,
    /// Whether the run is to stop.
    pub stop: watch::Receiver<Stop>,
    /// For each step the steps it waits for.
    pub edges: Arc<Vec<Vec<usize>>>,
    containers: Arc<OnceLock<Containers>>,
    /// Each step as it stands now: what is reported when the run is ended at once.
    board: Arc<Mutex<Vec<Finished>>>,
    root: Arc<Mutex<Option<(String, bool)>>>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All steps did what they should.
    Succeeded,
    /// Some failed, and the DAG allows for that.
    PartiallySucceeded,
    /// A step failed, or the run could not go on.
    Failed,
    /// The DAG's time limit passed.
    TimedOut,
    /// The DAG's preconditions are not met.
    Aborted,
    /// Someone stopped it.
    Interrupted,
}

impl Outcome {
    /// The word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::PartiallySucceeded => "partially succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Aborted => "aborted: a precondition is not met",
            Self::Interrupted => "interrupted",
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Succeeded | Self::Aborted => 0,
            Self::PartiallySucceeded | Self::Failed => 1,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
        }
    }
}

/// What a session is made of.
pub struct Parts {
    /// The DAG.
    pub workflow: Arc<Workflow>,
    /// The DAG file.
    pub file: PathBuf,
    /// The DAG's name.
    pub dag: String,
    /// The run's id.
    pub id: String,
    /// Folders on the host.
    pub folders: Folders,
    /// The values that every step sees.
    pub values: Values,
    /// The run's folder.
    pub store: Store,
    /// What the user sees.
    pub console: Console,
    /// What nobody sees.
    pub secrets: Secrets,
    /// Whether the run is to stop.
    pub stop: watch::Receiver<Stop>,
    /// For each step the steps it waits for.
    pub edges: Vec<Vec<usize>>,
}

/// For each step the steps it waits for, and the order that was assumed among them.
pub fn edges(workflow: &Workflow, infer: bool) -> (Vec<Vec<usize>>, Vec<order::Assumed>) {
    let mut edges: Vec<Vec<usize>> = workflow.edges.iter().map(|edges| edges.iter().map(|edge| edge.from).collect()).collect();
    let assumed = if infer { order::infer(workflow) } else { Vec::new() };
    for assumed in &assumed {
        edges[assumed.reader].push(assumed.writer);
    }
    for before in &mut edges {
        before.sort_unstable();
        before.dedup();
    }
    (edges, assumed)
}

impl Session {
    /// A session that has not begun.
    pub fn new(parts: Parts) -> Self {
        let Parts { workflow, file, dag, id, folders, values, store, console, secrets, stop, edges } = parts;
        let (containers, root) = Default::default();
        let board = Arc::new(Mutex::new(vec![Finished::default(); workflow.steps.len()]));
        Self { workflow, file, dag, id, folders, values, store, console, secrets, stop, edges: Arc::new(edges), containers, board, root }
    }

    /// How long a process that is told to end may take.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.workflow.max_clean_up_time_sec)
    }

    /// The run's containers, once an engine is connected.
    pub fn containers(&self) -> Option<&Containers> {
        self.containers.get()
    }

    /// The shared container, once it is there.
    pub fn root(&self) -> Option<String> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(id, _)| id.clone())
    }

    /// Each step as it stands now; one that runs counts as aborted.
    pub fn board(&self) -> Vec<Finished> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_state(&self, step: usize, state: Finished) {
        if let Some(entry) = self.board.lock().unwrap_or_else(PoisonError::into_inner).get_mut(step) {
            *entry = state;
        }
    }

    /// Whether any step or handler runs in a container.
    pub fn needs_engine(workflow: &Workflow) -> bool {
        workflow.all_steps().any(|step| step.place == Place::DockerRun || workflow.container_of(step).is_some())
    }

    /// Takes the connection to the engine.
    pub fn connect(&self, containers: Containers) {
        let _ = self.containers.set(containers);
    }

    /// The spec of the shared container; `None` when no step uses one that the run makes.
    ///
    /// # Errors
    /// When a field cannot be used or a variable it needs is set nowhere.
    pub fn shared_spec(&self) -> Result<Option<ContainerSpec>, String> {
        shared_spec(&self.workflow, &self.values, &self.folders)
    }

    /// Looks for images that must be there already, of steps that can start at once.
    ///
    /// # Errors
    /// When one is not there.
    pub async fn check_images(&self) -> Result<(), Failure> {
        let Some(containers) = self.containers() else { return Ok(()) };
        for spec in self.first_specs().iter().filter(|spec| spec.pull == PullPolicy::Never) {
            containers.need_image(spec).await?;
        }
        Ok(())
    }

    /// The containers of their own of steps that can start at once.
    fn first_specs(&self) -> Vec<ContainerSpec> {
        let names = plan::names_beside(&self.workflow, &self.values);
        let sight = Sight::new(&self.workflow, &names);
        // A step before it may build the image.
        let first = self.workflow.steps.iter().zip(self.edges.iter()).filter(|(_, before)| before.is_empty()).map(|(step, _)| step);
        let own = first.filter(|step| matches!(step.place, Place::OwnContainer | Place::DockerRun));
        own.filter_map(|step| match plan::step_in(&sight, &sight.of(step), &self.workflow, step, &self.values, &self.folders).ok()?.place {
            Placed::Own(spec) => Some(*spec),
            _ => None,
        })
        .collect()
    }

    /// Makes the shared container and waits until it can be used.
    ///
    /// # Errors
    /// When it cannot be made; no step can run then.
    pub async fn start_root(&self, spec: &ContainerSpec) -> Result<(), Failure> {
        let Some(containers) = self.containers() else { return Ok(()) };
        let mut halt = Halt::new(self.stop.clone(), None);
        tokio::select! {
            image = containers.need_image(spec) => image?,
            _ = halt.halted() => return Ok(()),
        }
        let id = containers.create(spec, "", &Main::Shared).await?;
        if containers.start_shared(spec, &id, &mut halt).await?.is_none() {
            *self.root.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, spec.keep));
        }
        Ok(())
    }

    /// Removes every container of the run, but a shared one that is to be kept.
    pub async fn clean_up(&self) {
        let Some(containers) = self.containers() else { return };
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((id, true)) = &root {
            containers.keep(id).await;
        }
        containers.sweep().await;
    }

    /// Runs everything between the making of the shared container and its removal.
    pub async fn perform(self: Arc<Self>) -> (Outcome, Vec<Finished>, Vec<(String, Finished)>) {
        let mut handlers = Vec::new();
        let count = self.workflow.steps.len();
        let not_started = || vec![Finished::default(); count];
        let stopped = |session: &Self| match *session.stop.borrow() {
            Stop::No => None,
            Stop::TimedOut => Some(Outcome::TimedOut),
            _ => Some(Outcome::Interrupted),
        };
        match condition::all_met(&self.workflow.preconditions, &self.values, &self.folders.work).await {
            Ok(true) => {}
            Ok(false) => {
                self.handle("abort", Outcome::Aborted, &[], &mut handlers).await;
                return (Outcome::Aborted, not_started(), handlers);
            }
            Err(message) => {
                self.console.note(format!("error: {message}")).await;
                return (Outcome::Failed, not_started(), handlers);
            }
        }
        let mut finished = not_started();
        let mut outcome = Outcome::Failed;
        if self.handle("init", Outcome::Succeeded, &[], &mut handlers).await {
            finished = self.clone().steps().await;
            let failed = finished.iter().any(|step| step.state == State::Failed && !step.tolerated);
            let tolerated = finished.iter().any(|step| step.state == State::Failed);
            outcome = match stopped(&self) {
                Some(outcome) => outcome,
                None if failed => Outcome::Failed,
                None if tolerated => Outcome::PartiallySucceeded,
                None => Outcome::Succeeded,
            };
        } else if let Some(stopped) = stopped(&self) {
            outcome = stopped;
        }
        let event = match outcome {
            Outcome::Succeeded | Outcome::PartiallySucceeded => "success",
            Outcome::Failed | Outcome::TimedOut => "failure",
            Outcome::Aborted | Outcome::Interrupted => "abort",
        };
        self.handle(event, outcome, &finished, &mut handlers).await;
        self.handle("exit", outcome, &finished, &mut handlers).await;
        if outcome == Outcome::Succeeded && handlers.iter().any(|(_, handler)| handler.state == State::Failed && !handler.tolerated) {
            outcome = Outcome::Failed;
        }
        (outcome, finished, handlers)
    }

    /// Runs the handler of an event, also when the run was told to stop: with the outputs of all
    /// steps so far. False when it failed.
    async fn handle(&self, event: &str, outcome: Outcome, steps: &[Finished], handlers: &mut Vec<(String, Finished)>) -> bool {
        let Some(index) = self.workflow.handlers.iter().position(|(name, _)| name.value == event) else { return true };
        let step = self.workflow.handlers[index].1.clone();
        let mut values = self.values_behind(steps.iter().enumerate().rev());
        if event != "init" {
            let status = outcome.name().split(':').next().unwrap_or_default().replace(' ', "_");
            let status = if matches!(outcome, Outcome::TimedOut) { "failed".to_owned() } else { status.replace("interrupted", "aborted") };
            prepare::add_status(&status, &mut values);
        }
        let stop = if event == "init" { self.stop.clone() } else { watch::channel(Stop::No).1 };
        let session = Arc::new(Self { stop, ..self.clone() });
        let finished = step::run(session, step.clone(), self.workflow.steps.len() + index, values).await;
        let good = finished.state != State::Failed || finished.tolerated;
        handlers.push((step.name, finished));
        good
    }

    /// Runs the steps in their order.
    async fn steps(self: Arc<Self>) -> Vec<Finished> {
        let count = self.workflow.steps.len();
        let mut finished: Vec<Option<Finished>> = vec![None; count];
        let mut waits: Vec<usize> = self.edges.iter().map(Vec::len).collect();
        let mut blocked = vec![false; count];
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (step, before) in self.edges.iter().enumerate() {
            before.iter().for_each(|&from| after[from].push(step));
        }
        let mut ready: VecDeque<usize> = (0..count).filter(|&step| waits[step] == 0).collect();
        let mut running = JoinSet::new();
        let mut tasks = HashMap::new();
        let limit = self.workflow.max_active_steps.filter(|&limit| limit > 0).unwrap_or(usize::MAX);
        let mut stop = self.stop.clone();
        loop {
            while *stop.borrow() == Stop::No && running.len() < limit {
                let Some(step) = ready.pop_front() else { break };
                let values = self.values_before(step, &finished);
                self.note_state(step, Finished { state: State::Aborted, ..Finished::default() });
                let task = running.spawn(step::run(self.clone(), self.workflow.steps[step].clone(), step, values));
                tasks.insert(task.id(), step);
            }
            let Some(ended) = running.join_next_with_id().await else { break };
            let (step, result) = match ended {
                Ok((id, result)) => (tasks.remove(&id), result),
                Err(error) => {
                    let message = "internal error: the step's task broke down; please report this".to_owned();
                    (tasks.remove(&error.id()), Finished { state: State::Failed, error: Some(message), ..Finished::default() })
                }
            };
            let Some(step) = step else { continue };
            let passes = match result.state {
                State::Succeeded => true,
                State::Failed => result.tolerated,
                State::Skipped => self.workflow.steps[step].continue_on.as_ref().is_some_and(|policy| policy.skipped),
                State::NotStarted | State::Aborted => false,
            };
            self.note_state(step, result.clone());
            finished[step] = Some(result);
            for &next in &after[step] {
                blocked[next] |= !passes;
                waits[next] -= 1;
                if waits[next] == 0 && !blocked[next] {
                    ready.push_back(next);
                }
            }
        }
        let _ = stop.borrow_and_update();
        finished.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// The values in sight of a step: with the outputs of all it runs after.
    fn values_before(&self, step: usize, finished: &[Option<Finished>]) -> Values {
        let mut seen = vec![false; finished.len()];
        let mut queue: VecDeque<usize> = self.edges[step].iter().copied().collect();
        let mut order = Vec::new();
        while let Some(before) = queue.pop_front() {
            if !std::mem::replace(&mut seen[before], true) {
                order.push(before);
                queue.extend(&self.edges[before]);
            }
        }
        self.values_behind(order.into_iter().filter_map(|before| Some((before, finished.get(before)?.as_ref()?))))
    }

    /// The values in sight behind these steps, each by its index, the nearest first.
    fn values_behind<'a>(&self, steps: impl Iterator<Item = (usize, &'a Finished)>) -> Values {
        let mut results: BTreeMap<String, StepResult> = BTreeMap::new();
        let mut outputs: IndexMap<String, String> = IndexMap::new();
        for (before, done) in steps {
            let Some(step) = self.workflow.steps.get(before) else { continue };
            if let Some((name, value)) = &done.result.output {
                // The nearest step that sets a name wins.
                outputs.entry(name.clone()).or_insert_with(|| value.clone());
            }
            results.insert(step.id.as_ref().map_or_else(|| step.name.clone(), |id| id.value.clone()), done.result.clone());
        }
        Values { steps: Arc::new(results), local: outputs, ..self.values.clone() }
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn record(
        &self,
        status: &str,
        started: SystemTime,
        finished_at: Option<SystemTime>,
        steps: &[(String, Finished)],
    ) -> Result<(), String> {
        let time = |time: SystemTime| humantime::format_rfc3339_millis(time).to_string();
        let steps = steps.iter().map(|(name, finished)| StepRecord {
            step: self.secrets.mask(name),
            state: finished.state.name().replace(' ', "_"),
            duration_ms: (finished.state != State::NotStarted).then_some(finished.time.as_millis()),
            exit_code: finished.code,
            error: finished.error.as_ref().map(|error| self.secrets.mask(error)),
        });
        self.store.write_record(&Record {
            version: 1,
            id: &self.id,
            dag: &self.dag,
            file: self.file.display().to_string(),
            status,
            started_at: time(started),
            finished_at: finished_at.map(time),
            pid: std::process::id(),
            steps: steps.collect(),
        })
    }
}

/// The spec of the shared container; `None` when no step uses one that the run makes.
///
/// # Errors
/// When a field cannot be used or a variable it needs is set nowhere.
pub fn shared_spec(workflow: &Workflow, values: &Values, folders: &Folders) -> Result<Option<ContainerSpec>, String> {
    let used = workflow.all_steps().any(|step| step.place == Place::RootContainer);
    let Some(root) = workflow.container.as_ref().filter(|root| used && root.image().is_some()) else { return Ok(None) };
    let mut inside = values.clone();
    let env = container::env(root, &mut inside)?;
    // In the engine its own variables are not in sight of its other fields.
    let values = if values.semantics == Semantics::Engine { values } else { &inside };
    container::spec(root, env, values, &folders.work, true).map(Some)
}

/// The summary of a run as lines of text.
pub fn summary(outcome: Outcome, started: Instant, steps: &[(String, Finished)], store: &Store) -> String {
    let width = steps.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(4);
    let mut out = format!("\n{:width$}  {:<12}{:>8}  exit\n", "step", "state", "time");
    for (name, finished) in steps {
        let state =
            if finished.tolerated && finished.state == State::Failed { "failed, ok".to_owned() } else { finished.state.name().to_owned() };
        let time = if matches!(finished.state, State::NotStarted) { "-".to_owned() } else { duration(finished.time) };
        let code = finished.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        out.push_str(&format!("{name:width$}  {state:<12}{time:>8}  {code}\n"));
    }
    out.push_str(&format!("run {} in {}; logs in {}", outcome.name(), duration(started.elapsed()), store.folder.display()));
    out
}
