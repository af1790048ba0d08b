//! JSON Schemas that an author writes into a DAG: what is wrong with one, and what does not fit it.
//!
//! The only place that knows the `jsonschema` crate. The engine's own reader is laxer than the
//! standard in places (an unknown `type` passes until a value is held against it) and stricter in
//! others (a keyword of the wrong type, a default that does not fit, a pattern that is no RE2), so
//! the schema's form is judged here, and the crate is asked about values only.

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Number, Value};

use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, ScalarType};
use crate::workflow::pattern::Pattern;

/// Nesting above which a value is not looked at.
const DEEPEST: usize = 64;

/// A schema that values can be held against.
#[derive(Debug)]
pub struct JsonSchema {
    validator: Validator,
}

/// What is wrong in a value or a schema.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
    /// The keyword of the schema that says so.
    pub keyword: String,
    /// Whether a list or a mapping is asked for and there is something else.
    pub wants_structure: bool,
    /// The keys and indices from the value as a whole to the part that does not fit.
    pub path: Vec<String>,
}

/// The value of a node as JSON; `None` for what JSON cannot say, and for what is nested too deeply.
pub fn json(node: &Node) -> Option<Value> {
    value_at(node, 0)
}

fn value_at(node: &Node, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    match &node.target().kind {
        Kind::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                map.insert(entry.key.text()?.to_owned(), value_at(&entry.value, depth + 1)?);
            }
            Some(Value::Object(map))
        }
        Kind::Sequence(items) => items.iter().map(|item| value_at(item, depth + 1)).collect::<Option<_>>().map(Value::Array),
        Kind::Alias(_) => None,
        Kind::Scalar(scalar) => Some(match node.scalar_type()? {
            ScalarType::Null => Value::Null,
            ScalarType::Bool(value) => Value::Bool(value),
            ScalarType::Int(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => Value::from(value),
                (_, Ok(value)) => Value::from(value),
                _ => return None,
            },
            ScalarType::Float(value) => Value::Number(Number::from_f64(value)?),
            ScalarType::String => Value::String(scalar.text.clone()),
        }),
    }
}

impl JsonSchema {
    /// The schema of a node; `None` for one that the standard rejects, whatever the engine says.
    pub fn read(node: &Node) -> Option<Self> {
        let schema = json(node)?;
        let validator = options().build(&schema).ok()?;
        Some(Self { validator })
    }

    /// What does not fit in a value; the spans are those of the node that it was read from.
    pub fn findings(&self, value: &Value, node: &Node, head: Span) -> Vec<Finding> {
        self.validator.iter_errors(value).flat_map(|error| finding(&error, node, head)).collect()
    }
}

fn options<'i>() -> jsonschema::ValidationOptions<'i> {
    // The engine takes a format for a remark.
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false).with_pattern_options(PatternOptions::regex())
}

/// The findings of an error: one for each key that must not be there, else one.
fn finding(error: &ValidationError<'_>, node: &Node, head: Span) -> Vec<Finding> {
    use jsonschema::JsonType;
    use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
    let path: Vec<String> = error.instance_path().as_str().split('/').skip(1).map(unescaped).collect();
    let (place, entry) = descend(node, &path);
    let span = entry.map_or(if path.is_empty() { head } else { place.span }, Entry::value_span);
    let keyword = error.kind().keyword().to_owned();
    let wants_structure = matches!(error.kind(), Fault::Type { kind: TypeKind::Single(JsonType::Array | JsonType::Object) });
    match error.kind() {
        Fault::AdditionalProperties { unexpected } | Fault::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| Finding {
                span: place.entry(name).map_or(span, |entry| entry.key.span),
                message: format!("`{name}` is not provided for"),
                keyword: keyword.clone(),
                wants_structure,
                path: path.clone(),
            })
            .collect(),
        Fault::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let span = entry.map_or(span, |entry| entry.key.span);
            vec![Finding { span, message: format!("`{name}` is missing"), keyword, wants_structure, path }]
        }
        _ => {
            let message = match place.scalar() {
                Some(scalar) if scalar.is_block() || scalar.text.len() > 60 => "the value does not fit".to_owned(),
                _ => error.to_string(),
            };
            vec![Finding { span, message, keyword, wants_structure, path }]
        }
    }
}

/// The part of a node at the end of a path, and the entry that holds it.
fn descend<'n>(node: &'n Node, path: &[String]) -> (&'n Node, Option<&'n Entry>) {
    let mut place = node;
    let mut entry = None;
    for segment in path {
        if let Some(next) = place.entry(segment) {
            (place, entry) = (&next.value, Some(next));
        } else if let Some(item) = segment.parse::<usize>().ok().and_then(|index| place.items()?.get(index)) {
            (place, entry) = (item, None);
        } else {
            break;
        }
    }
    (place, entry)
}

fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// What a keyword of a schema holds.
#[derive(Clone, Copy)]
enum Holds {
    Schema,
    Schemas,
    SchemaOrSchemas,
    SchemaByName,
    Text,
    Texts,
    TextsByName,
    Number,
    Whole,
    Flag,
    List,
    Pattern,
    Type,
    Reference,
}

fn keyword(name: &str) -> Option<Holds> {
    Some(match name {
        "additionalProperties"
        | "contains"
        | "propertyNames"
        | "not"
        | "if"
        | "then"
        | "else"
        | "additionalItems"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contentSchema" => Holds::Schema,
        "items" => Holds::SchemaOrSchemas,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Holds::Schemas,
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Holds::SchemaByName,
        "title" | "description" | "format" | "$id" | "$schema" | "$comment" | "$anchor" | "$dynamicRef" | "$dynamicAnchor"
        | "contentEncoding" | "contentMediaType" => Holds::Text,
        "$ref" => Holds::Reference,
        "required" => Holds::Texts,
        "dependentRequired" => Holds::TextsByName,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => Holds::Number,
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains" | "maxContains" => {
            Holds::Whole
        }
        "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" => Holds::Flag,
        "enum" | "examples" => Holds::List,
        "pattern" => Holds::Pattern,
        "type" => Holds::Type,
        _ => return None,
    })
}

/// The types that a schema can ask for.
pub const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "object", "array", "null"];

/// What is wrong with a schema as such: keywords of the wrong type, patterns, references, defaults.
pub fn faults(root: &Node) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut defaults = Vec::new();
    let mut open: Vec<(&Node, Span, String, usize)> = vec![(root, root.span, String::new(), 0)];
    while let Some((node, span, pointer, depth)) = open.pop() {
        if depth > DEEPEST {
            continue;
        }
        let Some(entries) = node.entries() else {
            let is_flag = matches!(node.scalar_type(), Some(ScalarType::Bool(_)));
            if !is_flag && !node.is_unresolved() {
                let message = format!("a schema is a mapping, or `true` or `false`, but this is {}", node.type_name());
                found.push(Finding { span, message, keyword: String::new(), wants_structure: false, path: Vec::new() });
            }
            continue;
        };
        if let (Some(_), Some(definitions)) = (node.entry("$defs"), node.entry("definitions")) {
            let message = "`definitions` cannot stand beside `$defs`: it is the older name of the same keyword".to_owned();
            let (span, keyword) = (definitions.key.span, "definitions".to_owned());
            found.push(Finding { span, message, keyword, wants_structure: false, path: Vec::new() });
        }
        for entry in entries {
            let name = entry.name();
            if name == "default" {
                defaults.push((pointer.clone(), entry));
            }
            let Some(holds) = keyword(name) else { continue };
            let mut fault = |span: Span, message: String| {
                found.push(Finding { span, message, keyword: name.to_owned(), wants_structure: false, path: Vec::new() })
            };
            let value = &entry.value;
            let below = |key: &str| format!("{pointer}/{name}/{}", key.replace('~', "~0").replace('/', "~1"));
            match holds {
                _ if value.is_unresolved() => {}
                Holds::Type if value.is_null() => {
                    fault(entry.value_span(), "`type` names a type: `string`, `integer`, `object`, ...".to_owned())
                }
                _ if value.is_null() => {}
                Holds::Schema => open.push((value, entry.value_span(), format!("{pointer}/{name}"), depth + 1)),
                Holds::SchemaOrSchemas if value.items().is_none() => {
                    open.push((value, entry.value_span(), format!("{pointer}/{name}"), depth + 1));
                }
                Holds::SchemaOrSchemas | Holds::Schemas => match value.items() {
                    Some(items) => {
                        open.extend(
                            items.iter().enumerate().map(|(index, item)| (&**item, item.span, below(&index.to_string()), depth + 1)),
                        );
                    }
                    None => fault(entry.value_span(), format!("`{name}` must be a list of schemas, but this is {}", value.type_name())),
                },
                Holds::SchemaByName => match value.entries() {
                    Some(named) => {
                        for inner in named {
                            if name == "patternProperties"
                                && let Err(wrong) = Pattern::parse(inner.name())
                            {
                                fault(inner.key.span, format!("the regular expression cannot be read: {}", wrong.message));
                            }
                            if inner.value.is_null() {
                                fault(
                                    inner.value_span(),
                                    format!("`{}` has no schema: give it a mapping such as `{{type: string}}`", inner.name()),
                                );
                            } else {
                                open.push((&inner.value, inner.value_span(), below(inner.name()), depth + 1));
                            }
                        }
                    }
                    None => fault(
                        entry.value_span(),
                        format!("`{name}` must be a mapping from names to schemas, but this is {}", value.type_name()),
                    ),
                },
                Holds::Text if value.string().is_none() => {
                    fault(entry.value_span(), format!("`{name}` must be a string, but this is {}", value.type_name()))
                }
                Holds::Text if name == "$schema" => {
                    if let Some(message) = value.string().and_then(version_fault) {
                        fault(value.span, message);
                    }
                }
                Holds::Text => {}
                Holds::Reference => match value.string() {
                    None => fault(entry.value_span(), format!("`$ref` must be a string, but this is {}", value.type_name())),
                    Some(reference) => {
                        if let Some(message) = reference_fault(root, reference) {
                            fault(value.span, message);
                        }
                    }
                },
                Holds::Texts => {
                    if let Some((span, message)) = texts_fault(entry, name) {
                        fault(span, message);
                    }
                }
                Holds::TextsByName => match value.entries() {
                    Some(named) => {
                        for inner in named {
                            if let Some((span, message)) = texts_fault(inner, inner.name()) {
                                fault(span, message);
                            }
                        }
                    }
                    None => fault(entry.value_span(), format!("`{name}` must be a mapping, but this is {}", value.type_name())),
                },
                Holds::Number => {
                    if !matches!(value.scalar_type(), Some(ScalarType::Int(_) | ScalarType::Float(_))) {
                        fault(entry.value_span(), format!("`{name}` must be a number, but this is {}", value.type_name()));
                    }
                }
                Holds::Whole => {
                    let is_whole = match value.scalar_type() {
                        Some(ScalarType::Int(_)) => true,
                        Some(ScalarType::Float(number)) => number.fract() == 0.0,
                        _ => false,
                    };
                    if !is_whole {
                        fault(entry.value_span(), format!("`{name}` must be a whole number, but this is {}", value.type_name()));
                    }
                }
                Holds::Flag => {
                    if !matches!(value.scalar_type(), Some(ScalarType::Bool(_))) {
                        fault(entry.value_span(), format!("`{name}` must be `true` or `false`, but this is {}", value.type_name()));
                    }
                }
                Holds::List => {
                    if value.items().is_none() {
                        fault(entry.value_span(), format!("`{name}` must be a list, but this is {}", value.type_name()));
                    }
                }
                Holds::Pattern => match value.string() {
                    None => fault(entry.value_span(), format!("`pattern` must be a string, but this is {}", value.type_name())),
                    Some(text) => {
                        if let Err(wrong) = Pattern::parse(text) {
                            fault(value.span, format!("the regular expression cannot be read: {}", wrong.message));
                        }
                    }
                },
                Holds::Type => {
                    let is_text = |node: &Node| node.string().is_some() || node.is_unresolved();
                    let is_good = is_text(value) || value.items().is_some_and(|items| items.iter().all(|item| is_text(item)));
                    let is_unknown = value.string().is_some_and(|kind| !TYPES.contains(&kind));
                    if !is_good {
                        fault(entry.value_span(), "`type` must be a string, or a list of strings".to_owned());
                    } else if is_unknown && node.entry("default").is_some() {
                        let kind = value.string().unwrap_or_default();
                        fault(value.span, format!("`{kind}` is no type, so that the default does not fit it"));
                    }
                }
            }
        }
    }
    if found.is_empty() && !defaults.is_empty() {
        default_faults(root, &defaults, &mut found);
    }
    found
}

/// The words after `type` that name no type, unless a default beside them already says so.
pub fn unknown_types(root: &Node) -> Vec<(&Node, &str)> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop().filter(|(_, depth)| *depth <= DEEPEST) {
        for entry in node.entries().unwrap_or_default() {
            let value = &*entry.value;
            match keyword(entry.name()) {
                Some(Holds::Type) if node.entry("default").is_none() => {
                    let words = value.items().map_or_else(|| vec![value], |items| items.iter().map(|item| &**item).collect());
                    let unknown = words.into_iter().filter_map(|word| Some((word, word.string()?)));
                    found.extend(unknown.filter(|(_, word)| !word.is_empty() && !TYPES.contains(word)));
                }
                Some(Holds::Schema) => open.push((value, depth + 1)),
                Some(Holds::SchemaOrSchemas | Holds::Schemas) => match value.items() {
                    Some(items) => open.extend(items.iter().map(|item| (&**item, depth + 1))),
                    None => open.push((value, depth + 1)),
                },
                Some(Holds::SchemaByName) => {
                    open.extend(value.entries().unwrap_or_default().iter().map(|inner| (&*inner.value, depth + 1)));
                }
                _ => {}
            }
        }
    }
    found
}

/// Each default is held against the schema that it stands in.
fn default_faults(root: &Node, defaults: &[(String, &Entry)], found: &mut Vec<Finding>) {
    let Some(schemas) = json(root).and_then(|schema| options().build_map(&schema).ok()) else { return };
    for (pointer, entry) in defaults {
        let Some(value) = json(&entry.value) else { continue };
        let Some(validator) = schemas.get(&format!("#{pointer}")) else { continue };
        for error in validator.iter_errors(&value) {
            for mut wrong in finding(&error, &entry.value, entry.value_span()) {
                wrong.message = format!("the default does not fit its own schema: {}", wrong.message);
                found.push(wrong);
            }
        }
    }
}

fn texts_fault(entry: &Entry, name: &str) -> Option<(Span, String)> {
    let Some(items) = entry.value.items() else {
        return Some((entry.value_span(), format!("`{name}` must be a list of names, but this is {}", entry.value.type_name())));
    };
    let wrong = items.iter().find(|item| item.string().is_none() && !item.is_null() && !item.is_unresolved())?;
    Some((wrong.span, format!("an item of `{name}` must be a string, but this is {}", wrong.type_name())))
}

/// The engine checks by two versions of the standard only.
fn version_fault(version: &str) -> Option<String> {
    const KNOWN: [&str; 4] = [
        "",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2020-12/schema",
    ];
    (!KNOWN.contains(&version))
        .then(|| format!("the engine does not know the version `{version}`: it takes `{}` and `{}`", KNOWN[1], KNOWN[3]))
}

/// Whether a reference leads somewhere within the schema.
fn reference_fault(root: &Node, reference: &str) -> Option<String> {
    if reference.contains("://") {
        return Some(format!("`{reference}` lies elsewhere, and the engine fetches no schema for another one"));
    }
    let pointer = reference.strip_prefix("#/")?;
    let mut place = root;
    for segment in pointer.split('/').map(unescaped) {
        let item = || segment.parse::<usize>().ok().and_then(|index| place.items()?.get(index));
        match place.get(&segment).or_else(item) {
            Some(next) => place = next,
            None => return Some(format!("`{reference}` leads nowhere: there is no `{segment}`")),
        }
    }
    None
}

/// Whether a schema is one of objects, by its `type`, by what it refers to, or by all that it is
/// composed of; `None` when it does not say.
pub fn is_of_objects(root: &Node) -> Option<bool> {
    of_objects(root, root, 0)
}

fn of_objects(root: &Node, node: &Node, depth: usize) -> Option<bool> {
    // References may lead round in a circle.
    if depth > DEEPEST {
        return Some(true);
    }
    let is_object = |node: &Node| node.string() == Some("object");
    if let Some(kind) = node.get_some("type") {
        if kind.is_unresolved() {
            return None;
        }
        let is_only_object = kind.items().is_some_and(|items| items.len() == 1 && items.iter().all(|item| is_object(item)));
        return Some(is_object(kind) || is_only_object);
    }
    if let Some(reference) = node.get_some("$ref").and_then(|node| node.string()) {
        let Some(pointer) = reference.strip_prefix("#/") else { return Some(true) };
        let path: Vec<String> = pointer.split('/').map(unescaped).collect();
        return of_objects(root, descend(root, &path).0, depth + 1);
    }
    let composed = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| node.get_some(key)).collect::<Vec<_>>();
    let mut members = composed.iter().filter_map(|list| list.items()).flatten();
    (!composed.is_empty()).then(|| members.all(|member| of_objects(root, member, depth + 1) != Some(false)))
}
