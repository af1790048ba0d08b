//! Which variable a name means: what gives it a value, the nearest first.

use std::collections::{HashMap, HashSet};

use super::Walk;
use crate::rules::is_external;
use crate::symbols::text::Reader;
use crate::symbols::{Kind, Symbol, template};
use crate::syntax::Entry;
use crate::workflow::{Action, Container, EnvEntry, Place, Step, Workflow, docker_run};

/// What gives a value to a variable, the nearest first.
#[derive(Clone, Copy)]
pub(super) enum Level<'a> {
    /// The entries of a container's env before one, then what is around it.
    Container(&'a Container, usize),
    /// The entries of the step's env before one.
    StepEnv(usize),
    /// All that a step sees.
    Step,
    /// The entries of the DAG's env before one.
    DagEnv(usize),
    /// The entries of `defaults.env` before one.
    Defaults(usize),
    /// What the DAG's other fields see.
    Dag,
}

/// From where a text is looked at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) step: Option<&'a Step>,
    pub(super) level: Level<'a>,
    pub(super) reader: Reader,
}

/// The names of a document's own scope.
pub(super) struct OfDag<'a> {
    pub(super) env: HashMap<&'a str, Vec<usize>>,
    pub(super) params: HashSet<&'a str>,
    pub(super) secrets: HashSet<&'a str>,
    pub(super) consts: HashSet<&'a str>,
    pub(super) outputs: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    pub(super) fn of_dag(&self) -> &OfDag<'a> {
        self.of_dag.get_or_init(|| {
            let workflow = self.workflow;
            let mut env: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, entry) in workflow.env.iter().enumerate() {
                env.entry(&entry.name.value).or_default().push(at);
            }
            let outputs = workflow.every_step_with("output").filter_map(|step| step.output_variable());
            OfDag {
                env,
                params: param_names(workflow),
                secrets: workflow.secrets.iter().map(|secret| secret.name.value.as_str()).collect(),
                consts: workflow.consts.iter().map(|(name, _)| name.value.as_str()).collect(),
                outputs: outputs.map(|name| name.value.as_str()).collect(),
            }
        })
    }

    /// What a variable is, seen from a text.
    pub(super) fn variable(&self, name: &str, view: View<'a>) -> Symbol {
        let of = |home: usize| self.symbol(Kind::Variable, name, home);
        let of_defaults = |at: usize| {
            let defaults = self.workflow.defaults.as_deref().filter(|defaults| self.has(&defaults.env, at, name));
            defaults.map(|_| of(self.workflow.node.get("defaults").map_or(0, |node| node.span.start)))
        };
        let of_step = |step: &'a Step, at: usize| {
            let own = self.has(&step.env, at, name).then(|| of(step.node.span.start));
            own.or_else(|| step.defaults.as_ref().and_then(|_| of_defaults(usize::MAX)))
        };
        let near = match view.level {
            Level::Container(container, at) => {
                let own = self.has(&container.env, at, name).then(|| of(container.node.span.start));
                own.or_else(|| of_step(view.step?, usize::MAX))
            }
            Level::StepEnv(at) => view.step.and_then(|step| of_step(step, at)),
            Level::Step => view.step.and_then(|step| {
                let container = self.workflow.container_of(step);
                let in_container =
                    container.filter(|container| self.has(&container.env, usize::MAX, name)).map(|container| of(container.node.span.start));
                let in_docker = || match &step.action {
                    Action::DockerRun(Some(with)) if step.place == Place::DockerRun => {
                        docker_run::env(with).iter().any(|variable| variable.name == name).then(|| of(with.span.start))
                    }
                    _ => None,
                };
                in_container.or_else(in_docker).or_else(|| of_step(step, usize::MAX))
            }),
            Level::Defaults(at) => of_defaults(at),
            Level::DagEnv(_) | Level::Dag => None,
        };
        if let Some(near) = near {
            return near;
        }
        let dag = self.of_dag();
        if let Level::DagEnv(at) = view.level {
            let entries = dag.env.get(name).map(Vec::as_slice).unwrap_or_default();
            return match entries.first() {
                Some(&first) if first < at => of(0),
                _ if dag.params.contains(name) => self.symbol(Kind::Param, name, 0),
                // An entry below is what the author means, where nothing else has the name.
                Some(_) if !entries.contains(&at) => of(0),
                _ => self.symbol(Kind::Unknown, name, 0),
            };
        }
        let is_step = view.step.is_some() || matches!(view.level, Level::Defaults(_));
        match name {
            _ if is_step && dag.outputs.contains(name) => of(0),
            _ if dag.secrets.contains(name) => self.symbol(Kind::Secret, name, 0),
            _ if self.dotenv.is_some_and(|dotenv| dotenv.contains(name)) => self.symbol(Kind::Dotenv, name, 0),
            _ if dag.env.contains_key(name) => of(0),
            _ if dag.params.contains(name) => self.symbol(Kind::Param, name, 0),
            _ => self.below(name, view).unwrap_or_else(|| self.symbol(Kind::Unknown, name, 0)),
        }
    }

    /// Whether one of the entries before one has a name.
    fn has(&self, entries: &'a [EnvEntry], before: usize, name: &str) -> bool {
        const FEW: usize = 16;
        if entries.len() <= FEW {
            return entries.iter().take(before).any(|entry| entry.name.value == name);
        }
        let mut first = self.first.borrow_mut();
        let of_these = || entries.iter().enumerate().rev().map(|(at, entry)| (entry.name.value.as_str(), at)).collect();
        first.entry(entries.as_ptr()).or_insert_with(of_these).get(name).is_some_and(|&at| at < before)
    }

    /// An entry below the one that asks.
    fn below(&self, name: &str, view: View<'a>) -> Option<Symbol> {
        let (entries, at, home) = match view.level {
            Level::Container(container, at) => (&container.env, at, container.node.span.start),
            Level::StepEnv(at) => (&view.step?.env, at, view.step?.node.span.start),
            _ => return None,
        };
        let mut below = entries.iter().skip(at.saturating_add(1));
        below.any(|entry| entry.name.value == name).then(|| self.symbol(Kind::Variable, name, home))
    }
}

/// The names of a document's parameters.
fn param_names(workflow: &Workflow) -> HashSet<&str> {
    let Some(external) = workflow.node.get_some("params").filter(|params| is_external(params)) else {
        return workflow.params.iter().map(|param| param.name.value.as_str()).collect();
    };
    let values = external.get_some("values").and_then(|values| values.entries()).unwrap_or_default();
    template::properties(external.get_some("schema")).iter().chain(values).map(Entry::name).collect()
}
