use super::context::DefinedNames;
use super::{Check, Context, Has, Rule, Sink, at_steps, edits, listed};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::syntax::Kind;
use crate::workflow::env::is_variable_name;
use crate::workflow::{visibility, Step, key_shape, provider};
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

pub(super) static RULE: Rule = Rule {
    name: "step-env-dropped",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A step's `env` that the engine drops, since the step runs in the root container.",
    why: "`dagu-rs run` passes a step's `env` to its command. The engine does not for a `run` in the root container: the names are filled in where the text names them, but the command does not see them. The same holds of `defaults.env`.",
    grounds: "Measured on the engine: a step's `env` does not reach a `run` step in a root container, nor does that of `defaults`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n\
        \x20   env:\n\
        \x20     - WHO: you\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - WHO=you\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let neighbours = LazyCell::new(|| Neighbours::of(context));
    for step in context.root_container_steps().filter(|step| step.commands().is_some() && !step.env.is_empty()) {
        let Some(entry) = step.node.entry("env") else { continue };
        let names = listed(step.env.iter().map(|entry| entry.name.value.as_str()));
        let message = format!("the engine does not pass {names} to this step: it drops the `env` of a `run` in the root container");
        let help = "put it into the root container's `env`, or give the step a container of its own";
        let finding = sink.finding(entry.key.span, message).help(help);
        sink.push(match into_container(context, step, &neighbours) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
    of_defaults(context, sink);
}

/// The same of what all steps take from `defaults`, once.
fn of_defaults(context: &Context<'_>, sink: &mut Sink) {
    let takes = |step: &&Step| step.commands().is_some() && step.defaults.as_ref().is_some_and(|defaults| !defaults.env.is_empty());
    let steps: Vec<&Step> = context.root_container_steps().filter(takes).collect();
    let Some(defaults) = steps.first().and_then(|step| step.defaults.as_ref()) else { return };
    let Some(entry) = context.defaults().and_then(|node| node.entry("env")) else { return };
    let names = listed(defaults.env.iter().map(|entry| entry.name.value.as_str()));
    let message = format!("the engine does not pass {names} to a `run` in the root container, where it drops the `env` of steps");
    let finding = at_steps(sink.finding(entry.key.span, message), &steps, |step| format!("`{}` does not get it", step.called()));
    sink.push(finding.help("put it into the root container's `env`"));
}

/// What the steps of the root container make of names.
struct Neighbours<'a> {
    /// Steps whose commands mention a name, without one of their own.
    mentions: HashMap<String, usize>,
    /// Values that steps give a name.
    values: HashMap<&'a str, HashSet<&'a str>>,
    defined: &'a DefinedNames<'a>,
    /// What the container gives.
    of_container: HashMap<&'a str, &'a str>,
}

impl<'a> Neighbours<'a> {
    fn of(context: &Context<'a>) -> Self {
        let mut mentions: HashMap<String, usize> = HashMap::new();
        let mut values: HashMap<&str, HashSet<&str>> = HashMap::new();
        for step in context.root_container_steps() {
            let own: HashSet<&str> = step.env.iter().map(|entry| entry.name.value.as_str()).collect();
            let named: HashSet<String> = visibility::named_in_command(step).into_iter().collect();
            for name in named.into_iter().filter(|name| !own.contains(name.as_str())) {
                *mentions.entry(name).or_default() += 1;
            }
            for entry in &step.env {
                values.entry(&entry.name.value).or_default().insert(&entry.value);
            }
        }
        let of_container = context.workflow.container.iter().flat_map(|container| &container.env);
        let of_container = of_container.map(|entry| (entry.name.value.as_str(), entry.value.as_str())).collect();
        Self { mentions, values, defined: context.defined_names(), of_container }
    }

    /// Whether a name can have its value in every step.
    fn allow(&self, name: &str) -> bool {
        !self.defined.contains(name) && !self.mentions.contains_key(name) && self.values.get(name).is_none_or(|values| values.len() == 1)
    }
}

fn carries_credential(name: &str, value: &str) -> bool {
    provider::sounds_like_credential(name) || !key_shape::keys(value).is_empty()
}

/// The change that moves the step's variables into the root container, where no other step makes
/// anything else of them; a credential stays with its step.
fn into_container(context: &Context<'_>, step: &Step, neighbours: &Neighbours<'_>) -> Option<Fix> {
    let container = context.workflow.container.as_ref().filter(|container| container.image().is_some())?;
    let mut added: Vec<(&str, &str)> = Vec::new();
    let mut own = HashSet::new();
    for entry in &step.env {
        let (name, value) = (entry.name.value.as_str(), entry.value.as_str());
        let is_plain = is_variable_name(name) && !value.contains(['$', '`', '\n']) && !carries_credential(name, value);
        if !is_plain || !neighbours.allow(name) || !own.insert(name) {
            return None;
        }
        match neighbours.of_container.get(name) {
            Some(other) if *other == value => {}
            Some(_) => return None,
            None => added.push((name, value)),
        }
    }
    let is_here = matches!(container.node.kind, Kind::Mapping(_)) && !container.node.span.is_beyond() && !context.tree.is_anchored(container.node.span);
    let mut all = vec![edits::remove(context.tree, &[(&step.node, "env")])?];
    if !added.is_empty() {
        let edits = is_here.then(|| edits::add_variables(&container.node, &context.tree.text, &added)).flatten();
        all.extend(edits?);
    }
    Some(Fix::of("Move it into the root container's `env`", Safety::Unsafe, all))
}
