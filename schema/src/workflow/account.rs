//! Where a step runs and what it does, in words: for hovers, symbols, completions, graphs and the plan.

use crate::workflow::key_shape::without_keys;
use crate::workflow::{Action, Container, Mode, Place, Step, Workflow};

/// Where a step runs, in a few words.
pub fn place(workflow: &Workflow, step: &Step) -> String {
    let attached = workflow.container_of(step).and_then(Container::attach).map(|target| &target.value);
    match (step.place, attached) {
        (Place::Host, _) => "host".to_owned(),
        (Place::DockerRun, _) => "container of docker.run".to_owned(),
        (Place::Ssh, _) => "ssh".to_owned(),
        (Place::RootContainer, None) => "root container".to_owned(),
        (Place::RootContainer, Some(target)) => format!("root container: attached to {target}"),
        (Place::OwnContainer, None) => "own container".to_owned(),
        (Place::OwnContainer, Some(target)) => format!("attached to {target}"),
    }
}

/// What a step does, in a few words.
pub fn action(step: &Step) -> String {
    match &step.action {
        Action::Run(commands) => match commands.first() {
            Some(command) => format!("run: {}", first_line(&command.text)),
            None => "run".to_owned(),
        },
        Action::Harness(harness) => {
            let provider = harness.attempts.first().and_then(|attempt| attempt.provider.as_ref());
            provider.map_or_else(|| "harness.run".to_owned(), |provider| format!("harness.run: {}", provider.value))
        }
        Action::DockerRun(_) => "docker.run".to_owned(),
        Action::Other(name) => name.value.clone(),
        Action::None => match step.container.as_deref().filter(|container| container.image().is_some()) {
            Some(container) if !container.command.is_empty() => format!("container.command: {}", first_line(&container.command.join(" "))),
            Some(_) => "what the image starts".to_owned(),
            None => "nothing to run yet".to_owned(),
        },
    }
}

/// Place and action of a step: `root container, run: make test`.
pub fn step(workflow: &Workflow, step: &Step) -> String {
    format!("{}, {}", place(workflow, step), action(step))
}

/// What a container is made from.
pub fn container(container: &Container) -> String {
    match &container.mode {
        Some(Mode::Image(image)) => image.value.clone(),
        Some(Mode::Attach(target)) => format!("attached to {}", target.value),
        None => String::new(),
    }
}

/// The first line of a text that is not blank, keys in it masked, cut off where it gets long; with an
/// ellipsis when something was left out.
pub fn first_line(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A key that is cut off has no longer the form of one.
    let line = without_keys(lines.next().unwrap_or_default());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None if lines.next().is_some() => format!("{line} ..."),
        None => line.into_owned(),
    }
}
