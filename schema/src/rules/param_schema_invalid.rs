use serde_json::Value;

use super::param_definition_invalid::{Type, Value as Read};
use super::param_name_invalid::{schema, schema_file};
use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::json_schema::{self, JsonSchema};
use crate::source::Span;
use crate::syntax::{Node, Tree};

pub(super) static RULE: Rule = Rule {
    name: "param-schema-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A JSON Schema under `params` that is faulty, or whose defaults or values do not fit it.",
    why: "The engine reads the schema when it loads the DAG: keywords of the wrong type, patterns that are no RE2, references that lead nowhere and defaults that break their own limits keep the DAG from loading. So do `values` that cannot be read as the type of their parameter.",
    grounds: "Engine, at load: `failed to resolve inline param schema`, `failed to parse inline param schema`, `cannot coerce`, `parameter validation failed`. A required parameter without a value is only missed when a run starts.",
    bad: "params:\n\
        \x20 type: object\n\
        \x20 properties:\n\
        \x20   replicas:\n\
        \x20     type: integer\n\
        \x20     maximum: 10\n\
        \x20     default: 12\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${params.replicas}\n",
    good: "params:\n\
        \x20 type: object\n\
        \x20 properties:\n\
        \x20   replicas:\n\
        \x20     type: integer\n\
        \x20     maximum: 10\n\
        \x20     default: 3\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo ${params.replicas}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(params) = context.workflow.node.get_some("params") else { return };
    if let Some(place) = schema_file(params) {
        return in_file(context, params, place, sink);
    }
    let Some(schema) = schema(params) else { return };
    let faults = json_schema::faults(schema);
    let is_good = faults.is_empty();
    for fault in faults {
        sink.report(fault.span, fault.message);
    }
    if is_good && !std::ptr::eq(schema, &**params) {
        values(params, schema, sink);
    }
}

/// A schema that stands in a file of its own.
fn in_file(context: &Context<'_>, params: &Node, place: &Node, sink: &mut Sink) {
    let (path, text) = match place.text().and_then(|path| context.facts.schemas.get(path)) {
        None => return,
        Some(Ok((path, text))) => (path, text),
        // The engine looks in the folder that it was started in as well.
        Some(Err(reason)) => {
            let finding = sink.finding(place.span, format!("the parameters have no schema to go by: {reason}"));
            return sink.push(if place.text().is_some_and(|path| path.starts_with('/')) { finding } else { finding.loads().refused(true) });
        }
    };
    if let Err(error) = serde_json::from_str::<Value>(text) {
        let (line, column) = (error.line(), error.column());
        return sink.push(
            sink.finding(place.span, format!("the schema is no JSON: {path}:{line}:{column} cannot be read"))
                .help("the engine reads schema files as JSON, not as YAML"),
        );
    }
    let (tree, _) = Tree::parse(text);
    let Some(schema) = tree.documents.first().and_then(|document| document.root.as_deref()) else { return };
    if schema.entries().is_none() {
        return sink.report(place.span, format!("the schema in {path} is {}, not a mapping", schema.type_name()));
    }
    let faults = json_schema::faults(schema);
    if let Some(fault) = faults.first() {
        let line = tree.lines.line_of(fault.span.start) + 1;
        return sink.report(place.span, format!("the schema has a fault, so the DAG does not load: {path}:{line}: {}", fault.message));
    }
    values(params, schema, sink);
}

/// Holds the `values` that stand beside a schema against it.
fn values(params: &Node, schema: &Node, sink: &mut Sink) {
    let given = params.entry("values").filter(|entry| entry.value.entries().is_some());
    let entries = given.and_then(|entry| entry.value.entries()).unwrap_or_default();
    let mut object = serde_json::Map::new();
    for entry in entries {
        let property = schema.get_some("properties").and_then(|properties| properties.get_some(entry.name()));
        let kind = property.and_then(|property| property.get_some("type")).and_then(|kind| kind.string()).and_then(Type::of);
        let Some(mut value) = json_schema::json(&entry.value) else { return };
        match kind.map(|kind| kind.read(&entry.value)) {
            Some(None) => {
                let wanted = property.and_then(|property| property.get_some("type")).and_then(|kind| kind.text()).unwrap_or_default();
                return sink.report(entry.value_span(), format!("the value of `{}` cannot be read as `{wanted}`", entry.name()));
            }
            Some(Some(Read::Number(number))) if value.is_string() => value = whole_or_not(number),
            Some(Some(Read::Boolean(flag))) => value = Value::Bool(flag),
            Some(Some(Read::Text(text))) => value = Value::String(text),
            Some(Some(Read::Unknown)) => return,
            _ => {}
        }
        object.insert(entry.name().to_owned(), value);
    }
    let node = given.map_or(params, |entry| &*entry.value);
    let head: Span = given.or_else(|| params.entry("schema")).map_or(params.span, |entry| entry.key.span);
    let Some(compiled) = JsonSchema::read(schema) else { return };
    for finding in compiled.findings(&Value::Object(object), node, head) {
        if finding.keyword != "required" {
            sink.report(finding.span, finding.message);
        }
    }
}

fn whole_or_not(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}
