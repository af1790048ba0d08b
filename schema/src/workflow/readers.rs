//! Which steps can read what gives a name its value: a credential's entry in `secrets`, an entry of an `env`.

use std::collections::{HashMap, HashSet};
use std::mem::{Discriminant, discriminant};

use crate::source::Span;
use crate::syntax::{Content, Kind, Node};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::visibility::{Sight, Visible, has_commands};
use crate::workflow::{Action, Place, Step, Workflow};

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

/// What decides what a step sees that names nothing itself: for all of a class it is the same.
type Class = (Place, Discriminant<Action>, [bool; 4]);

/// The readers of these names, by where the names are given.
pub fn of<'w>(workflow: &'w Workflow, dotenv: &Dotenv, names: &HashSet<&str>) -> HashMap<Span, Readers<'w>> {
    let is_output = |step: &Step| step.output_variable().is_some_and(|name| names.contains(name.value.as_str()));
    let sight = match workflow.steps.iter().any(is_output) {
        true => Sight::new(workflow, dotenv),
        false => Sight::beside_outputs(workflow, dotenv),
    };
    let defaults_name = workflow.harness_defaults.as_ref().is_some_and(|defaults| names_something(defaults));
    let mut classes: HashMap<Class, Vec<Visible>> = HashMap::new();
    let mut found: HashMap<Span, Readers<'w>> = HashMap::new();
    let seen = |step: &Step| -> Vec<Visible> {
        let mut seen = sight.of_those(step, &|name| names.contains(name));
        seen.retain(|visible| names.contains(visible.name.as_str()) && visible.span.is_some());
        seen
    };
    for step in workflow.every_step() {
        let own;
        let visible = match class(step).filter(|_| !(defaults_name && step.harness().is_some())) {
            Some(class) => classes.entry(class).or_insert_with(|| seen(step)),
            None => {
                own = seen(step);
                &own
            }
        };
        for visible in visible {
            let Some(span) = visible.span else { continue };
            let readers =
                found.entry(span).or_insert_with(|| Readers { about: visible.clone(), contract: Vec::new(), engine: Vec::new() });
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

/// The class of a step that names nothing and gives itself nothing.
fn class(step: &Step) -> Option<Class> {
    let has_own = !step.env.is_empty() || step.container.is_some() || matches!(step.action, Action::DockerRun(_));
    let is_plain = !has_own && !names_something(&step.node);
    let is_exec = matches!(&step.action, Action::Other(name) if name.value.trim() == "exec");
    let is_init = step.is_in_handler() && step.name == "onInit";
    is_plain.then(|| (step.place, discriminant(&step.action), [step.defaults.is_some() || is_init, step.is_in_handler(), has_commands(step), is_exec]))
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
