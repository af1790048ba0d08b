use std::collections::HashMap;

use crate::workflow::env::is_variable_name;
use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Entry, Node};

pub(super) static RULE: Rule = Rule {
    name: "secret-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A secret without one clear source, or with a name that it cannot have.",
    why: "A secret comes either from the server's registry (`ref`), or from a `provider` by its `key`; `options` belong to a provider. Its `name` becomes an environment variable: letters, digits and `_`, not starting with a digit or with `DAGU_`, none that the engine sets itself, and each only once. The engine does not load a DAG with another secret.",
    grounds: "Engine, at load: `exactly one of 'ref' or 'provider' plus 'key' is required`, `must be a valid environment variable name`, `must not start with DAGU_`, `collides with Dagu-managed runtime environment variable`, `duplicate secret name`, `registry ref must be a slash-separated lowercase slug path`.",
    bad: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: env\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: PROD_API_TOKEN\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

/// Variables that the engine sets in every run, beside all that start with `DAGU_`.
pub(super) const MANAGED: [&str; 16] = [
    "DAG_NAME",
    "DAG_RUN_ID",
    "DAG_RUN_LOG_FILE",
    "DAG_RUN_STEP_NAME",
    "DAG_RUN_STEP_STDOUT_FILE",
    "DAG_RUN_STEP_STDERR_FILE",
    "DAG_RUN_STATUS",
    "DAG_WIKI_DIR",
    "DAG_DOCS_DIR",
    "DAG_PARAMS_JSON",
    "DAG_RUN_WORK_DIR",
    "DAG_RUN_ARTIFACTS_DIR",
    "DAG_PUSHBACK",
    "DAG_PUSHBACK_ITERATION",
    "DAG_PUSHBACK_PREVIOUS_STDOUT_FILE",
    "DAGU_PARAMS_JSON",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut names = HashMap::new();
    for item in context.workflow.node.get_some("secrets").and_then(|secrets| secrets.items()).unwrap_or_default() {
        if item.entries().is_none() {
            continue;
        }
        if let Some(entry) = item.entry("name")
            && let Some(name) = entry.value.string().filter(|name| !name.trim().is_empty())
        {
            if let Some(message) = name_fault(name) {
                sink.report(entry.value_span(), message);
            } else if let Some(&first) = names.get(name) {
                sink.push(sink.finding(entry.value_span(), format!("there is a secret `{name}` already")).related(first, "first here"));
            } else {
                names.insert(name, entry.value_span());
            }
        }
        source(sink, item);
    }
}

fn name_fault(name: &str) -> Option<String> {
    if !is_variable_name(name) {
        return Some(format!("`{name}` is no name for a variable: letters, digits and `_`, not starting with a digit"));
    }
    if MANAGED.contains(&name) {
        return Some(format!("`{name}` is set by the engine itself in every run: the secret needs another name"));
    }
    name.starts_with("DAGU_").then(|| format!("`{name}` starts with `DAGU_`, which is kept for the engine: the secret needs another name"))
}

fn source(sink: &mut Sink, item: &Node) {
    let given = |field: &str| item.entry(field).filter(|entry| entry.value.string().is_some_and(|text| !text.trim().is_empty()));
    let head = item.entry("name").or_else(|| item.entries()?.first()).map_or(item.span, Entry::value_span);
    // A source that is of the wrong type is reported by the model.
    let is_mistyped = ["ref", "provider", "key"].iter().any(|field| item.get_some(field).is_some_and(|value| value.string().is_none()));
    if is_mistyped {
        return;
    }
    let (reference, provider, key) = (given("ref"), given("provider"), given("key"));
    let blank = |field: &str| item.entry(field).map_or(head, Entry::value_span);
    let misspelt = item.entries().unwrap_or_default().iter().any(|entry| !matches!(entry.name(), "name" | "ref" | "provider" | "key" | "options"));
    match (reference, provider, key) {
        (Some(reference), Some(other), _) | (Some(reference), None, Some(other)) => {
            let finding = sink.finding(other.key.span, format!("the secret has a `ref` already: `{}` is a second source", other.name()));
            sink.push(finding.related(reference.key.span, "`ref` is here").help("keep `ref` alone, or `provider` with `key`"));
        }
        (None, _, _) if misspelt => {}
        (None, None, None) => {
            let span = if item.entry("ref").is_some() { blank("ref") } else if item.entry("provider").is_some() { blank("provider") } else { head };
            sink.push(sink.finding(span, "the secret has no source").help("add `provider` with `key`, or `ref`"));
        }
        (None, Some(provider), None) => {
            let span = item.entry("key").map_or(provider.key.span, Entry::value_span);
            sink.report(span, "the secret's `provider` needs a `key`: the name of the secret there");
        }
        (None, None, Some(key)) => {
            let span = item.entry("provider").map_or(key.key.span, Entry::value_span);
            sink.report(span, "the secret's `key` needs a `provider`: where the secret is kept");
        }
        _ => {}
    }
    if let Some(entry) = reference {
        let text = entry.value.string().unwrap_or_default();
        if !text.split('/').all(is_slug) {
            let finding = sink.finding(entry.value_span(), format!("`{text}` is no path of the registry"));
            sink.push(finding.help("use lower-case letters, digits and `-`, with `/` between the parts: `prod/api-token`"));
        }
        if let Some(options) = item.entry("options").filter(|entry| entry.value.entries().is_some_and(|entries| !entries.is_empty())) {
            sink.report(options.key.span, "`options` belong to a `provider` and cannot stand beside `ref`");
        }
    }
}

fn is_slug(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    part.bytes().next().is_some_and(is_plain) && part.bytes().all(|byte| is_plain(byte) || byte == b'-')
}
