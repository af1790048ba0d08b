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
        let gives = gives(step, names);
        let says_something = gives || mentions.are_in(&step.node) || (defaults_mention && step.harness().is_some());
        let class = class(step);
        // Who has a value as a variable has it whether or not a text mentions it.
        let is_of_class = !says_something || (!gives && classes.get(&class).is_some_and(|seen| are_all_read(seen, names)));
        let own;
        let visible = if is_of_class {
            classes.entry(class).or_insert_with(|| seen(step))
        } else {
            own = seen(step);
            &own
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

/// Whether a step gives one of the names a value of its own.
fn gives(step: &Step, names: &HashSet<&str>) -> bool {
    let container = step.container.as_ref().map(|container| container.env.as_slice()).unwrap_or_default();
    // The variables of `docker.run` are looked at where they are asked for.
    matches!(step.action, Action::DockerRun(_)) || step.every_env().chain(container).any(|entry| names.contains(entry.name.value.as_str()))
}

fn are_all_read(seen: &[Visible], names: &HashSet<&str>) -> bool {
    let read: HashSet<&str> =
        seen.iter().filter(|visible| visible.contract.of_value().environment).map(|visible| visible.name.as_str()).collect();
    seen.iter().all(|visible| visible.contract.of_value().environment) && names.iter().all(|name| read.contains(name))
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

    /// Whether a value of a node mentions one behind a `$`, also where an alias stands for it.
    fn are_in(&self, node: &Node) -> bool {
        let Some(names) = &self.0 else { return true };
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &*entry.value)),
                Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
                Kind::Alias(target) => open.extend(target.as_deref()),
                Kind::Scalar(scalar) if node.may_hold(Content::Dollar) && names.is_match(&scalar.text) => return true,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::{Facts, analyze};

    /// By name and place: the steps that read it, and those that it gets to in the engine alone.
    type Found = BTreeMap<(String, Span), [Vec<String>; 2]>;

    /// What a look at each step by itself finds.
    fn by_each(workflow: &Workflow, dotenv: &Dotenv, name: &str) -> Found {
        let sight = Sight::new(workflow, dotenv);
        let mut found = Found::new();
        for step in workflow.every_step() {
            for visible in sight.of(step).into_iter().filter(|visible| visible.name == name) {
                let Some(span) = visible.span else { continue };
                let [contract, engine] = found.entry((name.to_owned(), span)).or_default();
                if visible.contract.of_value().any() {
                    contract.push(step.called().to_owned());
                } else if visible.engine.of_value().any() {
                    engine.push(step.called().to_owned());
                }
            }
        }
        found
    }

    fn at_once(workflow: &Workflow, dotenv: &Dotenv, name: &str) -> Found {
        let called = |steps: &[&Step]| steps.iter().map(|step| step.called().to_owned()).collect::<Vec<_>>();
        let readers = of(workflow, dotenv, &HashSet::from([name]));
        let readers =
            readers.into_iter().map(|(span, readers)| ((name.to_owned(), span), [called(&readers.contract), called(&readers.engine)]));
        readers.collect()
    }

    /// The classes change nothing: in all DAGs of this repository every name has the readers that a look at each
    /// step by itself finds.
    #[test]
    fn as_each_step_by_itself() {
        let mut count = 0;
        for folder in ["examples", "tests/corpus", "tests/lsp/hovers", "tests/lsp/dags"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
            for file in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(text) = fs::read_to_string(file.path()) else { continue };
                let analysis = analyze(&text.replace('‸', ""), &Facts::default());
                for workflow in &analysis.workflows {
                    let container = workflow.container.as_ref().map(|container| container.env.as_slice()).unwrap_or_default();
                    let entries = workflow
                        .every_step()
                        .flat_map(|step| step.every_env().chain(step.container.iter().flat_map(|container| &container.env)));
                    let entries = workflow.env.iter().chain(container).chain(entries).map(|entry| entry.name.value.as_str());
                    let params = workflow.params.iter().map(|param| param.name.value.as_str());
                    let names = entries.chain(params).chain(workflow.secrets.iter().map(|secret| secret.name.value.as_str()));
                    for name in names.collect::<HashSet<_>>() {
                        let path = file.path();
                        assert_eq!(
                            at_once(workflow, &analysis.dotenv, name),
                            by_each(workflow, &analysis.dotenv, name),
                            "{name} in {}",
                            path.display()
                        );
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 100, "only {count} names");
    }
}
