//! The values that a run starts with.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::known::KnownValues;
use dagu_schema::workflow::reference::{Policy, Scope as _, Target, expand};
use dagu_schema::workflow::visibility::Semantics;
use dagu_schema::workflow::{Secret, Step, Workflow, provider};
use indexmap::IndexMap;

use crate::dotenv;
use crate::masking::{SHORTEST_CREDENTIAL, Secrets};
use crate::plan::Folders;
use crate::values::{Values, params_json};

pub use dagu_schema::workflow::set_by_run::{OUTPUT_FILE, Reach, SET_BY_RUN, SetByRun};

/// What is known about a step besides its own fields: its name, and the files with its standard
/// output and error.
pub fn add_step_context(step: &Step, logs: (&str, &str), values: &mut Values) {
    let mut context = (*values.context).clone();
    context.insert("step.name".to_owned(), step.name.clone());
    if let Some(id) = &step.id {
        context.insert("step.id".to_owned(), id.value.clone());
    }
    for (path, name, variable) in
        [(logs.0, "step_stdout_file", "DAG_RUN_STEP_STDOUT_FILE"), (logs.1, "step_stderr_file", "DAG_RUN_STEP_STDERR_FILE")]
    {
        context.insert(format!("paths.{name}"), path.to_owned());
        values.set(variable, path.to_owned());
    }
    values.set("DAG_RUN_STEP_NAME", step.name.clone());
    values.context = Arc::new(context);
}

/// The DAG's working directory, once it is known.
pub fn add_work_dir(folders: &Folders, values: &mut Values) {
    let work = folders.work.to_string_lossy().into_owned();
    Arc::make_mut(&mut values.context).insert("paths.work_dir".to_owned(), work.clone());
    Arc::make_mut(&mut values.dag).insert("DAG_RUN_WORK_DIR".to_owned(), work);
}

/// The outcome of the run, for a handler.
pub fn add_status(status: &str, values: &mut Values) {
    let mut context = (*values.context).clone();
    context.insert("run.status".to_owned(), status.to_owned());
    values.context = Arc::new(context);
    values.set("DAG_RUN_STATUS", status.to_owned());
}

/// Resolves params, consts, env, dotenv files and secrets, in this order; the last of a name counts.
/// With the values comes everything that keeps a run from starting, each naming what it is about.
/// `start` has the context, the semantics, and the credentials whose values nobody is to see: a plan
/// is made with references in their place.
pub fn values(
    workflow: &Workflow,
    environment: BTreeMap<String, String>,
    file_folder: &Path,
    given: &[String],
    secrets: &Secrets,
    start: Values,
) -> (Values, Vec<String>) {
    let mut faults = Vec::new();
    for (_, value) in environment.iter().filter(|(name, _)| provider::sounds_like_credential(name)) {
        secrets.add_credential(value, None);
    }
    let semantics = start.semantics;
    let mut values = Values { ask_process: true, ..start };
    values.process = Arc::new(environment.iter().map(|(name, value)| (name.clone(), told(&values, secrets, name, value))).collect());
    let params = params(workflow, given, &mut faults);
    let params: IndexMap<String, String> =
        params.into_iter().map(|(name, value)| (name.clone(), told(&values, secrets, &name, &value))).collect();
    for (name, written) in &workflow.consts {
        let value = expand(written, &values, Policy::SHELL).text;
        let value = told(&values, secrets, &name.value, &value);
        Arc::make_mut(&mut values.consts).insert(name.value.clone(), value);
    }
    let mut dag: IndexMap<String, String> = params.clone();
    for name in ["DAG_PARAMS_JSON", "DAGU_PARAMS_JSON"] {
        dag.insert(name.to_owned(), params_json(&params));
    }
    values.params = Arc::new(params);
    for (variable, source) in [("DAG_NAME", "dag.name"), ("DAG_RUN_ID", "run.id"), ("DAG_RUN_WORK_DIR", "paths.work_dir")] {
        if let Some(value) = values.context.get(source) {
            dag.insert(variable.to_owned(), value.clone());
        }
    }
    values.dag = Arc::new(dag);

    for entry in &workflow.env {
        let expansion = expand(&entry.value, &values, Policy::FIELD);
        let name = &entry.name.value;
        // `KEY: ${KEY}` with nothing behind it defines nothing; in the engine, the text.
        let names_itself = expansion.unresolved.iter().any(|reference| match &reference.target {
            Target::Variable { name: wanted, .. } => wanted == name,
            Target::Value { namespace, path } => namespace == "env" && path == name,
            Target::Property { .. } => false,
        });
        if !names_itself || semantics == Semantics::Engine {
            let text = if semantics == Semantics::Engine { once_more(&expansion.text, &values) } else { expansion.text };
            let value = told(&values, secrets, name, &text);
            Arc::make_mut(&mut values.dag).insert(name.clone(), value);
        }
    }
    // The engine reads these files behind `env`, which does not see them and gives way to them.
    let mut from_files = Dotenv::default();
    let mut number = 0;
    let work = workflow.working_dir.as_ref().map(|folder| expand(&folder.value, &values, Policy::FIELD).text);
    let home = environment.get("HOME").map(Path::new);
    let places = dotenv::places(file_folder, work.as_deref(), home);
    for written in &workflow.dotenv {
        let found = dotenv::find(&places, &expand(written, &values, Policy::FIELD).text);
        if let Some(bytes) = found.and_then(|path| std::fs::read(path).ok()) {
            let defined = dotenv::parse(&String::from_utf8_lossy(&bytes), number);
            number += 1;
            for (name, defined) in &defined {
                let value = told(&values, secrets, name, &defined.value);
                Arc::make_mut(&mut values.dag).insert(name.clone(), value);
            }
            if semantics == Semantics::Engine {
                look_again(&defined, &mut values, secrets);
            }
            from_files.extend(defined.into_iter().map(|(name, defined)| (name, defined.made)));
        }
    }
    for secret in &workflow.secrets {
        let name = &secret.name.value;
        match read_secret(secret, &values, &environment, file_folder) {
            Ok(value) => {
                if values.hidden.is_none() {
                    secrets.add(&value);
                }
                let value = told(&values, secrets, name, &value);
                Arc::make_mut(&mut values.dag).insert(name.clone(), value);
            }
            Err(fault) => {
                faults.push(fault);
                if values.hidden.is_some() {
                    let value = values.told(name, String::new());
                    Arc::make_mut(&mut values.dag).insert(name.clone(), value);
                }
            }
        }
    }
    if values.hidden.is_none() {
        let credentials = Credentials::of(workflow, &from_files);
        let known = values.dag.iter().filter(|(name, _)| credentials.has(name) || credentials.is_known(name));
        let written: HashMap<&str, &str> = workflow.env.iter().map(|entry| (entry.name.value.as_str(), entry.value.as_str())).collect();
        // What a reference stands in that nobody filled in is a text of the file.
        let of_file = KnownValues::of_dag(workflow);
        let is_unfilled = |name: &str, value: &str| {
            let is_literal = given.is_empty() && credentials.get(name).is_some_and(|held| held.is_literal(semantics));
            value.contains('$') && (is_literal || of_file.variable(name).is_some_and(|text| text == value))
        };
        let known = known.filter(|(name, value)| !is_unfilled(name, value));
        known.for_each(|(name, value)| secrets.add_credential(value, written.get(name.as_str()).copied()));
    }
    values.from_files = Arc::new(from_files);
    values.ask_process = false;
    (values, faults)
}

/// The engine looks at each value of a dotenv file once more, and puts in what the DAG and the file have by then. It takes
/// the values in no order; here each sees all of the others.
fn look_again(defined: &IndexMap<String, dotenv::Defined>, values: &mut Values, secrets: &Secrets) {
    for (name, defined) in defined.iter().filter(|(_, defined)| defined.value.contains('$')) {
        let value = told(values, secrets, name, &once_more(&defined.value, values));
        Arc::make_mut(&mut values.dag).insert(name.clone(), value);
    }
}

/// A value that was read, read again: the engine puts in what the DAG itself has by then, also where a backslash stood.
fn once_more(value: &str, values: &Values) -> String {
    if !value.contains('$') {
        return value.to_owned();
    }
    expand(value, &Values { ask_process: false, ..values.clone() }, Policy::FIELD).text
}

/// The value by which a name is known; one that is hidden is masked wherever else it stands.
fn told(values: &Values, secrets: &Secrets, name: &str, value: &str) -> String {
    let told = values.told(name, value.to_owned());
    // What holds a reference was made of values that are hidden already.
    if told != value && value.len() >= SHORTEST_CREDENTIAL && !value.contains("${") {
        secrets.add(value);
    }
    told
}

fn params(workflow: &Workflow, given: &[String], faults: &mut Vec<String>) -> IndexMap<String, String> {
    let is_positional = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let declared: Vec<&str> = workflow.params.iter().map(|param| param.name.value.as_str()).collect();
    let named: Vec<&str> = declared.iter().copied().filter(|name| !is_positional(name)).collect();
    let mut params: IndexMap<String, String> =
        workflow.params.iter().filter_map(|param| Some((param.name.value.clone(), param.default.clone()?))).collect();
    let mut position = 0;
    for argument in given {
        match argument.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, value)) => {
                if !named.is_empty() && !named.contains(&name) {
                    faults.push(format!("the DAG has no parameter `{name}`; it has {}", named.join(", ")));
                }
                params.insert(name.to_owned(), value.to_owned());
            }
            None => {
                let name = declared.get(position).map_or_else(|| (position + 1).to_string(), |name| (*name).to_owned());
                position += 1;
                params.insert(name, argument.clone());
            }
        }
    }
    for param in workflow.params.iter().filter(|param| param.required && !params.contains_key(&param.name.value)) {
        faults.push(format!("the parameter `{0}` is required: give it after `--`, as `{0}=VALUE`", param.name.value));
    }
    params
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .enumerate()
            .all(|(i, byte)| byte == b'_' || byte.is_ascii_alphabetic() || (i > 0 && (byte.is_ascii_digit() || byte == b'-')))
}

fn read_secret(secret: &Secret, values: &Values, environment: &BTreeMap<String, String>, file_folder: &Path) -> Result<String, String> {
    let name = &secret.name.value;
    let Some(key) = &secret.key else {
        return Err(format!("the secret `{name}` has no `key`"));
    };
    let key = expand(&key.value, values, Policy::FIELD).text;
    match secret.provider.as_ref().map(|provider| provider.value.as_str()) {
        Some("env") => environment.get(&key).cloned().ok_or_else(|| {
            format!("the secret `{name}` needs the environment variable {key}, which is not set in the environment of dagu-rs")
        }),
        _ => {
            let path: PathBuf = file_folder.join(&key);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("the secret `{name}` cannot be read from {}: {error}", path.display()))?;
            Ok(text.trim_end_matches(['\n', '\r']).to_owned())
        }
    }
}
