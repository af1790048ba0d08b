//! A text in the template of a custom action: what it becomes with an input.
//!
//! Only fields of the input (`{{ .input.name }}`) and comments are followed; what a text with
//! anything else becomes is not known.

use std::sync::LazyLock;

use regex::Regex;

use crate::syntax::{Node, ScalarType};

/// Where the action that starts before `from` is closed; texts in quotes are passed over.
pub fn closing(text: &str, from: usize) -> Option<usize> {
    let body = text.get(from..)?;
    if body.trim_start_matches('-').trim_start().starts_with("/*") {
        let comment = body.find("*/")?;
        return body.get(comment..)?.find("}}").map(|end| from + comment + end);
    }
    let mut quote = None;
    let mut is_escaped = false;
    let mut before = ' ';
    for (at, c) in body.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some('"' | '\'') if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if c == '}' && before == '}' => return Some(from + at - 1),
            None => {}
        }
        before = c;
    }
    None
}

/// What a text becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// The path of the input that makes up all of it; without one, the template has a part in it.
    pub whole: Option<Vec<String>>,
}

static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\$?\.input((?:\.[A-Za-z_][A-Za-z0-9_]*)+)$").ok());

/// What a text becomes; `print` gives what a field of the input is printed as. `None` where that is
/// not known.
pub fn fill(text: &str, print: impl Fn(&[&str]) -> Option<String>) -> Option<Filled> {
    let mut out = String::with_capacity(text.len());
    let mut fields: Vec<Vec<&str>> = Vec::new();
    let mut has_text = false;
    let mut at = 0;
    let mut trims = false;
    loop {
        let start = text[at..].find("{{").map(|found| at + found);
        let mut literal = text.get(at..start.unwrap_or(text.len()))?;
        let body = match start {
            Some(start) => Some(text.get(start + 2..closing(text, start + 2)?)?),
            None => None,
        };
        if trims {
            literal = literal.trim_start_matches(BLANKS);
        }
        if body.is_some_and(|body| body.strip_prefix('-').is_some_and(|rest| rest.starts_with(BLANKS))) {
            literal = literal.trim_end_matches(BLANKS);
        }
        has_text |= !literal.trim().is_empty();
        out.push_str(literal);
        let (Some(start), Some(body)) = (start, body) else { break };
        at = start + 2 + body.len() + 2;
        trims = body.strip_suffix('-').is_some_and(|rest| rest.ends_with(BLANKS));
        let body = body.strip_prefix('-').filter(|rest| rest.starts_with(BLANKS)).unwrap_or(body);
        let body = if trims { body.strip_suffix('-')? } else { body };
        let body = body.trim_matches(BLANKS);
        if body.starts_with("/*") && body.ends_with("*/") {
            continue;
        }
        let path: Vec<&str> = FIELD.as_ref()?.captures(body)?.get(1)?.as_str().split('.').skip(1).collect();
        out.push_str(&print(&path)?);
        fields.push(path);
    }
    let whole = match fields.as_slice() {
        [only] if !has_text => Some(only.iter().map(|&name| name.to_owned()).collect()),
        _ => None,
    };
    Some(Filled { text: out, whole })
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// What a template prints for a value. Numbers of a schema's defaults are all read as `float64`.
/// `None` for lists and mappings.
pub fn printed(value: &Node, is_default: bool) -> Option<String> {
    Some(match value.scalar_type()? {
        ScalarType::Null => "<no value>".to_owned(),
        ScalarType::Bool(value) => value.to_string(),
        ScalarType::Int(value) if is_default => float(value as f64),
        ScalarType::Int(value) => value.to_string(),
        ScalarType::Float(value) => float(value),
        ScalarType::String => value.text()?.to_owned(),
    })
}

/// A number as Go's templates print it: the shortest digits, with an exponent below -4 and from 6 on.
fn float(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        }
        .to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
