//! Which steps can read what gives a name its value: a credential's entry in `secrets`, an entry of an `env`.

use std::collections::{HashMap, HashSet};
use std::mem::{Discriminant, discriminant};

use regex::Regex;

use crate::source::Span;
use crate::syntax::{Content, Kind, Node};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::reference;
use crate::workflow::visibility::{Sight, Visible, has_commands};
use crate::workflow::{Action, Container, Place, Step, Workflow, docker_run, provider};

/// Who reads a name from one of the places that give it.
#[derive(Clone, Debug)]
pub struct Readers<'w> {
    /// The name.
    pub about: Visible,
    /// The steps that can read it.
    pub contract: Vec<&'w Step>,
    /// The steps that the engine gives it to besides.
    pub engine: Vec<&'w Step>,
}

/// What decides what a step sees of names that it says nothing of: for all of a class it is the same.
type Class = (Place, Discriminant<Action>, u8);

/// The readers of these names, by where the names are given.
pub fn of<'w>(workflow: &'w Workflow, dotenv: &Dotenv, names: &HashSet<&str>) -> HashMap<Span, Readers<'w>> {
    let is_output = |step: &Step| step.output_variable().is_some_and(|name| names.contains(name.value.as_str()));
    let sight = match workflow.steps.iter().any(is_output) {
        true => Sight::new(workflow, dotenv),
        false => Sight::beside_outputs(workflow, dotenv),
    };
    let mentions = Mentions::of(workflow, names);
    let defaults_mention = workflow.harness_defaults.as_ref().is_some_and(|defaults| mentions.are_in(defaults));
    let mut classes: HashMap<Class, Vec<Visible>> = HashMap::new();
    let mut found: HashMap<Span, Readers<'w>> = HashMap::new();
    let seen = |step: &Step| -> Vec<Visible> {
        let mut seen = sight.of_those(step, &|name| names.contains(name));
        seen.retain(|visible| names.contains(visible.name.as_str()) && visible.span.is_some());
        seen
    };
    for step in workflow.every_step() {
        let says_something = mentions.are_in(&step.node) || (defaults_mention && step.harness().is_some());
        let own;
        let visible = if says_something {
            own = seen(step);
            &own
        } else {
            classes.entry(class(step)).or_insert_with(|| seen(step))
        };
        for visible in visible {
            let Some(span) = visible.span else { continue };
            let readers = found.entry(span).or_insert_with(|| Readers { about: visible.clone(), contract: Vec::new(), engine: Vec::new() });
            readers.about.credential |= visible.credential;
            if visible.contract.of_value().any() {
                readers.contract.push(step);
            } else if visible.engine.of_value().any() {
                readers.engine.push(step);
            }
        }
    }
    found
}

fn class(step: &Step) -> Class {
    let is_exec = matches!(&step.action, Action::Other(name) if name.value.trim() == "exec");
    let is_init = step.is_in_handler() && step.name == "onInit";
    let is_attached = match (&step.action, step.container.as_deref()) {
        (_, Some(container)) => Container::attach(container).is_some(),
        (Action::DockerRun(Some(with)), None) => docker_run::is_attached(with),
        _ => false,
    };
    let traits =
        [step.defaults.is_some(), is_init, step.is_in_handler(), has_commands(step), is_exec, step.container.is_some(), is_attached];
    let traits = traits.into_iter().enumerate().fold(0, |bits, (at, is_so)| bits | u8::from(is_so) << at);
    (step.place, discriminant(&step.action), traits)
}

/// Where names are mentioned, and those that their values are taken from.
struct Mentions(Option<Regex>);

impl Mentions {
    fn of(workflow: &Workflow, names: &HashSet<&str>) -> Self {
        let container = workflow.container.as_ref().map(|container| container.env.as_slice()).unwrap_or_default();
        let mut all: HashSet<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut open: Vec<String> = all.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let entries = workflow.env.iter().chain(container).filter(|entry| entry.name.value == name);
            for source in entries.flat_map(|entry| reference::sources(&entry.value)) {
                if all.insert(source.clone()) {
                    open.push(source);
                }
            }
        }
        let names: Vec<String> = all.iter().map(|name| regex::escape(name)).collect();
        Self(Regex::new(&names.join("|")).ok())
    }

    /// Whether a key or a value of a node mentions one, also where an alias stands for it.
    fn are_in(&self, node: &Node) -> bool {
        let Some(names) = &self.0 else { return true };
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Mapping(entries) => {
                    if entries.iter().any(|entry| names.is_match(entry.name())) {
                        return true;
                    }
                    open.extend(entries.iter().map(|entry| &*entry.value));
                }
                Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
                Kind::Alias(target) => open.extend(target.as_deref()),
                Kind::Scalar(scalar) if names.is_match(&scalar.text) => return true,
                Kind::Scalar(_) => {}
            }
        }
        false
    }
}

/// The credentials that steps see, for who asks of many steps.
#[derive(Debug)]
pub struct Seen<'w> {
    sight: Sight<'w>,
    defaults_name: bool,
    classes: HashMap<Class, Vec<Visible>>,
}

impl<'w> Seen<'w> {
    /// What is known of a DAG.
    pub fn new(workflow: &'w Workflow, dotenv: &'w Dotenv) -> Self {
        // What steps print counts by its name alone.
        let hands_on = |step: &Step| step.output_variable().is_some_and(|name| provider::sounds_like_credential(&name.value));
        let sight = match workflow.steps.iter().any(hands_on) {
            true => Sight::new(workflow, dotenv),
            false => Sight::beside_outputs(workflow, dotenv),
        };
        let defaults_name = workflow.harness_defaults.as_ref().is_some_and(|defaults| names_something(defaults));
        Self { sight, defaults_name, classes: HashMap::new() }
    }

    /// The credentials that a step sees.
    pub fn by(&mut self, step: &Step) -> Vec<Visible> {
        let Self { sight, defaults_name, classes } = self;
        let see = || -> Vec<Visible> { sight.of(step).into_iter().filter(|visible| visible.credential).collect() };
        let has_own = !step.env.is_empty() || step.container.is_some() || matches!(step.action, Action::DockerRun(_));
        let is_named = *defaults_name && step.harness().is_some();
        let is_plain = !(has_own || is_named || sight.looks_at_outputs() || names_something(&step.node));
        if is_plain { classes.entry(class(step)).or_insert_with(see).clone() } else { see() }
    }
}

/// Whether a `$` stands in a value, also in one that an alias stands for.
fn names_something(node: &Node) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.may_hold(Content::Dollar) {
            return true;
        }
        match &node.kind {
            Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &*entry.value)),
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Alias(target) => open.extend(target.as_deref()),
            Kind::Scalar(_) => {}
        }
    }
    false
}
