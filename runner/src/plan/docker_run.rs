//! The container of a `docker.run` step: as the engine does it, also where the pages are silent, so
//! that no shell reads the command unless one is named, and the image's entrypoint is kept.

use std::path::Path;

use dagu_schema::syntax::Node;
use dagu_schema::workflow::docker_run::{self, setting};
use dagu_schema::workflow::reference::{Policy, expand};
use dagu_schema::workflow::visibility::Semantics;
use dagu_schema::workflow::{PullPolicy, Step};

use crate::plan::command::{self, Command};
use crate::plan::container::{self, Attached, ContainerSpec, Startup};
use crate::plan::{Placed, Variable, Work, set};
use crate::values::Values;

/// The settings of Docker's own that are performed; others are refused before a run.
pub(crate) const PERFORMED: &[(&str, &[&str])] = &[
    // The engine takes the image from `with.image` alone.
    ("container", &["Env", "User", "WorkingDir", "Entrypoint", "Cmd", "Image"]),
    ("host", &["Binds", "NetworkMode", "AutoRemove"]),
    ("network", &[]),
    ("exec", &["Env", "User", "WorkingDir"]),
];

fn field(written: &str, values: &Values) -> String {
    expand(written, values, Policy::FIELD).text
}

fn text(node: Option<&Node>, values: &Values) -> Option<String> {
    node.and_then(Node::text).map(|written| field(written, values)).filter(|text| !text.is_empty())
}

fn list(node: Option<&Node>, values: &Values) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match node.items() {
        Some(items) => items.iter().filter_map(|item| item.text()).map(|item| field(item, values)).collect(),
        None => text(Some(node), values).into_iter().collect(),
    }
}

/// The variables of the container, from the DAG's scope alone.
pub(super) fn env(with: &Node, values: &Values) -> Vec<Variable> {
    let mut env = Vec::new();
    docker_run::env(with).into_iter().for_each(|entry| set(&mut env, entry.name, &field(entry.value, values)));
    env
}

/// Where the command is executed.
///
/// # Errors
/// When a field cannot be used, naming it.
pub(super) fn place(with: &Node, env: Vec<Variable>, values: &Values, base: &Path) -> Result<Placed, String> {
    let docker = |group: &str, name: &str| setting(with, group, name).map(|entry| &*entry.value);
    let own = |name: &str| with.get_some(name).map(|value| &**value);
    if docker("container", "Env").is_some_and(|env| env.items().is_none()) {
        return Err("with.container.env must be a list of `NAME=value`, as Docker's API takes it".to_owned());
    }
    let name = text(own("container_name"), values);
    if docker_run::is_attached(with) {
        let (user, working_dir) = (text(docker("exec", "User"), values), text(docker("exec", "WorkingDir"), values));
        return Ok(Placed::Attached(Attached { target: name.unwrap_or_default(), user, working_dir, is_steps_own: true }));
    }
    let image = text(own("image"), values).ok_or("`docker.run` needs `with.image`, or the `container_name` of a running container")?;
    let (mut binds, mut volumes) = (Vec::new(), Vec::new());
    for (from, written) in [("with.volumes", own("volumes")), ("with.host.binds", docker("host", "Binds"))] {
        for (index, volume) in list(written, values).iter().enumerate() {
            container::mount(volume, values, base, &mut binds, &mut volumes).map_err(|message| format!("{from}[{index}]: {message}"))?;
        }
    }
    let is_true = |node: Option<&Node>| node.and_then(Node::text).map(|word| matches!(word, "true" | "True" | "TRUE"));
    let removes = is_true(docker("host", "AutoRemove")).filter(|&removes| removes).or_else(|| is_true(own("auto_remove")));
    let entrypoint = list(docker("container", "Entrypoint"), values);
    Ok(Placed::Own(Box::new(ContainerSpec {
        image,
        pull: pull(text(own("pull"), values).as_deref())?,
        name,
        env,
        binds,
        volumes,
        user: text(docker("container", "User"), values),
        working_dir: text(docker("container", "WorkingDir"), values).or_else(|| text(own("working_dir"), values)),
        platform: text(own("platform"), values),
        network: text(docker("host", "NetworkMode"), values),
        ports: Vec::new(),
        entrypoint: Some(entrypoint).filter(|words| !words.is_empty()),
        startup: Startup::Keepalive,
        wait_healthy: false,
        log_pattern: None,
        restart: None,
        healthcheck: None,
        keep: !removes.unwrap_or(values.semantics == Semantics::Contract),
    })))
}

fn pull(word: Option<&str>) -> Result<PullPolicy, String> {
    match word {
        None | Some("missing") => Ok(PullPolicy::Missing),
        Some("always" | "1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(PullPolicy::Always),
        Some("never" | "0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(PullPolicy::Never),
        Some("fallback") => Ok(PullPolicy::Fallback),
        Some(other) => Err(format!("with.pull `{other}` is none of always, never, missing, fallback")),
    }
}

/// What is executed: `command`, else the container's `Cmd`, else what the image starts by itself.
///
/// # Errors
/// When the command cannot be executed.
pub(super) fn work(step: &Step, with: &Node, place: &Placed, values: &Values) -> Result<Work, String> {
    let commands = step.docker_commands();
    if !commands.is_empty() {
        let shell: Vec<String> =
            list(with.get_some("shell").map(|shell| &**shell), values).into_iter().filter(|word| !word.is_empty()).collect();
        return command::of_docker_run(place, &shell, &commands, values).map(Work::Commands);
    }
    let cmd = list(setting(with, "container", "Cmd").map(|entry| &*entry.value), values);
    match place {
        Placed::Attached(attached) => Err(format!("`docker.run` has no `command` to execute in `{}`", attached.target)),
        _ if cmd.is_empty() => Ok(Work::ImageDefault),
        _ => Ok(Work::Commands(vec![Command::Arguments(cmd)])),
    }
}
