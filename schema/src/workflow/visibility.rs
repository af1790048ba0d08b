//! Which names a step can see, where each comes from and how it gets there: by the contract, which
//! `dagu-rs run` keeps, and in the engine.
//!
//! By the contract a container sees its own `env`, its mounts and the step's `env`; of the DAG's
//! scope only what the step's `run` text names. What the engine lets in differs and was measured
//! with a known value from each source in each kind of step.

use std::collections::{HashMap, HashSet};

use crate::source::Span;
use crate::syntax::{Entry, Kind, Node};
use crate::workflow::credential::{Credentials, Held};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::harness::FlagValue;
use crate::workflow::reference::{self, Target};
use crate::workflow::volume::VolumeKind;
use crate::workflow::{Action, Container, EnvEntry, HarnessStep, Place, Step, Workflow, command, docker_run, mounted, provider};

/// By whose rules a DAG is run, where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Semantics {
    /// What the engine's pages promise.
    #[default]
    Contract,
    /// What the engine was measured to do.
    Engine,
}

impl Semantics {
    /// The word for it where a program reads.
    pub fn key(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Engine => "engine",
        }
    }
}

/// Where a name comes from, the strongest first: of two sources of a name, the one above counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The container's `env`.
    ContainerEnv,
    /// The step's `env`.
    StepEnv,
    /// `output` or `outputs` of a step before it.
    StepOutput,
    /// `secrets`
    Secret,
    /// A dotenv file.
    Dotenv,
    /// The DAG's `env`.
    DagEnv,
    /// `params`
    Param,
    /// A folder or file of the host, mounted into the container.
    Mount,
}

impl Origin {
    /// All of them, the strongest first.
    pub const ALL: [Self; 8] =
        [Self::ContainerEnv, Self::StepEnv, Self::StepOutput, Self::Secret, Self::Dotenv, Self::DagEnv, Self::Param, Self::Mount];

    /// What the author would call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContainerEnv => "container.env",
            Self::StepEnv => "the step's env",
            Self::StepOutput => "a step's output",
            Self::Secret => "secrets",
            Self::Dotenv => "dotenv",
            Self::DagEnv => "the DAG's env",
            Self::Param => "params",
            Self::Mount => "a mount",
        }
    }

    /// The word for it where a program reads.
    pub fn key(self) -> &'static str {
        match self {
            Self::ContainerEnv => "container_env",
            Self::StepEnv => "step_env",
            Self::StepOutput => "step_output",
            Self::Secret => "secret",
            Self::Dotenv => "dotenv",
            Self::DagEnv => "dag_env",
            Self::Param => "param",
            Self::Mount => "mount",
        }
    }
}

/// How a value gets to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// As a variable of its process.
    pub environment: bool,
    /// Written into its command line, prompt or input.
    pub text: bool,
    /// As a file.
    pub mount: bool,
    /// Whether the variable holds only the reference as written: nothing gives it a value.
    pub literal: bool,
    /// The same of the text.
    pub literal_text: bool,
    /// Whether what gets there is no credential, though by other rules it is one.
    pub harmless: bool,
}

impl Routes {
    /// Whether all that gets there is a reference as written.
    pub fn is_literal(self) -> bool {
        self.any() && !self.harmless && !self.of_value().any()
    }

    /// Whether it gets there at all.
    pub fn any(self) -> bool {
        self.environment || self.text || self.mount
    }

    /// The ways that a value takes: none where only the reference gets there.
    #[must_use]
    pub fn of_value(self) -> Self {
        let is_text = self.text && !self.literal_text;
        if self.harmless { Self::default() } else { Self { environment: self.environment && !self.literal, text: is_text, ..self } }
    }
}

/// A name that a step can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The variable's name; of a mount its source.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Where the author wrote it; `None` for what a dotenv file defines.
    pub span: Option<Span>,
    /// Whether it carries a credential, as far as names and values tell.
    pub credential: bool,
    /// The names that its value is taken from; of a mount, what it holds.
    pub from: Vec<String>,
    /// How it gets to the step by the contract.
    pub contract: Routes,
    /// How it gets to the step in the engine.
    pub engine: Routes,
}

impl Visible {
    /// How it gets to the step.
    pub fn routes(&self, semantics: Semantics) -> Routes {
        match semantics {
            Semantics::Contract => self.contract,
            Semantics::Engine => self.engine,
        }
    }
}

/// Paths of the host among the names that a run sets, which the engine keeps from a harness in the
/// root container.
const HIDDEN_FROM_ROOT_HARNESS: [&str; 9] = [
    "DAG_DOCS_DIR",
    "DAG_PUSHBACK_PREVIOUS_STDOUT_FILE",
    "DAG_RUN_ARTIFACTS_DIR",
    "DAG_RUN_LOG_FILE",
    "DAG_RUN_STEP_STDERR_FILE",
    "DAG_RUN_STEP_STDOUT_FILE",
    "DAG_RUN_WORK_DIR",
    "DAG_WIKI_DIR",
    "PWD",
];

/// What executes a step, as far as it decides what is in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Executor {
    /// A process on the host.
    HostProcess,
    /// `run` in the root container.
    RunInRoot,
    /// `run` in a container of the step's own.
    RunInOwn,
    /// A harness in a container.
    HarnessInContainer,
    /// `docker.run`, whose container has an `env` of its own and takes nothing from the step.
    DockerRun,
    /// `run` on another machine, over SSH: values get there in the text alone.
    Ssh,
    /// The engine itself, which reads texts and starts no process.
    InProcess,
}

impl Executor {
    fn of(step: &Step) -> Self {
        match (&step.action, step.place) {
            (Action::Harness(_), Place::RootContainer | Place::OwnContainer) => Self::HarnessInContainer,
            (Action::Run(_), Place::RootContainer) => Self::RunInRoot,
            (_, Place::DockerRun) => Self::DockerRun,
            (_, Place::Ssh) => Self::Ssh,
            (_, Place::OwnContainer) => Self::RunInOwn,
            (_, Place::RootContainer) => Self::RunInRoot,
            (Action::Other(name), Place::Host) if name.value.trim() != "exec" => Self::InProcess,
            (_, Place::Host) => Self::HostProcess,
        }
    }
}

/// What the steps of a DAG can see.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    workflow: &'a Workflow,
    dotenv: &'a Dotenv,
    credentials: Credentials,
    /// The steps of the document by address, each with the index of the step that it is or is
    /// within; empty when no step sets a variable with `output`.
    indexes: HashMap<*const Step, usize>,
    in_root: InRoot,
}

impl<'a> Sight<'a> {
    /// What is known of a DAG, and of what its dotenv files define.
    pub fn new(workflow: &'a Workflow, dotenv: &'a Dotenv) -> Self {
        let sets_output = workflow.steps.iter().any(|step| step.output_variable().is_some());
        let mut indexes = HashMap::new();
        let mut open: Vec<(usize, &Step)> = if sets_output { workflow.steps.iter().enumerate().collect() } else { Vec::new() };
        while let Some((index, step)) = open.pop() {
            indexes.insert(std::ptr::from_ref(step), index);
            open.extend(step.body.iter().map(|inner| (index, inner)));
        }
        Self { indexes, ..Self::beside_outputs(workflow, dotenv) }
    }

    /// The same without what `output` of steps sets, for who asks about other names: for each step all
    /// that run before it would be looked at.
    pub fn beside_outputs(workflow: &'a Workflow, dotenv: &'a Dotenv) -> Self {
        let in_root = workflow.container.as_ref().map(InRoot::of).unwrap_or_default();
        Self { workflow, dotenv, credentials: Credentials::of(workflow, dotenv), indexes: HashMap::new(), in_root }
    }

    /// What is known of a DAG for the sake of one step.
    pub fn for_step(workflow: &'a Workflow, dotenv: &'a Dotenv, step: &Step) -> Self {
        let holds = |outer: &Step| std::ptr::eq(outer, step) || (!outer.body.is_empty() && outer.node.span.contains(step.node.span));
        let index = workflow.steps.iter().position(holds);
        let indexes = index.map(|index| (std::ptr::from_ref(step), index)).into_iter().collect();
        Self { indexes, ..Self::beside_outputs(workflow, dotenv) }
    }

    /// Whether it is known which steps run before which.
    pub fn looks_at_outputs(&self) -> bool {
        !self.indexes.is_empty()
    }

    /// Whether an entry of an `env` passes a credential on.
    pub fn carries_credential(&self, entry: &EnvEntry) -> bool {
        self.credentials.carried_by(entry)
    }

    /// Everything that gets to a step by the contract or in the engine, the strongest source of
    /// each name. Names that Dagu itself sets (`DAG_RUN_ID`, ...) and the few that a host process
    /// inherits are left out.
    pub fn of(&self, step: &Step) -> Vec<Visible> {
        self.of_those(step, &|_| true)
    }

    /// The same without names of the DAG's scope that are not asked for: there may be many.
    pub fn of_those(&self, step: &Step, is_asked: &dyn Fn(&str) -> bool) -> Vec<Visible> {
        let executor = Executor::of(step);
        let text = Mentioned::by(self.workflow, step, executor);
        let named: HashSet<String> = named_in_command(step).into_iter().collect();
        let mut seen = HashSet::new();
        let (mut scope, local) = self.scope(step, executor, is_asked);
        let mut in_root = [HashSet::new(), HashSet::new()];
        for (visible, held) in &mut scope {
            let is_nearest = seen.insert(visible.name.clone());
            let is_in_root = |semantics, found: &mut HashSet<String>| {
                self.in_root.has_of_root(step, visible, semantics) && found.insert(visible.name.clone())
            };
            let [contract, engine] = &mut in_root;
            let of_root = [is_in_root(Semantics::Contract, contract), is_in_root(Semantics::Engine, engine)];
            if !is_nearest && of_root == [false, false] {
                continue;
            }
            let in_text = |semantics| self.credentials.is_literal_in_text(held, &local, semantics);
            let is_named = matches!(executor, Executor::RunInRoot | Executor::RunInOwn) && named.contains(&visible.name);
            let is_written = text.contract.contains(&visible.name) || self.in_root.has_of_step(step, &visible.name);
            visible.contract = Routes {
                environment: is_nearest && (by_contract(executor, visible.origin) || is_named),
                text: (is_nearest && is_written) || of_root[0],
                mount: false,
                literal: held.is_literal(Semantics::Contract),
                literal_text: in_text(Semantics::Contract),
                harmless: held.is_harmless(Semantics::Contract),
            };
            visible.engine = Routes {
                environment: is_nearest && in_engine(executor, visible.origin) && !is_hidden(executor, step, visible),
                text: (is_nearest && text.engine.contains(&visible.name)) || of_root[1],
                mount: false,
                literal: held.is_literal(Semantics::Engine),
                literal_text: in_text(Semantics::Engine),
                harmless: held.is_harmless(Semantics::Engine),
            };
        }
        let mut out: Vec<Visible> = scope.into_iter().map(|(visible, _)| visible).collect();
        if matches!(executor, Executor::HostProcess | Executor::InProcess) && !step.is_in_handler() {
            let of_root = self.root_container_env(executor, &text, local);
            let names: HashSet<&str> = of_root.iter().map(|visible| visible.name.as_str()).collect();
            out.iter_mut().filter(|visible| names.contains(visible.name.as_str())).for_each(|visible| visible.engine = Routes::default());
            out.extend(of_root);
        }
        out.extend(self.declared_outputs(&text));
        out.retain(|visible| visible.contract.any() || visible.engine.any());
        out.extend(self.mounts(step));
        out
    }

    /// All that has a name for the step, the strongest first, and the names among it that are nearer
    /// than the DAG's.
    fn scope(&self, step: &Step, executor: Executor, is_asked: &dyn Fn(&str) -> bool) -> (Vec<(Visible, Held)>, HashMap<String, Held>) {
        let workflow = self.workflow;
        let mut local: HashMap<String, Held> = HashMap::new();
        let outputs: Vec<(Visible, Held)> = self
            .outputs_before(step)
            .into_iter()
            .map(|visible| (Held::named(&visible.name), visible))
            .map(|(held, visible)| (visible, held))
            .collect();
        for (visible, held) in outputs.iter().rev() {
            local.insert(visible.name.clone(), held.clone());
        }
        let of_step = self.entries(Origin::StepEnv, step.every_env(), &mut local);
        let container = workflow.container_of(step).filter(|_| executor != Executor::DockerRun);
        let container_env = container.map(|container| container.env.as_slice()).unwrap_or_default();
        // The shared container is made before any step.
        let is_shared = step.place == Place::RootContainer && container.is_some_and(|container| container.attach().is_none());
        let mut of_root = HashMap::new();
        let mut of_container = self.entries(Origin::ContainerEnv, container_env, if is_shared { &mut of_root } else { &mut local });
        if is_shared && executor == Executor::HarnessInContainer {
            // The engine hands it to the agent once more, and reads it with the step's.
            let again = self.entries(Origin::ContainerEnv, container_env, &mut local.clone());
            take_again(&mut of_container, again);
        }
        if step.place == Place::OwnContainer {
            // There the engine reads it twice, and the second time it has all of it.
            let again = self.entries(Origin::ContainerEnv, container_env, &mut local);
            take_again(&mut of_container, again);
        }
        local.extend(of_root);
        let mut of_step = of_step;
        if executor == Executor::RunInOwn {
            // The engine reads the step's variables once more for the container, when it has all of them.
            let again = self.entries(Origin::StepEnv, step.every_env(), &mut local.clone());
            take_again(&mut of_step, again);
        }
        let mut out = of_container;
        if let Action::DockerRun(Some(with)) = &step.action {
            let entries = docker_run::env(with);
            out.extend(entries.iter().rev().map(|entry| {
                let held = self.credentials.held(entry.name, entry.value, &local, &|_, _| false);
                let from = reference::sources(entry.value);
                (Visible { from, ..visible(entry.name, Origin::ContainerEnv, Some(entry.span), held.credential) }, held)
            }));
        }
        out.extend(of_step);
        out.extend(outputs);
        let credentials = &self.credentials;
        let of_dag = |name: &str, origin, span| {
            let held = credentials.get(name).cloned().unwrap_or_default();
            (visible(name, origin, span, held.credential), held)
        };
        let secrets = workflow.secrets.iter().rev().filter(|secret| is_asked(&secret.name.value));
        out.extend(secrets.map(|secret| of_dag(&secret.name.value, Origin::Secret, Some(secret.name.span))));
        out.extend(self.dotenv.iter().filter(|(name, _)| is_asked(name)).map(|(name, made)| {
            let (visible, held) = of_dag(name, Origin::Dotenv, None);
            (Visible { from: made.from(|name| self.has_name(step, name)), ..visible }, held)
        }));
        out.extend(workflow.env.iter().rev().filter(|entry| is_asked(&entry.name.value)).map(|entry| {
            let (visible, held) = of_dag(&entry.name.value, Origin::DagEnv, Some(entry.span));
            (Visible { from: reference::sources(&entry.value), ..visible }, held)
        }));
        let params = workflow.params.iter().rev().filter(|param| is_asked(&param.name.value));
        out.extend(params.map(|param| of_dag(&param.name.value, Origin::Param, Some(param.name.span))));
        (out, local)
    }

    /// Whether something gives a value to a name, or to `params.NAME`.
    fn has_name(&self, step: &Step, name: &str) -> bool {
        let workflow = self.workflow;
        let is_param = |name: &str| workflow.params.iter().any(|param| param.name.value == name);
        name.strip_prefix("params.").is_some_and(is_param)
            || self.credentials.get(name).is_some()
            || step.every_env().any(|entry| entry.name.value == name)
    }

    /// Entries that see what is nearer than the DAG's, and each other from top to bottom; of two of
    /// a name the later counts.
    fn entries<'e>(
        &self,
        origin: Origin,
        entries: impl IntoIterator<Item = &'e EnvEntry>,
        local: &mut HashMap<String, Held>,
    ) -> Vec<(Visible, Held)> {
        // The environment of the process gives a value to the DAG's env; here to the container's as well.
        let asks_process = |_: &str, semantics| origin == Origin::ContainerEnv && semantics == Semantics::Contract;
        let mut out = Vec::new();
        for entry in entries {
            let name = &entry.name.value;
            let held = self.credentials.held(name, &entry.value, local, &asks_process);
            local.insert(name.clone(), held.clone());
            let from = reference::sources(&entry.value);
            out.push((Visible { from, ..visible(name, origin, Some(entry.span), held.credential) }, held));
        }
        out.reverse();
        out
    }

    /// The engine puts the root container's env in sight of steps on the host as well, but not of
    /// handlers; what these have under its names it hides.
    fn root_container_env(&self, executor: Executor, text: &Mentioned, mut local: HashMap<String, Held>) -> Vec<Visible> {
        let container = self.workflow.container.as_ref();
        let mut own = HashSet::new();
        let mut entries =
            self.entries(Origin::ContainerEnv, container.map(|container| container.env.as_slice()).unwrap_or_default(), &mut local);
        entries.retain(|(visible, _)| own.insert(visible.name.clone()));
        let with_routes = |(visible, held): (Visible, Held)| Visible {
            engine: Routes {
                environment: executor == Executor::HostProcess,
                text: text.engine.contains(&visible.name),
                mount: false,
                literal: held.is_literal(Semantics::Engine),
                literal_text: self.credentials.is_literal_in_text(&held, &local, Semantics::Engine),
                harmless: held.is_harmless(Semantics::Engine),
            },
            ..visible
        };
        entries.into_iter().map(with_routes).collect()
    }

    /// What `output` of steps that run before this one sets; in a handler, but that of `init`, of
    /// every step.
    fn outputs_before(&self, step: &Step) -> Vec<Visible> {
        let steps = &self.workflow.steps;
        let before: Vec<usize> = match self.indexes.get(&std::ptr::from_ref(step)) {
            Some(&this) => self.before(this),
            None if step.is_in_handler() && step.name != "onInit" => (0..steps.len()).rev().collect(),
            None => Vec::new(),
        };
        let outputs = before.into_iter().filter_map(|index| steps.get(index)?.output_variable());
        outputs
            .map(|name| visible(&name.value, Origin::StepOutput, Some(name.span), provider::sounds_like_credential(&name.value)))
            .collect()
    }

    /// The steps that run before one, the nearest first.
    fn before(&self, step: usize) -> Vec<usize> {
        let edges = &self.workflow.edges;
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut queue: std::collections::VecDeque<usize> = edges.get(step).into_iter().flatten().map(|edge| edge.from).collect();
        while let Some(before) = queue.pop_front() {
            if seen.insert(before) {
                found.push(before);
                queue.extend(edges.get(before).into_iter().flatten().map(|edge| edge.from));
            }
        }
        found
    }

    /// Declared outputs that the step's texts name.
    fn declared_outputs(&self, text: &Mentioned) -> Vec<Visible> {
        let mut found = Vec::new();
        for path in &text.outputs {
            let Some((id, name)) = path.split_once('.') else { continue };
            let Some(step) = self.workflow.step_index(id).and_then(|index| self.workflow.steps.get(index)) else { continue };
            let declared = step.outputs.iter().find(|output| output.name.value == name);
            let routes = Routes { text: true, ..Routes::default() };
            let credential = provider::sounds_like_credential(name);
            let span = declared.map(|output| output.name.span);
            found.push(Visible {
                contract: routes,
                engine: routes,
                ..visible(&format!("{id}.{name}"), Origin::StepOutput, span, credential)
            });
        }
        found
    }

    /// Folders and files with a credential that the step's container mounts.
    fn mounts(&self, step: &Step) -> Vec<Visible> {
        let container = self.workflow.container_of(step);
        let own = step.container.as_ref().map(|_| step);
        let routes = Routes { mount: true, ..Routes::default() };
        let mounted = container.map(|container| mounted::of(self.workflow, container, own)).unwrap_or_default().into_iter();
        let dotenv = container.map(|container| self.mounted_dotenv(step, container)).unwrap_or_default();
        mounted
            .map(|mounted| Visible {
                contract: routes,
                engine: routes,
                from: vec![mounted.what],
                ..visible(&mounted.volume.source, Origin::Mount, Some(mounted.span), true)
            })
            .chain(dotenv)
            .collect()
    }

    /// Folders of the DAG with a dotenv file in them that defines a credential. Without
    /// `working_dir` the engine mounts a scratch folder in their place.
    fn mounted_dotenv(&self, step: &Step, container: &Container) -> Vec<Visible> {
        let workflow = self.workflow;
        if !self.credentials.are_in_files() {
            return Vec::new();
        }
        let of_step = step.working_dir.as_ref().filter(|_| step.place == Place::OwnContainer).map(|written| written.value.as_str());
        let of_dag = workflow.working_dir.as_ref().map(|written| written.value.as_str());
        let has_folder = of_dag.is_some() || of_step.is_some_and(|written| written.starts_with('/'));
        let Some(base) = below(&[], of_dag.unwrap_or(".")).and_then(|base| below(&base, of_step.unwrap_or("."))) else { return Vec::new() };
        let files: Vec<(&String, Vec<&str>)> = workflow.dotenv.iter().filter_map(|written| Some((written, below(&[], written)?))).collect();
        let mounts = container.mounts().iter().filter(|(volume, _)| volume.kind == VolumeKind::Bind);
        mounts
            .filter_map(|(volume, node)| {
                let source = below(&base, &volume.source)?;
                let (written, _) = files.iter().find(|(_, file)| file.starts_with(&source))?;
                let routes = Routes { mount: true, ..Routes::default() };
                let engine = if has_folder { routes } else { Routes::default() };
                let from = vec![format!("the dotenv file `{written}`")];
                Some(Visible { contract: routes, engine, from, ..visible(&volume.source, Origin::Mount, Some(node.span), true) })
            })
            .collect()
    }
}

/// The parts of a path below the folder of the DAG file; `None` for one that is elsewhere, or of which
/// that cannot be said.
fn below<'a>(base: &[&'a str], written: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = base.to_vec();
    if written.starts_with(['/', '~']) || written.contains('$') {
        return None;
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts)
}

/// What names stand for in the engine, which reads them again when it knows more.
fn take_again(read: &mut [(Visible, Held)], again: Vec<(Visible, Held)>) {
    for ((visible, held), (_, again)) in read.iter_mut().zip(again) {
        held.take_engine(again);
        visible.credential |= held.credential;
    }
}

fn visible(name: &str, origin: Origin, span: Option<Span>, credential: bool) -> Visible {
    Visible { name: name.to_owned(), origin, span, credential, from: Vec::new(), contract: Routes::default(), engine: Routes::default() }
}

/// Whether names of this origin are in the environment of the process without being named.
fn by_contract(executor: Executor, origin: Origin) -> bool {
    match executor {
        Executor::HostProcess => true,
        Executor::RunInRoot | Executor::RunInOwn | Executor::HarnessInContainer => matches!(origin, Origin::ContainerEnv | Origin::StepEnv),
        Executor::DockerRun => origin == Origin::ContainerEnv,
        Executor::InProcess | Executor::Ssh => false,
    }
}

/// The same in the engine, as measured.
fn in_engine(executor: Executor, origin: Origin) -> bool {
    match executor {
        Executor::HostProcess | Executor::HarnessInContainer => true,
        Executor::RunInOwn => matches!(origin, Origin::ContainerEnv | Origin::StepEnv),
        Executor::RunInRoot | Executor::DockerRun => origin == Origin::ContainerEnv,
        Executor::InProcess | Executor::Ssh => false,
    }
}

fn is_hidden(executor: Executor, step: &Step, visible: &Visible) -> bool {
    executor == Executor::HarnessInContainer
        && step.place == Place::RootContainer
        && visible.origin != Origin::ContainerEnv
        && HIDDEN_FROM_ROOT_HARNESS.contains(&visible.name.as_str())
}

/// Whether the engine takes the commands of a step in a container apart into words before it
/// replaces names: quotes around a whole word are gone by then, and keep nothing from being replaced.
pub fn is_read_by_word(workflow: &Workflow, step: &Step) -> bool {
    workflow.container_of(step).is_some_and(|container| container.shell.is_empty() || is_joined(step, container))
}

/// Whether it joins the words again for the container's shell.
pub fn is_joined(step: &Step, container: &Container) -> bool {
    let count = step.commands().map_or(0, <[_]>::len);
    step.place != Place::OwnContainer || (count > 1 && container.attach().is_none())
}

/// Names whose values are written into the texts of a step.
#[derive(Default)]
struct Mentioned {
    contract: HashSet<String>,
    engine: HashSet<String>,
    /// Declared outputs, as `id.name`.
    outputs: Vec<String>,
}

impl Mentioned {
    fn by(workflow: &Workflow, step: &Step, executor: Executor) -> Self {
        let mut mentioned = Self::default();
        match &step.action {
            // On the host the shell reads `$NAME`; on another machine nobody else than the one that sends the text.
            Action::Run(commands) if matches!(executor, Executor::HostProcess | Executor::Ssh) => {
                let is_remote = executor == Executor::Ssh;
                commands.iter().for_each(|command| mentioned.add(&command.text, is_remote, is_remote));
            }
            Action::Run(commands) if is_read_by_word(workflow, step) => {
                for command in commands {
                    mentioned.add(&command.text, false, false);
                    command::split(&command.text).iter().for_each(|word| mentioned.add(word, false, true));
                }
            }
            Action::Run(commands) => commands.iter().for_each(|command| mentioned.add(&command.text, false, true)),
            Action::Harness(harness) => harness_texts(harness).into_iter().for_each(|text| mentioned.add(text, true, true)),
            // `env` takes values as variables, and is nothing directly below `with`.
            Action::DockerRun(Some(with)) => {
                let rest = |node: &Node, add: &mut dyn FnMut(&Entry)| {
                    node.entries().unwrap_or_default().iter().filter(|entry| !entry.name().eq_ignore_ascii_case("env")).for_each(add);
                };
                rest(with, &mut |entry| match entry.name() {
                    "container" | "exec" => rest(&entry.value, &mut |inner| mentioned.add_all(&inner.value)),
                    _ => mentioned.add_all(&entry.value),
                });
            }
            Action::Other(_) => {
                if let Some(input) = step.input() {
                    mentioned.add_all(input);
                }
            }
            Action::DockerRun(None) | Action::None => {}
        }
        if step.place == Place::OwnContainer
            && let Some(container) = step.container.as_deref()
        {
            mentioned.add_fields(&container.filled());
            if is_command_started(step, container) {
                mentioned.add_fields(&container.command);
            }
            match step.harness() {
                None if has_commands(step) => mentioned.add_fields(&container.shell),
                // The engine alone lets it read an agent's words.
                Some(_) if container.attach().is_some() => {
                    let mut shell = Self::default();
                    shell.add_fields(&container.shell);
                    mentioned.engine.extend(shell.engine);
                }
                _ => {}
            }
        }
        mentioned
    }

    fn add_fields(&mut self, texts: &[impl AsRef<str>]) {
        texts.iter().for_each(|text| self.add(text.as_ref(), true, true));
    }

    /// `contract` and `engine` say whether `$NAME` is replaced there; values with a namespace are.
    fn add(&mut self, text: &str, contract: bool, engine: bool) {
        for found in reference::find(text) {
            let (name, is_variable) = match found.target {
                Target::Variable { operator: Some(operator), .. } if reference::is_test(&operator) => continue,
                Target::Variable { name, .. } => (name, true),
                Target::Property { name, .. } => (name, false),
                Target::Value { namespace, path } => match namespace.as_str() {
                    "env" | "params" => (path, false),
                    "steps" => {
                        self.outputs.extend(
                            path.split_once(".outputs.")
                                .map(|(id, name)| format!("{id}.{}", name.split(['.', '[']).next().unwrap_or(name))),
                        );
                        continue;
                    }
                    _ => continue,
                },
            };
            let is_read = !is_variable || !found.quoted;
            if is_read && (contract || !is_variable) {
                self.contract.insert(name.clone());
            }
            if is_read && (engine || !is_variable) {
                self.engine.insert(name);
            }
        }
    }

    fn add_all(&mut self, node: &Node) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Scalar(scalar) => self.add(&scalar.text, true, true),
                Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &*entry.value)),
                Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
                Kind::Alias(target) => open.extend(target.as_deref()),
            }
        }
    }
}

/// Names in the fields of the root container. What it is made of knows no step yet; what its commands
/// are executed with `dagu-rs run` fills for each step, and the engine once, with the DAG's scope alone.
#[derive(Clone, Debug, Default)]
struct InRoot {
    /// In what it is made of.
    made: HashSet<String>,
    /// In how one is used that is there already.
    used: HashSet<String>,
    /// In its shell, for steps that have commands.
    shell: HashSet<String>,
}

impl InRoot {
    fn of(container: &Container) -> Self {
        let (filled, shell) = (named_in_fields(&container.filled()), named_in_fields(&container.shell));
        if container.attach().is_some() {
            return Self { used: filled, shell, ..Self::default() };
        }
        let mut made = filled;
        if container.startup == "command" {
            made.extend(named_in_fields(&container.command));
        }
        Self { made, shell, ..Self::default() }
    }

    /// Whether the value of a step's scope is written there.
    fn has_of_step(&self, step: &Step, name: &str) -> bool {
        step.place == Place::RootContainer && (self.used.contains(name) || (has_commands(step) && self.shell.contains(name)))
    }

    /// Whether the value that the root container itself has in sight is written there.
    fn has_of_root(&self, step: &Step, visible: &Visible, semantics: Semantics) -> bool {
        let is_of_step = matches!(visible.origin, Origin::StepEnv | Origin::StepOutput);
        let (name, is_made) = (&visible.name, step.place == Place::RootContainer && self.made.contains(&visible.name));
        match semantics {
            Semantics::Contract => is_made && !is_of_step,
            Semantics::Engine => (is_made || self.has_of_step(step, name)) && !is_of_step && visible.origin != Origin::ContainerEnv,
        }
    }
}

fn named_in_fields(texts: &[impl AsRef<str>]) -> HashSet<String> {
    let mut mentioned = Mentioned::default();
    mentioned.add_fields(texts);
    mentioned.contract
}

/// Whether a step has commands, for which a container has its shell.
pub fn has_commands(step: &Step) -> bool {
    step.commands().is_some_and(|commands| !commands.is_empty()) || !step.docker_commands().is_empty()
}

/// Whether `container.command` is what the step's own container starts: in place of commands, or of
/// what keeps it alive for several.
pub fn is_command_started(step: &Step, container: &Container) -> bool {
    let count = step.commands().map_or_else(|| step.docker_commands().len(), <[_]>::len);
    let is_started = match count {
        0 => step.harness().is_none(),
        1 => false,
        _ => container.startup == "command",
    };
    is_started && container.attach().is_none()
}

fn harness_texts(harness: &HarnessStep) -> Vec<&str> {
    let mut texts: Vec<&str> = harness.prompt.iter().map(|(text, _)| text.as_str()).collect();
    texts.extend(harness.stdin.iter().map(|(text, _)| text.as_str()));
    for (_, value) in harness.attempts.iter().flat_map(|attempt| &attempt.flags) {
        match value {
            FlagValue::Text(text) => texts.push(text),
            FlagValue::List(items) => texts.extend(items.iter().map(String::as_str)),
            FlagValue::Bool(_) | FlagValue::Nothing => {}
        }
    }
    texts
}

/// The variables that a step's `run` text names: the author handed them to it by name.
pub fn named_in_command(step: &Step) -> Vec<String> {
    step.commands().unwrap_or_default().iter().flat_map(|command| reference::variable_names(&command.text)).collect()
}
