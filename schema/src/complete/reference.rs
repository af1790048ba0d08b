//! The `${...}` that may stand at a place, with where their values come from.

use std::collections::HashSet;

use crate::complete::order::{Key, Standing};
use crate::syntax::Node;
use crate::workflow::account;
use crate::workflow::credential::Credentials;
use crate::workflow::dotenv::Dotenv;
use crate::workflow::env::is_variable_name;
use crate::workflow::mention::{INHERITED_FIELDS, LITERAL_STEP_FIELDS, ROOT_FIELDS, SETTINGS, is_foreign};
use crate::workflow::notice::declared_outputs;
use crate::workflow::run_values;
use crate::workflow::{DagType, EnvEntry, Step, Workflow, provider};

/// A reference that has a value at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What stands between the braces.
    pub inner: String,
    /// Where its value comes from, and what that is where it may be shown.
    pub source: String,
    /// How near it is: the smaller, the earlier it is proposed.
    pub rank: u8,
}

/// What is known from elsewhere of names that have a value.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere<'a> {
    /// What the dotenv files define.
    pub dotenv: &'a Dotenv,
    /// Variables that every run sets, with what they hold.
    pub of_run: &'a [(&'a str, &'a str)],
    /// Variables of the environment.
    pub of_process: &'a [&'a str],
}

/// The references that have a value at the end of a way of keys, each once. None where the engine
/// takes a text as it is. Of very many steps those count that `typed` may be the start of.
pub fn proposals(workflow: &Workflow, keys: &[Key<'_>], offset: usize, typed: &str, elsewhere: Elsewhere<'_>) -> Vec<Proposal> {
    let Some((root, _)) = keys.first() else { return Vec::new() };
    let credentials = Credentials::of(workflow, elsewhere.dotenv);
    let mut found = Found { workflow, typed, credentials: &credentials, out: Vec::new(), seen: HashSet::new() };
    match Standing::of(workflow, keys, offset) {
        Some(standing) => {
            let way: Vec<&str> = keys.iter().skip(standing.depth).map(|key| key.0).collect();
            if !way.first().is_some_and(|field| LITERAL_STEP_FIELDS.contains(field)) || is_in_collect(&way) {
                found.in_step(&standing, &way, offset, elsewhere);
            }
        }
        None if *root == "consts" => {}
        None if ROOT_FIELDS.contains(root) || SETTINGS.contains(root) => found.in_root(root, keys, offset, elsewhere),
        None if INHERITED_FIELDS.contains(root) => found.of_every_step(elsewhere),
        None => {}
    }
    found.out
}

fn is_in_collect(way: &[&str]) -> bool {
    matches!(way, ["foreach", "collect" | "key", ..])
}

/// Fields of `context` that exist only while a step runs.
const OF_STEP: &[&str] = &["attempt.", "step.", "paths.step_"];

/// Steps whose results are proposed, at the most.
const MANY: usize = 100;

/// Ranks, the nearest first.
const NEAREST: u8 = 0;
const OUTPUT: u8 = 1;
const PARAM: u8 = 2;
const CONST: u8 = 3;
const VARIABLE: u8 = 4;
const FAR: u8 = 5;
const OLDER: u8 = 6;
const RUN: u8 = 7;
const PROCESS: u8 = 8;

struct Found<'w> {
    workflow: &'w Workflow,
    typed: &'w str,
    credentials: &'w Credentials,
    out: Vec<Proposal>,
    seen: HashSet<String>,
}

impl Found<'_> {
    fn add(&mut self, inner: String, source: impl Into<String>, rank: u8) {
        if self.seen.insert(inner.clone()) {
            self.out.push(Proposal { inner, source: source.into(), rank });
        }
    }

    fn in_step(&mut self, standing: &Standing<'_>, way: &[&str], offset: usize, elsewhere: Elsewhere<'_>) {
        let step = standing.step();
        // Another program than a shell may have a `${NAME}` of its own.
        let is_script = matches!(way.first(), Some(&("run" | "command" | "script")));
        let has_variables = !(is_script && step.is_some_and(is_foreign));
        self.iteration(standing, way);
        if let Some(step) = step.filter(|_| has_variables) {
            self.own_variables(step, way, offset);
        }
        self.outputs(standing, way, has_variables);
        self.settled(has_variables);
        if has_variables {
            self.entries(&self.workflow.env, "env of the DAG", VARIABLE, true);
            self.later_names(elsewhere);
            for (name, about) in elsewhere.of_run {
                self.add((*name).to_owned(), format!("set by every run: {about}"), RUN);
            }
        }
        if let Some(step) = step {
            self.files_of_build(step, way);
        }
        self.run_values(|_| true);
        if has_variables && way.len() > 2 && matches!(way, ["container", "env", ..]) {
            self.process(elsewhere);
        }
    }

    /// Values of an iteration: in the body of a `foreach`, and in what is worked out for each item.
    fn iteration(&mut self, standing: &Standing<'_>, way: &[&str]) {
        let own = standing.step().filter(|_| is_in_collect(way));
        let Some(foreach) = own.or(standing.around.last().copied()).and_then(|step| step.node.get("foreach")) else { return };
        let name = foreach.get_some("as").and_then(|name| name.string()).map(str::trim).filter(|name| !name.is_empty()).unwrap_or("item");
        self.add(format!("foreach.{name}"), "the item of this turn", NEAREST);
        let items = foreach.get("items").and_then(|items| items.items()).unwrap_or_default();
        for field in items.first().and_then(|item| item.entries()).unwrap_or_default() {
            self.add(format!("foreach.{name}.{}", field.name()), "a field of the item", NEAREST);
        }
        self.add("foreach.index".to_owned(), "the number of this turn, from 0", NEAREST);
        self.add("foreach.key".to_owned(), "the key of this turn", NEAREST);
    }

    /// What the step's own `env` sets before the place, and outside of that all of it.
    fn own_variables(&mut self, step: &Step, way: &[&str], offset: usize) {
        if way.first() == Some(&"working_dir") {
            return;
        }
        let in_env = way.first() == Some(&"env");
        if let Some(defaults) = &step.defaults {
            self.entries(&defaults.env, "env of `defaults`", NEAREST, false);
        }
        let own = step.env.iter().filter(|entry| !in_env || entry.span.end < offset && !entry.span.touches(offset));
        self.entries(own, "env of the step", NEAREST, false);
        if let (Some(container), ["run", ..] | ["with", ..]) = (self.workflow.container_of(step), way) {
            self.entries(&container.env, "env of the container", NEAREST, false);
        }
    }

    fn entries<'e>(&mut self, entries: impl IntoIterator<Item = &'e EnvEntry>, source: &str, rank: u8, with_env: bool) {
        for entry in entries.into_iter().filter(|entry| is_variable_name(&entry.name.value)) {
            let name = &entry.name.value;
            let shown = self.shown(name, &entry.value, self.credentials.carried_by(entry));
            self.add(name.clone(), format!("{source}{shown}"), rank);
            if with_env {
                self.add(format!("env.{name}"), format!("{source}{shown}"), OLDER);
            }
        }
    }

    /// The value as it may be shown: of a credential nothing.
    fn shown(&self, name: &str, value: &str, is_credential: bool) -> String {
        let is_hidden = is_credential || self.is_credential(name);
        if is_hidden || value.trim().is_empty() { String::new() } else { format!(": {}", account::first_line(value)) }
    }

    fn is_credential(&self, name: &str) -> bool {
        let workflow = self.workflow;
        self.credentials.has(name)
            || workflow.is_known_credential(name)
            || provider::sounds_like_credential(name)
            || workflow.given_credentials.contains(name)
    }

    /// What steps that have ended before leave behind.
    fn outputs(&mut self, standing: &Standing<'_>, way: &[&str], has_variables: bool) {
        let workflow = self.workflow;
        if standing.handler.is_some() {
            if has_variables {
                let named = workflow.steps.iter().filter_map(|step| Some((step, step.output_variable()?)));
                for (step, name) in named {
                    self.add(name.value.clone(), format!("standard output of `{}`", step.called()), OUTPUT);
                }
            }
            return;
        }
        let is_long = workflow.steps.len() > MANY;
        let body = standing.step().filter(|_| is_in_collect(way)).map(|step| step.body.as_slice()).unwrap_or_default();
        let inner = standing.before(workflow).filter(|_| body.is_empty());
        let top = standing.top.filter(|_| !standing.around.is_empty());
        let outer = top.map(|top| Standing { list: &workflow.steps, index: Some(top), around: Vec::new(), ..standing.clone() });
        let outer = outer.map(|outer| outer.before(workflow)).into_iter().flatten();
        let before = body.iter().rev().chain(inner).chain(outer);
        let typed = self.typed.strip_prefix("steps.").unwrap_or(self.typed);
        let may_be_meant = |step: &&Step| !is_long || step.called().starts_with(typed) || typed.starts_with(step.called());
        for step in before.filter(may_be_meant).take(MANY) {
            let called = step.called();
            if let (Some(name), true) = (step.output_variable(), has_variables) {
                self.add(name.value.clone(), format!("standard output of `{called}`"), OUTPUT);
            }
            let Some(id) = step.id.as_ref().map(|id| &id.value) else { continue };
            for name in declared_outputs(step) {
                self.add(format!("steps.{id}.outputs.{name}"), format!("output of `{id}`"), OUTPUT);
            }
            let is_reused = workflow.kind == DagType::Build && step.outputs_with_path().next().is_some();
            if !is_reused {
                self.add(format!("{id}.stdout"), format!("the file with the standard output of `{id}`"), OLDER);
                self.add(format!("{id}.stderr"), format!("the file with the standard error of `{id}`"), OLDER);
                self.add(format!("{id}.exit_code"), format!("the exit code of `{id}`"), OLDER);
            }
        }
    }

    /// What is settled before the first step: parameters and constants.
    fn settled(&mut self, has_variables: bool) {
        let workflow = self.workflow;
        for param in &workflow.params {
            let name = &param.name.value;
            let default = param.default.as_deref().unwrap_or_default();
            let shown = self.shown(name, default, false);
            let source = if shown.is_empty() { "parameter".to_owned() } else { format!("parameter, default{shown}") };
            if !name.bytes().all(|byte| byte.is_ascii_digit()) {
                self.add(format!("params.{name}"), source.clone(), PARAM);
            }
            if has_variables {
                self.add(name.clone(), source, FAR);
            }
        }
        for (name, value) in &workflow.consts {
            let shown = self.shown(&name.value, value, false);
            self.add(format!("consts.{}", name.value), format!("constant{shown}"), CONST);
        }
    }

    /// Names that have a value once the DAG's own `env` is read: secrets and dotenv files.
    fn later_names(&mut self, elsewhere: Elsewhere<'_>) {
        for secret in &self.workflow.secrets {
            let kept = secret.provider.as_ref().map_or(String::new(), |provider| format!(" from `{}`", provider.value));
            self.add(secret.name.value.clone(), format!("secret{kept}"), VARIABLE);
        }
        for name in elsewhere.dotenv.names().filter(|name| is_variable_name(name)) {
            self.add(name.clone(), "dotenv file", VARIABLE);
        }
    }

    fn process(&mut self, elsewhere: Elsewhere<'_>) {
        for name in elsewhere.of_process.iter().filter(|name| is_variable_name(name)) {
            self.add((*name).to_owned(), "environment of the process", PROCESS);
        }
    }

    /// Files of a build's step, while it runs.
    fn files_of_build(&mut self, step: &Step, way: &[&str]) {
        if self.workflow.kind != DagType::Build || !matches!(way.first(), Some(&("run" | "command" | "script" | "env"))) {
            return;
        }
        for list in ["inputs", "outputs"] {
            let items = step.node.get(list).and_then(|list| list.items()).unwrap_or_default();
            let files = items.iter().filter(|item| item.get("path").is_some());
            for name in files.filter_map(|item| item.get("name")?.text()) {
                self.add(format!("{list}.{name}"), format!("a file of the step's `{list}`"), NEAREST);
            }
        }
    }

    fn run_values(&mut self, is_there: impl Fn(&str) -> bool) {
        for path in run_values::names().filter(|path| is_there(path)) {
            self.add(format!("context.{path}"), "known once the DAG runs", RUN);
        }
    }

    /// In a field that steps take over: what all of them know.
    fn of_every_step(&mut self, elsewhere: Elsewhere<'_>) {
        self.settled(true);
        self.entries(&self.workflow.env, "env of the DAG", VARIABLE, true);
        self.later_names(elsewhere);
        self.run_values(|_| true);
    }

    fn in_root(&mut self, root: &str, keys: &[Key<'_>], offset: usize, elsewhere: Elsewhere<'_>) {
        let is_env = root == "env";
        // An entry sees those above it; `dotenv` files and secrets are read afterwards.
        let own = keys.get(1).map(|key| key.0);
        let above = |entry: &&EnvEntry| !is_env || entry.span.end < offset && own != Some(&entry.name.value);
        let entries: Vec<&EnvEntry> = self.workflow.env.iter().filter(above).collect();
        self.settled(true);
        self.entries(entries, "env of the DAG", VARIABLE, true);
        if !is_env && root != "dotenv" {
            self.later_names(elsewhere);
        }
        self.run_values(|path| !OF_STEP.iter().any(|start| path.starts_with(start)));
        if is_env || root == "container" {
            self.process(elsewhere);
        }
    }
}

/// The inputs of an action that the document defines: name, description, and whether it has to be
/// given.
pub fn inputs(definition: &Node) -> Vec<(&str, &str, bool)> {
    let Some(schema) = definition.get("input_schema") else { return Vec::new() };
    let required: Vec<&str> =
        schema.get("required").and_then(|list| list.items()).unwrap_or_default().iter().filter_map(|item| item.text()).collect();
    let properties = schema.get("properties").and_then(|properties| properties.entries()).unwrap_or_default();
    properties
        .iter()
        .map(|entry| {
            let described = entry.value.get("description").or_else(|| entry.value.get("type"));
            (entry.name(), described.and_then(|node| node.text()).unwrap_or_default(), required.contains(&entry.name()))
        })
        .collect()
}
