use super::const_invalid::is_name;
use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::Node;
use crate::workflow::param_text;

pub(super) static RULE: Rule = Rule {
    name: "param-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A parameter whose name the engine rejects.",
    why: "A name has letters, digits and `_` and starts with a letter. In a text such as `a=1 b=2` everything before a `=` is a name, quotes and dashes included: `--flag=1` names a parameter `--flag`. The engine does not load a DAG with another name. To pass such a word on as it is, put it in double quotes behind a name: `flag=\"--flag=1\"`.",
    grounds: "Engine, at load: `parameter name ... must match ^[A-Za-z][A-Za-z0-9_]*$`; names of digits are those of positions, and pass.",
    bad: "params: log-level=debug\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "params: log_level=debug\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (span, name) in named(context) {
        if !is_name(&name) && !name.bytes().all(|byte| byte.is_ascii_digit()) {
            sink.report(span, format!("`{name}` is no name for a parameter: letters, digits and `_`, starting with a letter"));
        }
    }
}

/// The names that `params` gives, with their places; those of typed parameters, which the model
/// judges, are left out unless they are good.
pub(super) fn named(context: &Context<'_>) -> Vec<(Span, String)> {
    let Some(params) = context.workflow.node.get_some("params") else { return Vec::new() };
    let mut names = Vec::new();
    if let Some(items) = params.items() {
        for item in items {
            match item.get("name") {
                Some(name) => {
                    let name_text = name.string().unwrap_or_default().trim();
                    names.extend(is_name(name_text).then(|| (name.span, name_text.to_owned())));
                }
                None => {
                    keys(item, &mut names);
                    words(context, item, &mut names);
                }
            }
        }
    } else if let Some(schema) = schema(params) {
        if let Some(properties) = schema.get_some("properties") {
            keys(properties, &mut names);
        }
    } else if params.entries().is_some() {
        if !is_external(params) {
            keys(params, &mut names);
        }
    } else {
        words(context, params, &mut names);
    }
    names
}

fn keys(node: &Node, names: &mut Vec<(Span, String)>) {
    let entries = node.entries().unwrap_or_default().iter();
    names.extend(entries.filter_map(|entry| Some((entry.key.span, entry.key.text()?.to_owned()))));
}

fn words(context: &Context<'_>, node: &Node, names: &mut Vec<(Span, String)>) {
    let Some(text) = node.string() else { return };
    names.extend(param_text::names(text).into_iter().map(|(range, name)| (context.span_in(node, range), name)));
}

/// The JSON Schema that `params` is, or holds as `schema`.
pub(super) fn schema(params: &Node) -> Option<&Node> {
    let is_mapping = |node: Option<&std::sync::Arc<Node>>| node.is_some_and(|node| node.entries().is_some());
    if params.get("type").and_then(|kind| kind.string()) == Some("object") && is_mapping(params.get("properties")) {
        return Some(params);
    }
    params.get("schema").map(|schema| &**schema).filter(|schema| is_external(params) && schema.entries().is_some())
}

/// Whether `params` names a schema elsewhere, or holds one beside the values.
pub(crate) fn is_external(params: &Node) -> bool {
    let entries = params.entries().unwrap_or_default();
    let Some(schema) = params.get_some("schema") else { return false };
    entries.iter().all(|entry| matches!(entry.name(), "schema" | "values"))
        && (schema.entries().is_some()
            || params.get("values").is_some()
            || schema.string().is_some_and(|place| place.contains(['/', '\\', '.'])))
}

/// The path that `params` gives for its schema; `None` for one written out, and for a URL.
pub(crate) fn schema_file(params: &Node) -> Option<&Node> {
    let place = params.get_some("schema").filter(|_| is_external(params))?;
    let is_path = place.string().is_some_and(|path| !path.contains("://") && !path.contains(['$', '`']) && !path.trim().is_empty());
    is_path.then_some(&**place)
}
