//! Environment entries, parameters and secrets, as written.

use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeRef, Tree};
use crate::workflow::resolve::{boolean, text};

/// One `NAME: value` or `NAME=value`.
#[derive(Clone, Debug)]
pub struct EnvEntry {
    /// The name.
    pub name: Spanned<String>,
    /// The value as written, before references are resolved.
    pub value: String,
    /// The whole entry's place.
    pub span: Span,
    /// The scalar that holds the value, and the byte of its text at which the value starts.
    pub source: (NodeRef, usize),
}

/// Whether a variable can have this name: letters, digits and `_`, not starting with a digit.
pub fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// The name; positional parameters are called `1`, `2`, ...
    pub name: Spanned<String>,
    /// The default value, as written.
    pub default: Option<String>,
    /// The shell command that gives the default (`eval`).
    pub eval: Option<String>,
    /// Whether a value must be given (`required: true`).
    pub required: bool,
}

/// One secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The environment variable that receives the value.
    pub name: Spanned<String>,
    /// Where it comes from: `env`, `file`, ...; `None` with `ref`.
    pub provider: Option<Spanned<String>>,
    /// The provider's key: a variable's name, a path.
    pub key: Option<Spanned<String>>,
    /// The whole item.
    pub node: NodeRef,
}

/// Where the engine can take a secret from.
pub const SECRET_PROVIDERS: &[&str] = &["env", "file", "vault", "aws", "gcp", "azure", "kubernetes"];

/// Reads environment entries: a mapping, a list of `NAME=value` and of mappings, or a mixture.
pub(super) fn entries(tree: &Tree, node: &Node) -> Vec<EnvEntry> {
    if let Some(items) = node.items() {
        return items
            .iter()
            .flat_map(|item| if item.entries().is_some() { mapping(item) } else { assignment(tree, item).into_iter().collect() })
            .collect();
    }
    mapping(node)
}

fn mapping(node: &Node) -> Vec<EnvEntry> {
    node.entries()
        .unwrap_or_default()
        .iter()
        .map(|entry| EnvEntry {
            name: Spanned::new(entry.name().to_owned(), entry.key.span),
            value: text(&entry.value).unwrap_or_default(),
            span: entry.key.span.to(entry.value_span()),
            source: (entry.value.clone(), 0),
        })
        .collect()
}

fn assignment(tree: &Tree, item: &NodeRef) -> Option<EnvEntry> {
    let written = item.text()?;
    let (name, value) = written.split_once('=')?;
    let span = tree.span_in(item, 0..name.len());
    Some(EnvEntry {
        name: Spanned::new(name.to_owned(), span),
        value: value.to_owned(),
        span: item.span,
        source: (item.clone(), name.len() + 1),
    })
}

/// Reads parameters in any of their forms: a string, a list, a mapping, an inline JSON Schema.
pub fn params(tree: &Tree, node: &Node) -> Vec<Param> {
    let mut out = Vec::new();
    if let Some(items) = node.items() {
        for item in items {
            param_item(tree, item, &mut out);
        }
    } else if node.get("type").and_then(|kind| kind.string()) == Some("object")
        && node.get("properties").is_some_and(|node| node.entries().is_some())
    {
        schema_params(node, &mut out);
    } else if let Some(entries) = node.entries() {
        for entry in entries {
            let name = Spanned::new(entry.name().to_owned(), entry.key.span);
            out.push(Param { name, default: text(&entry.value), eval: None, required: false });
        }
    } else if let Some(written) = node.string() {
        words(tree, node, written, &mut out);
    }
    out
}

fn param_item(tree: &Tree, item: &NodeRef, out: &mut Vec<Param>) {
    let Some(entries) = item.entries() else {
        if let Some(written) = item.text() {
            words(tree, item, written, out);
        }
        return;
    };
    match item.get_some("name").filter(|_| entries.len() > 1) {
        Some(name) => out.push(Param {
            name: Spanned::new(text(name).unwrap_or_default(), name.span),
            default: item.get_some("default").and_then(|value| text(value)),
            eval: item.get_some("eval").and_then(|value| text(value)),
            required: item.get("required").and_then(|value| boolean(value)).unwrap_or(false),
        }),
        None => out.extend(entries.iter().map(|entry| Param {
            name: Spanned::new(entry.name().to_owned(), entry.key.span),
            default: text(&entry.value),
            eval: None,
            required: false,
        })),
    }
}

fn schema_params(node: &Node, out: &mut Vec<Param>) {
    let required: Vec<&str> =
        node.get("required").and_then(|node| node.items()).unwrap_or_default().iter().filter_map(|item| item.text()).collect();
    for entry in node.get("properties").and_then(|node| node.entries()).unwrap_or_default() {
        out.push(Param {
            name: Spanned::new(entry.name().to_owned(), entry.key.span),
            default: entry.value.get_some("default").and_then(|value| text(value)),
            eval: None,
            required: required.contains(&entry.name()),
        });
    }
}

/// Reads `A=1 B="x y" positional`.
pub(super) fn words(tree: &Tree, node: &Node, written: &str, out: &mut Vec<Param>) {
    let mut rest = written;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[start..];
        let offset = written.len() - rest.len();
        let mut quote = None;
        let length = rest
            .find(|c: char| match quote {
                Some(open) => {
                    if c == open {
                        quote = None;
                    }
                    false
                }
                None => {
                    if matches!(c, '"' | '\'' | '`') {
                        quote = Some(c);
                    }
                    c.is_whitespace()
                }
            })
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        rest = after;
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if !name.is_empty() && !name.contains(['"', '\'', '`']) => (Some(name), value),
            _ => (None, word),
        };
        let value = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value);
        let span = tree.span_in(node, offset..offset + name.map_or(word.len(), str::len));
        let name = name.map_or_else(|| (out.len() + 1).to_string(), str::to_owned);
        out.push(Param { name: Spanned::new(name, span), default: Some(value.to_owned()), eval: None, required: false });
    }
}

/// Reads the list of secrets.
pub(super) fn secrets(node: &Node) -> Vec<Secret> {
    let field = |item: &NodeRef, field: &str| item.get_some(field).and_then(|value| Some(Spanned::new(text(value)?, value.span)));
    node.items()
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            Some(Secret { name: field(item, "name")?, provider: field(item, "provider"), key: field(item, "key"), node: item.clone() })
        })
        .collect()
}

/// Reads the list of constants.
pub(super) fn consts(node: &Node) -> Vec<(Spanned<String>, String)> {
    let items = node.items().unwrap_or_default().iter();
    items
        .flat_map(|item| item.entries().unwrap_or_default())
        .filter_map(|entry| Some((Spanned::new(entry.name().to_owned(), entry.key.span), text(&entry.value)?)))
        .collect()
}
