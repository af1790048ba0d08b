//! What a text of the DAG becomes, as far as the DAG itself and the environment tell before a run.

use std::collections::HashMap;

use crate::workflow::reference::{self, Policy, Scope};
use crate::workflow::{EnvEntry, Workflow};

/// The values of a DAG's names that are known without running anything.
pub struct Known<'a> {
    variables: HashMap<String, String>,
    params: HashMap<String, String>,
    consts: HashMap<&'a str, &'a str>,
    process: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Known<'a> {
    /// Params with their defaults, constants, and the DAG's env in order. `process` is the
    /// environment; a name that nothing knows stays as it is written.
    pub fn of(workflow: &'a Workflow, process: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let defaults = workflow.params.iter().filter_map(|param| Some((param.name.value.clone(), param.default.clone()?)));
        let params: HashMap<String, String> = defaults.collect();
        let consts = workflow.consts.iter().map(|(name, value)| (name.value.as_str(), value.as_str())).collect();
        let mut known = Self { variables: params.clone(), params, consts, process };
        known.add(&workflow.env);
        known
    }

    /// Further variables, which are nearer.
    pub fn add<'e>(&mut self, entries: impl IntoIterator<Item = &'e EnvEntry>) {
        for entry in entries {
            let value = self.text(&entry.value);
            // What holds a reference is as little known as that.
            self.variables.insert(entry.name.value.clone(), value);
        }
    }

    /// The text with what is known in place of the references to it.
    pub fn text(&self, written: &str) -> String {
        let text = reference::expand(written, self, Policy::FIELD).text;
        if text.len() > LONGEST { written.to_owned() } else { text }
    }
}

/// Bytes above which a text is left as it is written: values that double each other grow fast.
const LONGEST: usize = 4096;

impl Scope for Known<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned().or_else(|| (self.process)(name))
    }

    fn dotted(&self, head: &str, path: &str) -> Option<String> {
        match head {
            "env" => self.variable(path),
            "params" => self.params.get(path).cloned(),
            "consts" => self.consts.get(path).map(|value| (*value).to_owned()),
            _ => None,
        }
    }
}
