//! The values that a run starts with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::workflow::reference::{Policy, Target, expand};
use dagu_schema::workflow::{Secret, Workflow, provider};
use indexmap::IndexMap;

use crate::dotenv;
use crate::masking::Secrets;
use crate::values::{Values, params_json};

/// Shorter values of credentials are not masked: they are no keys, and masking them would garble
/// the output.
pub const SHORTEST_CREDENTIAL: usize = 6;

/// Resolves params, consts, env, dotenv files and secrets, in this order; the last of a name counts.
///
/// # Errors
/// Everything that keeps the run from starting, each naming what it is about.
pub fn values(
    workflow: &Workflow,
    environment: BTreeMap<String, String>,
    file_folder: &Path,
    given: &[String],
    context: BTreeMap<String, String>,
    secrets: &Secrets,
) -> Result<Values, Vec<String>> {
    let mut faults = Vec::new();
    for (_, value) in environment.iter().filter(|(name, value)| provider::is_known_credential(name) && value.len() >= SHORTEST_CREDENTIAL) {
        secrets.add(value);
    }
    let params = params(workflow, given, &mut faults);
    let mut values = Values { process: Arc::new(environment), context: Arc::new(context), ask_process: true, ..Values::default() };
    for (name, written) in &workflow.consts {
        let value = expand(written, &values, Policy::SHELL).text;
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
        // `KEY: ${KEY}` with nothing behind it defines nothing.
        let names_itself = expansion.unresolved.iter().any(|reference| match &reference.target {
            Target::Variable { name: wanted, .. } => wanted == name,
            Target::Value { namespace, path } => namespace == "env" && path == name,
            Target::Property { .. } => false,
        });
        if !names_itself {
            Arc::make_mut(&mut values.dag).insert(name.clone(), expansion.text);
        }
    }
    // The engine reads these files behind `env`, which does not see them and gives way to them.
    for written in &workflow.dotenv {
        let path = file_folder.join(expand(written, &values, Policy::FIELD).text);
        if let Ok(bytes) = std::fs::read(&path) {
            Arc::make_mut(&mut values.dag).extend(dotenv::parse(&String::from_utf8_lossy(&bytes)));
        }
    }
    for secret in &workflow.secrets {
        match read_secret(secret, &values, file_folder) {
            Ok(value) => {
                secrets.add(&value);
                Arc::make_mut(&mut values.dag).insert(secret.name.value.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    for (_, value) in values.dag.iter().filter(|(name, value)| provider::is_known_credential(name) && value.len() >= SHORTEST_CREDENTIAL) {
        secrets.add(value);
    }
    values.ask_process = false;
    if faults.is_empty() { Ok(values) } else { Err(faults) }
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

fn read_secret(secret: &Secret, values: &Values, file_folder: &Path) -> Result<String, String> {
    let name = &secret.name.value;
    let Some(key) = &secret.key else {
        return Err(format!("the secret `{name}` has no `key`"));
    };
    let key = expand(&key.value, values, Policy::FIELD).text;
    match secret.provider.as_ref().map(|provider| provider.value.as_str()) {
        Some("env") => values.process.get(&key).cloned().ok_or_else(|| {
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
