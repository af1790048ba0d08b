//! JSON Schemas written out in a DAG: whether the engine can read one, and what it describes.

use regex::Regex;

use crate::source::Span;
use crate::syntax::{Node, NodeRef, ScalarType};

/// What is wrong with a schema, and where.
pub type Fault = (Span, String);

/// Schemas within schemas above which nothing is looked at; also the most references followed.
const MAX_DEPTH: usize = 32;

const SCHEMA_MAPS: &[&str] = &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const SCHEMAS: &[&str] = &[
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
];
const SCHEMA_LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const NUMBERS: &[&str] = &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const COUNTS: &[&str] = &["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"];
const TEXTS: &[&str] = &["title", "description", "format", "$comment"];

/// Everything because of which the engine cannot read a schema.
pub fn faults(schema: &Node) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut open = vec![(schema, 0)];
    while let Some((node, depth)) = open.pop() {
        let Some(entries) = node.entries() else {
            if !matches!(node.scalar_type(), Some(ScalarType::Bool(_))) {
                found.push((node.span, "a schema must be a mapping, or a boolean".to_owned()));
            }
            continue;
        };
        for entry in entries {
            keyword(entry.name(), &entry.value, entry.value_span(), &mut found);
            if depth < MAX_DEPTH {
                open.extend(inner(entry.name(), &entry.value).into_iter().map(|node| (node, depth + 1)));
            }
        }
        if let Some(reference) = node.get("$ref")
            && reference.string().is_some_and(|pointer| pointer.starts_with('#') && resolve(schema, pointer).is_none())
        {
            found.push((reference.span, "`$ref` leads nowhere in this schema".to_owned()));
        }
        if let Some(default) = node.get("default")
            && let Some(fault) = mismatch(node, default)
        {
            found.push((default.span, fault));
        }
    }
    found
}

/// The schemas that a keyword holds.
fn inner<'a>(key: &str, value: &'a Node) -> Vec<&'a Node> {
    if SCHEMA_MAPS.contains(&key) {
        return value.entries().unwrap_or_default().iter().map(|entry| &*entry.value).collect();
    }
    if SCHEMA_LISTS.contains(&key) {
        return value.items().unwrap_or_default().iter().map(|item| &**item).collect();
    }
    if SCHEMAS.contains(&key) && value.items().is_none() { vec![value] } else { Vec::new() }
}

fn keyword(key: &str, value: &Node, span: Span, found: &mut Vec<Fault>) {
    let kind = value.scalar_type();
    let is_text = kind == Some(ScalarType::String);
    let wanted = match key {
        "type" if !is_text && !value.items().is_some_and(are_texts) => "a name of a type, or a list of them",
        "required" if !value.items().is_some_and(are_texts) => "a list of names",
        "enum" if value.items().is_none() => "a list",
        "pattern" if !is_text => "a regular expression",
        "$ref" if !is_text => "a reference such as `#/$defs/name`",
        _ if SCHEMA_MAPS.contains(&key) && value.entries().is_none() => "a mapping of schemas by name",
        _ if SCHEMA_LISTS.contains(&key) && value.items().is_none() => "a list of schemas",
        _ if NUMBERS.contains(&key) && number(value).is_none() => "a number",
        _ if COUNTS.contains(&key) && number(value).is_none_or(|number| number.fract() != 0.0) => "a whole number",
        _ if TEXTS.contains(&key) && !is_text => "a string",
        _ => "",
    };
    if !wanted.is_empty() {
        found.push((span, format!("`{key}` of a schema must be {wanted}")));
    }
    let patterns = match key {
        "pattern" => vec![(value.string(), span)],
        "patternProperties" => {
            let entries = value.entries().unwrap_or_default();
            entries.iter().map(|entry| (Some(entry.name()), entry.key.span)).collect()
        }
        _ => Vec::new(),
    };
    for (pattern, span) in patterns {
        if pattern.is_some_and(|pattern| Regex::new(pattern).is_err()) {
            found.push((span, "this is no regular expression that Go could read".to_owned()));
        }
    }
}

fn are_texts(items: &[NodeRef]) -> bool {
    items.iter().all(|item| item.string().is_some())
}

/// Whether a schema describes a mapping, or leaves it open what it describes.
pub fn is_object(schema: &Node) -> bool {
    may_be_object(schema, schema, 0)
}

fn may_be_object(root: &Node, schema: &Node, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    if let Some(kind) = schema.get("type") {
        return match kind.items() {
            Some([only]) => only.string() == Some("object"),
            Some(_) => false,
            None => kind.string() == Some("object"),
        };
    }
    if let Some(target) = schema.get("$ref").and_then(|reference| resolve(root, reference.string()?)) {
        return may_be_object(root, target, depth + 1);
    }
    SCHEMA_LISTS[..3].iter().filter_map(|key| schema.get(key)?.items()).flatten().all(|member| may_be_object(root, member, depth + 1))
}

/// What a local reference such as `#/$defs/name` stands for.
fn resolve<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    let mut node = root;
    for part in pointer.strip_prefix('#')?.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        node = match node.items() {
            Some(items) => items.get(key.parse::<usize>().ok()?)?,
            None => node.get(&key)?,
        };
    }
    Some(node)
}

/// Why a scalar is not what a schema asks for; only what can be said of scalars is looked at.
pub fn mismatch(schema: &Node, value: &Node) -> Option<String> {
    let kind = value.scalar_type()?;
    let text = value.text().unwrap_or_default();
    if let Some(wanted) = schema.get("type").and_then(|wanted| wanted.string()).filter(|wanted| !is_of(wanted, kind)) {
        return Some(format!("`{text}` is no {wanted}, which the schema asks for"));
    }
    if let Some(allowed) = schema.get("enum").and_then(|allowed| allowed.items())
        && !allowed.iter().any(|item| is_same(item, value))
    {
        return Some(format!("`{text}` is none of the values in `enum`"));
    }
    let bound = |key: &str| schema.get(key).and_then(|bound| number(bound));
    if let Some(given) = number(value) {
        if bound("minimum").is_some_and(|least| given < least) {
            return Some(format!("`{text}` is less than `minimum`"));
        }
        if bound("maximum").is_some_and(|most| given > most) {
            return Some(format!("`{text}` is more than `maximum`"));
        }
    }
    if kind == ScalarType::String {
        let length = text.chars().count() as f64;
        if bound("minLength").is_some_and(|least| length < least) || bound("maxLength").is_some_and(|most| length > most) {
            return Some(format!("`{text}` does not have the length that the schema asks for"));
        }
        let pattern = schema.get("pattern").and_then(|pattern| Regex::new(pattern.string()?).ok());
        if pattern.is_some_and(|pattern| !pattern.is_match(text)) {
            return Some(format!("`{text}` does not match `pattern`"));
        }
    }
    None
}

/// Whether a scalar is of a type of JSON Schema; true of a type that it does not know.
pub fn is_of(name: &str, kind: ScalarType) -> bool {
    match name {
        "string" => kind == ScalarType::String,
        "boolean" => matches!(kind, ScalarType::Bool(_)),
        "number" => matches!(kind, ScalarType::Int(_) | ScalarType::Float(_)),
        "integer" => match kind {
            ScalarType::Int(_) => true,
            ScalarType::Float(number) => number.fract() == 0.0,
            _ => false,
        },
        "null" => kind == ScalarType::Null,
        "object" | "array" => false,
        _ => true,
    }
}

/// Whether two scalars are the same value: numbers are compared as numbers.
pub fn is_same(one: &Node, other: &Node) -> bool {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.scalar_type() == other.scalar_type() && one.text() == other.text(),
        _ => false,
    }
}

/// The value of a number.
pub fn number(value: &Node) -> Option<f64> {
    match value.scalar_type()? {
        ScalarType::Int(number) => Some(number as f64),
        ScalarType::Float(number) => Some(number),
        _ => None,
    }
}
