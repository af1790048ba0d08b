//! What a JSON Schema asks of a single scalar: the form of a human task holds nothing else.

use regex::Regex;

use crate::syntax::{Node, ScalarType};

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
