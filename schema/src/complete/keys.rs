//! Which keys of a mapping come first, and which are out of the question beside others.

use crate::model::Object;
use crate::workflow::DagType;
use crate::workflow::capability::NOT_OF_TASK;
use crate::workflow::container::IMAGE_FIELDS;

/// Keys that DAGs have most often, by kind of mapping, in the order in which they are written. Other
/// keys come after them in the model's order.
const OFTEN: &[(&str, &[&str])] = &[
    (
        "DAG",
        &["steps", "description", "params", "env", "working_dir", "container", "secrets", "schedule", "type", "harnesses", "handler_on"],
    ),
    ("step", &["id", "run", "action", "with", "depends", "container", "env", "outputs", "output", "retry_policy", "continue_on"]),
    ("container", &["image", "volumes", "env", "working_dir", "pull_policy", "shell", "network", "user"]),
];

/// The place of a field among the proposals: the smaller, the earlier.
pub fn rank(object: &Object, field: &str) -> usize {
    let often = OFTEN.iter().find(|(name, _)| *name == object.name).map(|(_, often)| *often).unwrap_or_default();
    let by_use = often.iter().position(|&other| other == field);
    let by_model = || object.fields.iter().position(|other| other.name == field).unwrap_or(object.fields.len());
    by_use.unwrap_or_else(|| often.len() + by_model())
}

/// Keys of which a mapping has one.
const ONE_OF: &[(&str, &[&str])] = &[
    ("step", &["run", "action", "foreach", "command", "script", "exec", "call", "type"]),
    ("step", &["with", "config"]),
    ("step", &["with", "foreach"]),
    ("step", &["container", "foreach"]),
    ("step", &["parallel", "foreach"]),
    ("DAG", &["labels", "tags"]),
    ("DAG", &["hist_retention_days", "hist_retention_runs"]),
    ("container", &["image", "exec"]),
    ("secret", &["ref", "provider"]),
    ("secret", &["ref", "key"]),
    ("secret", &["ref", "options"]),
    ("registry credentials", &["username", "auth"]),
    ("registry credentials", &["password", "auth"]),
    ("condition", &["condition", "eval"]),
    ("smtp", &["password", "oauth"]),
    ("parameter", &["default", "eval"]),
    ("with of http.request", &["body", "form"]),
    ("with of http.request", &["body", "files"]),
    ("with of jq.filter", &["data", "input"]),
    ("with of data.convert", &["data", "input"]),
    ("with of data.pick", &["data", "input"]),
    ("with of template.render", &["template", "template_ref"]),
    ("with of git.checkout", &["token", "username"]),
    ("with of git.checkout", &["token", "password"]),
    ("with of git.checkout", &["token", "ssh_key_path"]),
    ("with of git.checkout", &["password", "ssh_key_path"]),
];

/// Actions that start another DAG.
const STARTS_DAG: &[&str] = &["dag.run", "dag.enqueue"];

/// Actions that run in a container.
const IN_CONTAINER: &[&str] = &["harness.run", "docker.run", "container.run"];

/// Whether a key makes no sense beside those that are there, given with what stands behind them on
/// their lines.
pub fn is_excluded(object: &Object, key: &str, present: &[(&str, &str)], kind: DagType) -> bool {
    let value = |name: &str| present.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let has = |name: &str| value(name).is_some();
    let sets = ONE_OF.iter().filter(|(name, set)| *name == object.name && set.contains(&key));
    if sets.flat_map(|(_, set)| *set).any(|other| *other != key && has(other)) {
        return true;
    }
    match (object.name, key) {
        ("container", "exec") => IMAGE_FIELDS.iter().any(|field| has(field)),
        ("container", key) => IMAGE_FIELDS.contains(&key) && has("exec"),
        ("harness definition", "prompt_flag") => value("prompt_mode").is_some_and(|mode| mode != "flag"),
        ("DAG", "tasks") => kind != DagType::Agent,
        ("step", "depends") => matches!(kind, DagType::Chain | DagType::Agent),
        ("step", "inputs") => kind != DagType::Build,
        ("step", "parallel" | "worker_selector") => {
            !has("call") && !value("action").is_some_and(|action| action.is_empty() || STARTS_DAG.contains(&action))
        }
        ("step", "container") if value("action").is_some_and(|action| is_built_in(action) && !IN_CONTAINER.contains(&action)) => true,
        ("step", key) => value("action") == Some("human.task") && NOT_OF_TASK.contains(&key),
        _ => false,
    }
}

fn is_built_in(action: &str) -> bool {
    crate::model::action::find(action).is_some()
}
