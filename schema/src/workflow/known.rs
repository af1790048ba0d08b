//! What a text of the DAG becomes, as far as the DAG itself and the environment tell before a run.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::workflow::reference::{self, Policy, Scope};
use crate::workflow::{EnvEntry, Workflow};

/// The values of a DAG's own names.
#[derive(Clone, Debug, Default)]
pub struct OfDag {
    variables: HashMap<String, String>,
    params: HashMap<String, String>,
}

/// The values that are known without running anything.
pub struct KnownValues<'a> {
    workflow: &'a Workflow,
    dag: Cow<'a, OfDag>,
    near: HashMap<String, String>,
    process: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> KnownValues<'a> {
    /// Params with their defaults, constants, and the DAG's env in order. `process` is the
    /// environment; a name that nothing knows stays as it is written.
    pub fn of(workflow: &'a Workflow, process: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let defaults = workflow.params.iter().filter_map(|param| Some((param.name.value.clone(), param.default.clone()?)));
        let params: HashMap<String, String> = defaults.collect();
        let dag = Cow::Owned(OfDag { variables: HashMap::new(), params: params.clone() });
        let mut known = Self { workflow, dag, near: params, process };
        known.add(&workflow.env);
        let variables = std::mem::take(&mut known.near);
        known.dag.to_mut().variables = variables;
        known
    }

    /// The same without an environment; the DAG's names are read once.
    pub fn of_dag(workflow: &'a Workflow) -> Self {
        let dag = workflow.known.get_or_init(|| KnownValues::of(workflow, &|_| None).dag.into_owned());
        Self { workflow, dag: Cow::Borrowed(dag), near: HashMap::new(), process: &|_| None }
    }

    /// Further variables, which are nearer.
    pub fn add<'e>(&mut self, entries: impl IntoIterator<Item = &'e EnvEntry>) {
        for entry in entries {
            // What holds a reference is as little known as that.
            let value = self.text(&entry.value);
            self.near.insert(entry.name.value.clone(), value);
        }
    }

    /// Whether a value is what the file alone makes of a text, with a reference in it that nobody filled in.
    pub fn is_as_written(&self, written: &str, value: &str) -> bool {
        value.contains('$') && self.text(written) == value
    }

    /// The text with what is known in place of the references to it.
    pub fn text(&self, written: &str) -> String {
        let text = reference::expand(written, self, Policy::FIELD).text;
        if text.len() > LONGEST { written.to_owned() } else { text }
    }
}

/// Bytes above which a text is left as it is written: values that double each other grow fast.
const LONGEST: usize = 4096;

impl Scope for KnownValues<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.near.get(name).or_else(|| self.dag.variables.get(name)).cloned().or_else(|| (self.process)(name))
    }

    fn dotted(&self, head: &str, path: &str) -> Option<String> {
        match head {
            "env" => self.variable(path),
            "params" => self.dag.params.get(path).cloned(),
            "consts" => self.workflow.consts.iter().rfind(|(name, _)| name.value == path).map(|(_, value)| value.clone()),
            _ => None,
        }
    }
}
