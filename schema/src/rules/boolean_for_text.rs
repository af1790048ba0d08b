use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::model::action;
use crate::model::values::Value;
use crate::syntax::{Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "boolean-for-text",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A boolean, a number or a collection where only a text can be meant.",
    why: "The engine makes a text of whatever stands in a container's settings: `1` of `true`, `0` of `false`. What an action of another repository takes it does not look at before the run. So `image: true` loads and asks for an image named `1`. Where such a text is really meant, put it in quotes.",
    grounds: "Measured on the engine: with `user: true` the step runs as user 1, `working_dir: true` is sent as `1`, `name: true` fails with `Invalid container name (1)`; `workdir: 3.5` under `action: duckdb@v1` loads.",
    bad: "container:\n\
        \x20 image: true\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Values { value, steps: Some(check) },
};

/// Fields of a container in which a plain number may be meant.
const NUMERIC: &[&str] = &["user", "ports", "command", "shell", "env", "retries", "interval", "timeout", "start_period", "keep_container"];
const OWN_FORM: &[&str] = &["pull_policy", "keep_container", "env", "retries"];

fn value(_: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    let name = value.entry.name();
    if !matches!(value.object.name, "container" | "healthcheck") || value.field.is_none() || OWN_FORM.contains(&name) {
        return;
    }
    match value.node.scalar_type() {
        Some(ScalarType::Bool(flag)) => {
            let message = format!("`{name}` is a text: the engine makes `{}` of this boolean", i32::from(flag));
            sink.report(value.span(), message);
        }
        Some(ScalarType::Float(_)) if !NUMERIC.contains(&name) => {
            sink.push(sink.finding(value.span(), format!("`{name}` is a text, and this is a number")).help("put it in quotes if it is meant"));
        }
        Some(ScalarType::Int(_)) if name == "image" => {
            sink.push(sink.finding(value.span(), "`image` is a text, and this is a number").help("put it in quotes if it is meant"));
        }
        _ => {}
    }
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let is_elsewhere = step.node.get("action").and_then(|action| action.string()).is_some_and(action::is_versioned);
        if is_elsewhere && let Some(with) = step.node.get_some("with") {
            elsewhere(sink, with);
        }
    }
}

/// Inputs that are texts whatever the action: paths, addresses, names, code, messages.
const TEXTS: &[&str] = &[
    "bucket", "branch", "code", "command", "content", "cwd", "database", "destination", "dir", "directory", "endpoint", "file", "filename", "host",
    "image", "message", "name", "owner", "path", "prompt", "query", "ref", "repo", "repository", "script", "source", "sql", "subject", "target",
    "template", "text", "title", "token", "uri", "url", "user", "username", "workdir", "working_dir",
];

/// Those of them that no plain number can be.
const CODE_OR_PLACE: &[&str] = &["query", "repo", "repository", "script", "sql", "uri", "url", "workdir", "working_dir"];
/// Those of them that no action takes a list or a mapping for.
const SINGLE: &[&str] = &["database", "dir", "directory", "host", "image", "path", "repo", "repository", "url", "workdir", "working_dir"];

fn elsewhere(sink: &mut Sink, with: &Node) {
    for entry in with.entries().unwrap_or_default().iter().filter(|entry| TEXTS.contains(&entry.name())) {
        let node = &entry.value;
        let wrong = match node.scalar_type() {
            Some(ScalarType::Bool(_) | ScalarType::Float(_)) => true,
            Some(ScalarType::Int(number)) => number < 0 || CODE_OR_PLACE.contains(&entry.name()),
            Some(_) => false,
            None => SINGLE.contains(&entry.name()) && !node.is_unresolved(),
        };
        if wrong {
            let message = format!("`{}` is a text for every action there is, and this is {}", entry.name(), node.type_name());
            sink.push(sink.finding(entry.value_span(), message).help("nothing checks it before the step runs: put it in quotes if it is meant"));
        }
    }
}
