//! What a run will do, as data: for each step its place, the command lines, and of the
//! environment what it sees. Pure; the run performs what stands here, and `plan` and `run --dry-run` print it.

pub mod command;
pub mod container;
pub(crate) mod docker_run;
mod json;
pub mod operations;
pub mod outline;
pub mod print;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use dagu_schema::syntax::Node;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::harness::FlagValue;
use dagu_schema::workflow::reference::{Policy, expand};
use dagu_schema::workflow::visibility::{Origin, Semantics, Sight, Visible};
use dagu_schema::workflow::{Action, Attempt, HarnessStep, Place, Step, Workflow, argv, provider};

use crate::prepare::{OUTPUT_FILE, SET_BY_RUN};
use crate::values::{Values, is_inherited};
use command::Command;
use container::{Attached, ContainerSpec};

/// A variable of a process. Its value is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}=..", self.name)
    }
}

/// Sets a variable, or adds it.
pub fn set(variables: &mut Vec<Variable>, name: &str, value: &str) {
    match variables.iter_mut().find(|variable| variable.name == name) {
        Some(variable) => value.clone_into(&mut variable.value),
        None => variables.push(Variable { name: name.to_owned(), value: value.to_owned() }),
    }
}

/// Folders of the host that a plan refers to.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The folder of the DAG file.
    pub file: PathBuf,
    /// The DAG's working directory: root `working_dir`, else the folder of the DAG file; in the
    /// engine else a folder made for the run.
    pub work: PathBuf,
}

impl Folders {
    /// The folders of a DAG.
    pub fn new(file_folder: &Path, workflow: &Workflow, values: &Values, scratch: PathBuf) -> Self {
        let work = match (&workflow.working_dir, values.semantics) {
            (Some(written), _) => resolve(file_folder, &written.value, values),
            (None, Semantics::Contract) => file_folder.to_owned(),
            (None, Semantics::Engine) => scratch,
        };
        Self { file: file_folder.to_owned(), work }
    }

    /// A step's folder on the host.
    pub fn of(&self, step: &Step, values: &Values) -> PathBuf {
        self.below(step.working_dir.as_ref().map(|written| written.value.as_str()), values)
    }

    /// The folder that a step's `working_dir` names.
    pub fn below(&self, written: Option<&str>, values: &Values) -> PathBuf {
        written.map_or_else(|| self.work.clone(), |written| resolve(&self.work, written, values))
    }
}

/// A path as written, made absolute.
fn resolve(base: &Path, written: &str, values: &Values) -> PathBuf {
    let text = expand(written, &values.with_process(), Policy::FIELD).text;
    clean(&base.join(home(&text, values)))
}

/// `~` at the start of a path.
fn home(text: &str, values: &Values) -> String {
    match (text.strip_prefix('~'), values.process.get("HOME")) {
        (Some(rest), Some(home)) => format!("{}/{}", home.trim_end_matches('/'), rest.trim_start_matches('/')),
        _ => text.to_owned(),
    }
}

/// A path without `.` and `..`, by its text alone.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// Where a step runs.
#[derive(Clone, Debug)]
pub enum Placed {
    /// On the host, in this folder.
    Host(PathBuf),
    /// In the shared container that the run made.
    Root,
    /// In a container of its own.
    Own(Box<ContainerSpec>),
    /// In a container that exists already.
    Attached(Attached),
}

/// One attempt of a harness step.
#[derive(Clone, Debug)]
pub struct Try {
    /// The provider's name.
    pub provider: String,
    /// What is executed.
    pub argv: Vec<String>,
    /// What it reads on standard input.
    pub stdin: Option<String>,
}

/// What a step executes.
#[derive(Clone, Debug)]
pub enum Work {
    /// Commands, each in turn until one fails.
    Commands(Vec<Command>),
    /// Harness attempts, in turn until one succeeds.
    Attempts(Vec<Try>),
    /// What the image starts by itself.
    ImageDefault,
}

/// What a step will do.
#[derive(Clone, Debug)]
pub struct StepPlan {
    /// The step's id or name.
    pub step: String,
    /// Where it runs.
    pub place: Placed,
    /// What it executes.
    pub work: Work,
    /// The environment: of a host process all of it; of a command in a running container what is
    /// added to the container's own; of a step's own container the same as its spec.
    pub env: Vec<Variable>,
    /// Credentials that the step receives, to be masked, each with what the author wrote for it.
    pub credentials: Vec<(String, Option<String>)>,
    /// Whether the step hands values on through `$DAGU_OUTPUT_FILE`.
    pub writes_outputs: bool,
}

/// Plans one step with the values known now. References without a value stay as written.
///
/// # Errors
/// When the step cannot run: a variable its container needs is set nowhere, or a field has no
/// meaning. The message says so to the DAG's author.
pub fn step(workflow: &Workflow, step: &Step, values: &Values, folders: &Folders) -> Result<StepPlan, String> {
    let names = names_beside(workflow, values);
    let sight = Sight::new(workflow, &names);
    step_in(&sight, &sight.of(step), workflow, step, values, folders)
}

/// The names that can be in sight beside those that the DAG itself writes in `env`, `params` and `secrets`: what its
/// dotenv files define, what a run sets, what steps before a step leave. Those that have no value are in no plan.
pub(crate) fn names_beside(workflow: &Workflow, values: &Values) -> Dotenv {
    let env = workflow.env.iter().map(|entry| entry.name.value.as_str());
    let params = workflow.params.iter().map(|param| param.name.value.as_str());
    let secrets = workflow.secrets.iter().map(|secret| secret.name.value.as_str());
    let written: HashSet<&str> = env.chain(params).chain(secrets).collect();
    let of_steps = workflow.all_steps().filter_map(|step| Some(step.output_variable()?.value.as_str()));
    let of_run = SET_BY_RUN.iter().map(|set| set.name).chain(values.dag.keys().map(String::as_str)).chain(of_steps);
    let of_run = of_run.filter(|name| !written.contains(name)).map(str::to_owned);
    of_run.chain(values.from_files.names().cloned()).collect()
}

/// The same for one of many steps, which share what is known of the DAG. `visible` is what the step sees of it.
pub(crate) fn step_in(
    sight: &Sight<'_>,
    visible: &[Visible],
    workflow: &Workflow,
    step: &Step,
    values: &Values,
    folders: &Folders,
) -> Result<StepPlan, String> {
    let of_dag = values;
    let mut values = values.clone();
    let mut step_env = own_env(step, &mut values);
    let container = workflow.container_of(step);
    // The engine fills the fields of the root container once, for all steps.
    let is_filled_once = values.semantics == Semantics::Engine && step.place == Place::RootContainer;
    let (place, mut env) = match (step.place, container) {
        (Place::Ssh, _) => return Err(format!("this runner runs nothing over `ssh` yet, as it would step `{}`", step.called())),
        (Place::DockerRun, _) => {
            let with = docker_input(step)?;
            let env = in_sight(visible, &values, &step_env, Some(&docker_run::env(with, &values)));
            (docker_run::place(with, env.clone(), &values, &folders.of(step, &values))?, env)
        }
        (Place::Host, _) | (_, None) => {
            let folder = folders.of(step, &values);
            // The engine adds it to the values in sight of steps on the host.
            let root = workflow.container.as_ref().filter(|_| values.semantics == Semantics::Engine && !step.is_in_handler());
            let root_env = root.map_or(Ok(Vec::new()), |root| container::env(root, &mut values))?;
            let env = host_env(&values, &folder, in_sight(visible, &values, &step_env, Some(&root_env)));
            (Placed::Host(folder), env)
        }
        (place, Some(container)) => {
            let mut variables = container::env(container, &mut values)?;
            if values.semantics == Semantics::Engine && place == Place::OwnContainer {
                // The engine reads both once more, when it has all of them; for an agent not the step's.
                variables = container::env(container, &mut values)?;
                if step.harness().is_none() {
                    step_env = own_env(step, &mut values.clone());
                }
            }
            let base = if place == Place::OwnContainer { folders.of(step, &values) } else { folders.work.clone() };
            // The shared container was made with its own variables; the engine hands them to an agent once more.
            let is_shared = place == Place::RootContainer && container.attach().is_none();
            let is_again = values.semantics == Semantics::Engine && step.harness().is_some();
            let own = if is_shared && !is_again { None } else { Some(variables.as_slice()) };
            let env = in_sight(visible, &values, &step_env, own);
            let placed = match (place, container.attach()) {
                (_, Some(target)) => {
                    let values = if is_filled_once { of_dag } else { &values };
                    Placed::Attached(Attached::new(container, &target.value, values, place == Place::OwnContainer))
                }
                (Place::OwnContainer, None) => {
                    let own = container::spec(
                        container,
                        env.clone(),
                        &values,
                        &base,
                        step.commands().is_some_and(|commands| commands.len() > 1),
                    )?;
                    Placed::Own(Box::new(own))
                }
                _ => Placed::Root,
            };
            (placed, env)
        }
    };
    let shell = container.map_or(&[][..], |container| &container.shell);
    let shell = command::shell_words(shell, if is_filled_once { of_dag } else { &values });
    let work = match &step.action {
        Action::Run(commands) => {
            let commands = match &place {
                Placed::Host(_) => command::on_host(workflow, step, commands, &values),
                place => command::in_container(place, shell, commands, &values),
            };
            Work::Commands(commands?)
        }
        Action::Harness(harness) => {
            let mut tries = attempts(step, harness, container.is_some(), &values)?;
            let shell = step.container.as_ref().filter(|container| container.attach().is_some()).map(|container| &container.shell);
            if let Some(shell) = shell.filter(|shell| values.semantics == Semantics::Engine && !shell.is_empty()) {
                tries.iter_mut().for_each(|attempt| attempt.argv = command::read_again(shell, &attempt.argv, &values));
            }
            Work::Attempts(tries)
        }
        Action::None if matches!(place, Placed::Own(_)) => match container.map(|container| container.command.as_slice()) {
            Some(words) if !words.is_empty() => Work::Commands(vec![command::words_of(words, &values)]),
            _ => Work::ImageDefault,
        },
        Action::Other(name) => return Err(format!("this runner does not do the action `{}` yet", name.value)),
        Action::DockerRun(_) if step.place == Place::DockerRun => docker_run::work(step, docker_input(step)?, &place, &values)?,
        // The step's own container takes the place of what stands in `with`.
        Action::DockerRun(_) => match (step.docker_commands(), container.map_or(&[][..], |container| &container.command)) {
            (commands, _) if !commands.is_empty() => Work::Commands(command::in_container(&place, shell, &commands, &values)?),
            (_, []) => Work::ImageDefault,
            (_, words) => Work::Commands(vec![command::words_of(words, &values)]),
        },
        Action::None => return Err(format!("step `{}` has nothing that can be executed", step.called())),
    };
    if let (Placed::Own(_), Work::Attempts(_), Some(name)) = (&place, &work, container.and_then(|container| container.name.as_ref())) {
        return Err(format!(
            "`container.name: {}` cannot be used on a harness step with an image: the container is made for the agent alone. \
             Remove the name, or use `exec: {0}` to run in an existing container",
            name.value
        ));
    }
    let of_containers = workflow.container.iter().chain(container);
    let entries = step.env.iter().chain(of_containers.flat_map(|container| &container.env));
    let named: HashMap<&str, &str> =
        entries.filter(|entry| sight.carries_credential(entry)).map(|entry| (entry.name.value.as_str(), entry.value.as_str())).collect();
    let is_credential = |name: &str| named.contains_key(name) || workflow.is_known_credential(name);
    // Of some only a reference got there, which is no value to be masked.
    let literal: HashSet<&str> =
        visible.iter().filter(|visible| visible.routes(values.semantics).literal).map(|visible| visible.name.as_str()).collect();
    let is_reference = |variable: &Variable| variable.value.contains('$') && literal.contains(variable.name.as_str());
    let credentials = env.iter().filter(|variable| is_credential(&variable.name) && !is_reference(variable));
    let credentials = credentials.map(|variable| {
        let written = named.get(variable.name.as_str()).map(|written| (*written).to_owned());
        (variable.value.clone(), written)
    });
    let credentials = credentials.collect();
    env.sort_by(|a, b| a.name.cmp(&b.name));
    let writes_outputs = writes_outputs(step);
    Ok(StepPlan { step: step.called().to_owned(), place, work, env, credentials, writes_outputs })
}

fn docker_input(step: &Step) -> Result<&Node, String> {
    match &step.action {
        Action::DockerRun(Some(with)) => Ok(with),
        _ => Err(format!("step `{}` has no `with`, which names its image", step.called())),
    }
}

/// Whether a step hands values on: it declares outputs, or its text names the file for them.
pub fn writes_outputs(step: &Step) -> bool {
    let mentions = |text: &str| text.contains(OUTPUT_FILE);
    let in_docker_run = || step.docker_commands().iter().any(|command| mentions(&command.text));
    !step.outputs.is_empty() || step.commands().unwrap_or_default().iter().any(|command| mentions(&command.text)) || in_docker_run()
}

/// The step's own `env`, resolved top to bottom and added to the values in sight.
fn own_env(step: &Step, values: &mut Values) -> Vec<Variable> {
    let mut env = Vec::new();
    for entry in step.every_env() {
        let value = expand(&entry.value, values, Policy::FIELD).text;
        values.set(&entry.name.value, value.clone());
        set(&mut env, &entry.name.value, &value);
    }
    env
}

/// The environment of a host process: what it inherits by name, then what is in its sight.
fn host_env(values: &Values, folder: &Path, in_sight: Vec<Variable>) -> Vec<Variable> {
    let mut env: Vec<Variable> = values
        .process
        .iter()
        .filter(|(name, _)| is_inherited(name))
        .map(|(name, value)| Variable { name: name.clone(), value: value.clone() })
        .collect();
    set(&mut env, "PWD", &folder.to_string_lossy());
    let mut at: HashMap<String, usize> = env.iter().enumerate().map(|(at, variable)| (variable.name.clone(), at)).collect();
    for variable in in_sight {
        match at.get(&variable.name).and_then(|&at| env.get_mut(at)) {
            Some(known) => *known = variable,
            None => {
                at.insert(variable.name.clone(), env.len());
                env.push(variable);
            }
        }
    }
    env
}

/// The environment of a step: the names that [`Sight`] gives it, with their values of now. In a
/// container, a name of the DAG that a command mentions is handed over as a variable; the text keeps
/// the name, so the value never stands in an argv and no shell reads it again. `container_env` is
/// `None` where the container has its variables already.
fn in_sight(visible: &[Visible], values: &Values, step_env: &[Variable], container_env: Option<&[Variable]>) -> Vec<Variable> {
    let container_env = container_env.map(by_name);
    let step_env = by_name(step_env);
    let visible = visible.iter().filter(|visible| visible.routes(values.semantics).environment);
    visible
        .filter_map(|visible| match visible.origin {
            Origin::ContainerEnv => container_env.as_ref()?.get(visible.name.as_str()).copied().cloned(),
            Origin::StepEnv => step_env.get(visible.name.as_str()).copied().cloned(),
            _ => Some(Variable { value: values.own(&visible.name)?.clone(), name: visible.name.clone() }),
        })
        .collect()
}

fn by_name(variables: &[Variable]) -> HashMap<&str, &Variable> {
    variables.iter().map(|variable| (variable.name.as_str(), variable)).collect()
}

fn attempts(step: &Step, harness: &HarnessStep, in_container: bool, values: &Values) -> Result<Vec<Try>, String> {
    let called = step.called();
    let Some((prompt, _)) = &harness.prompt else {
        return Err(format!("step `{called}` has no `with.prompt`"));
    };
    let prompt = expand(prompt, values, Policy::FIELD).text;
    let stdin = harness.stdin.as_ref().map(|(text, _)| expand(text, values, Policy::FIELD).text);
    let mut tries = Vec::new();
    let mut impossible: Option<String> = None;
    for attempt in &harness.attempts {
        let attempt = resolved(attempt, values, called)?;
        let provider = attempt.provider.as_ref().map(|provider| provider.value.clone()).unwrap_or_default();
        let invocation = argv::harness(&attempt, &prompt, stdin.as_deref());
        if invocation.argv.first().is_none_or(String::is_empty) {
            return Err(format!("step `{called}`: the provider `{provider}` is not known"));
        }
        if in_container && invocation.stdin.is_some() {
            // As an attempt that fails: the next one is made.
            impossible.get_or_insert(format!(
                "step `{called}`: `{provider}` would read its prompt or `with.stdin` on standard input, which a container's agent does not have. \
                 Use a provider that takes the prompt as an argument, and put the text into the prompt"
            ));
            continue;
        }
        tries.push(Try { provider, argv: invocation.argv, stdin: invocation.stdin });
    }
    if tries.is_empty() { Err(impossible.unwrap_or_else(|| format!("step `{called}` names no provider"))) } else { Ok(tries) }
}

/// The attempt with its flags' references replaced, and its provider looked up when the name was
/// a reference.
fn resolved(attempt: &Attempt, values: &Values, called: &str) -> Result<Attempt, String> {
    let mut attempt = attempt.clone();
    let text = |text: &str| expand(text, values, Policy::FIELD).text;
    for (_, value) in &mut attempt.flags {
        match value {
            FlagValue::Text(written) => *written = text(written),
            FlagValue::List(items) => items.iter_mut().for_each(|item| *item = text(item)),
            FlagValue::Bool(_) | FlagValue::Nothing => {}
        }
    }
    if let Some(name) = &mut attempt.provider {
        name.value = text(&name.value);
        if name.value.contains("${") {
            return Err(format!("step `{called}`: the provider `{}` has no value", name.value));
        }
        attempt.definition = attempt.definition.or_else(|| provider::find(&name.value).map(provider::Provider::definition));
    }
    Ok(attempt)
}
