//! Which names a step's command can see, and where each comes from.
//!
//! By the contract a container sees its own `env`, its mounts and the step's `env`; of the DAG's
//! scope only what the step's `run` text names. What the engine lets in differs and was measured
//! for each kind of step.

use crate::source::Span;
use crate::workflow::reference::{self, Target};
use crate::workflow::{Action, EnvEntry, Place, Step, Workflow, provider, volume};

/// Where a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The container's `env`.
    ContainerEnv,
    /// The step's `env`.
    StepEnv,
    /// The DAG's `env`.
    DagEnv,
    /// `params`
    Param,
    /// `secrets`
    Secret,
}

impl Origin {
    /// What the author would call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContainerEnv => "container.env",
            Self::StepEnv => "the step's env",
            Self::DagEnv => "the DAG's env",
            Self::Param => "params",
            Self::Secret => "secrets",
        }
    }
}

/// A name that a step can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The variable's name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Where the author wrote it.
    pub span: Span,
    /// Whether it carries a credential, as far as its name and value tell.
    pub credential: bool,
}

/// What a step sees by the contract, the strongest source of each name first.
pub fn seen(workflow: &Workflow, step: &Step) -> Vec<Visible> {
    let mut out = Vec::new();
    if let Some(container) = workflow.container_of(step) {
        add_entries(workflow, &mut out, Origin::ContainerEnv, &container.env);
        add_entries(workflow, &mut out, Origin::StepEnv, &step.env);
        let named = named_in_command(step);
        let scope = scope(workflow);
        out.extend(scope.into_iter().filter(|visible| named.contains(&visible.name)));
    } else {
        add_entries(workflow, &mut out, Origin::StepEnv, &step.env);
        out.extend(scope(workflow));
    }
    first_of_each_name(out)
}

/// What the engine lets a step see, as measured.
pub fn seen_by_engine(workflow: &Workflow, step: &Step) -> Vec<Visible> {
    let mut out = Vec::new();
    if let Some(container) = workflow.container_of(step) {
        add_entries(workflow, &mut out, Origin::ContainerEnv, &container.env);
    }
    let harness = matches!(step.action, Action::Harness(_));
    if step.place != Place::RootContainer || harness {
        add_entries(workflow, &mut out, Origin::StepEnv, &step.env);
    }
    if step.place == Place::Host || harness {
        out.extend(scope(workflow));
    }
    first_of_each_name(out)
}

/// The DAG's own scope: env, params, secrets.
fn scope(workflow: &Workflow) -> Vec<Visible> {
    let mut out = Vec::new();
    out.extend(workflow.secrets.iter().map(|secret| Visible {
        name: secret.name.value.clone(),
        origin: Origin::Secret,
        span: secret.name.span,
        credential: true,
    }));
    add_entries(workflow, &mut out, Origin::DagEnv, &workflow.env);
    out.extend(workflow.params.iter().map(|param| Visible {
        name: param.name.value.clone(),
        origin: Origin::Param,
        span: param.name.span,
        credential: provider::is_known_credential(&param.name.value),
    }));
    out
}

fn add_entries(workflow: &Workflow, out: &mut Vec<Visible>, origin: Origin, entries: &[EnvEntry]) {
    // A later entry of the same name wins.
    out.extend(entries.iter().rev().map(|entry| Visible {
        name: entry.name.value.clone(),
        origin,
        span: entry.span,
        credential: carries_credential(workflow, entry),
    }));
}

fn first_of_each_name(mut names: Vec<Visible>) -> Vec<Visible> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|visible| seen.insert(visible.name.clone()));
    names
}

/// Whether an entry passes a credential on: a name that is known to carry one and a value, a name
/// that sounds like one and a value taken from elsewhere, or a value taken from a secret.
pub fn carries_credential(workflow: &Workflow, entry: &EnvEntry) -> bool {
    let name = &entry.name.value;
    let taken = entry.value.contains('$');
    let named = provider::is_known_credential(name) || (taken && provider::sounds_like_credential(name));
    !entry.value.is_empty() && (named || (taken && names_secret(workflow, &entry.value)))
}

/// Whether a value takes from the DAG's secrets by name, or from a variable that sounds like one.
fn names_secret(workflow: &Workflow, value: &str) -> bool {
    let is_secret = |name: &str| provider::sounds_like_credential(name) || workflow.secrets.iter().any(|secret| secret.name.value == name);
    reference::find(value).iter().any(|found| match &found.target {
        Target::Variable { name, .. } => is_secret(name),
        Target::Value { namespace, path } => namespace == "env" && is_secret(path),
        Target::Property { .. } => false,
    })
}

/// The variables that a step's `run` text names: the author handed them to it by name.
pub fn named_in_command(step: &Step) -> Vec<String> {
    step.commands().unwrap_or_default().iter().flat_map(|command| reference::variable_names(&command.text)).collect()
}

/// A volume that carries a provider's login into a container.
#[derive(Clone, Debug)]
pub struct MountedLogin {
    /// The provider's name.
    pub provider: &'static provider::Provider,
    /// The folder below the home folder.
    pub directory: provider::Directory,
    /// The volume, split.
    pub volume: volume::Volume,
    /// Its index in `volumes`.
    pub index: usize,
}

/// The volumes of a container whose source is a folder in which a provider keeps its login.
pub fn mounted_logins(container: &crate::workflow::Container) -> Vec<MountedLogin> {
    let parsed = container.volumes.iter().enumerate().filter_map(|(index, (text, _))| Some((index, volume::parse(text).ok()?)));
    parsed
        .filter_map(|(index, volume)| {
            let source = below_home(&volume.source)?;
            let (provider, directory) = provider::PROVIDERS.iter().find_map(|provider| {
                let directory = provider.directory?;
                (source == directory.home || source.starts_with(&format!("{}/", directory.home))).then_some((provider, directory))
            })?;
            Some(MountedLogin { provider, directory, volume, index })
        })
        .collect()
}

/// The path below the home folder, for a source written with `~`, `$HOME`, or a home folder's
/// usual place.
fn below_home(source: &str) -> Option<&str> {
    let source = source.trim_end_matches('/');
    for home in ["~/", "$HOME/", "${HOME}/", "${env.HOME}/", "/root/"] {
        if let Some(rest) = source.strip_prefix(home) {
            return Some(rest);
        }
    }
    let rest = source.strip_prefix("/home/").or_else(|| source.strip_prefix("/Users/"))?;
    rest.split_once('/').map(|(_, rest)| rest)
}
