use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::json_schema::{self, Finding, JsonSchema};
use crate::syntax::{Entry, Node};
use crate::workflow::custom_action::Call;
use crate::workflow::reference;

pub(super) static RULE: Rule = Rule {
    name: "custom-action-call-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step calls one of the DAG's own actions with an input, or beside a key, that does not fit.",
    why: "`with` must fit the action's `input_schema`; the schema's defaults do not make up for what it requires. `container`, `parallel` and `working_dir` belong into the action's template, not beside the call. The engine does not load a DAG with another call. A value that is nothing but a reference is taken for the number, the boolean or the word that its schema asks for; a `pattern`, `oneOf` and the like have to fit the reference as it is written.",
    grounds: "Engine, at load: `invalid \"NAME\" input: validating root`, `field ... is not allowed when using a legacy step_types definition` (the same words for `actions`).",
    bad: "actions:\n\
        \x20 greet.person:\n\
        \x20   input_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       name: {type: string}\n\
        \x20       times: {type: integer}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: greet.person\n\
        \x20   with:\n\
        \x20     name: Ada\n\
        \x20     times: twice\n",
    good: "actions:\n\
        \x20 greet.person:\n\
        \x20   input_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       name: {type: string}\n\
        \x20       times: {type: integer}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: greet.person\n\
        \x20   with:\n\
        \x20     name: Ada\n\
        \x20     times: 2\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types"], steps: &[] }, &Check::Document(check)),
};

/// Keys that belong into the template; others of the older syntax cannot stand beside `action` at all.
const TEMPLATE_KEYS: [&str; 3] = ["container", "parallel", "working_dir"];
const OLDER_KEYS: [&str; 12] =
    ["command", "script", "shell", "shell_args", "shell_packages", "call", "params", "exec", "messages", "llm", "routes", "value"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut schemas: HashMap<*const Entry, Option<JsonSchema>> = HashMap::new();
    for call in context.calls() {
        let name = call.definition.name();
        let older = if call.definition.is_step_type { &OLDER_KEYS[..] } else { &[] };
        for entry in TEMPLATE_KEYS.iter().chain(older).filter_map(|key| call.step.entry(key)) {
            let finding = sink.finding(entry.key.span, format!("`{}` cannot stand beside a call of `{name}`", entry.name()));
            sink.push(finding.related(call.definition.entry.key.span, "the action is defined here").help("put it into the action's template"));
        }
        let schema = schemas.entry(std::ptr::from_ref(call.definition.entry)).or_insert_with(|| {
            let schema = call.definition.entry.value.get_some("input_schema")?;
            let is_good = json_schema::faults(schema).is_empty() && json_schema::is_of_objects(schema) == Some(true);
            is_good.then(|| JsonSchema::read(schema)).flatten()
        });
        if let Some(schema) = schema {
            input(sink, &call, schema);
        }
    }
}

fn input(sink: &mut Sink, call: &Call<'_>, schema: &JsonSchema) {
    let given = call.with();
    if given.is_some_and(|with| with.value.entries().is_none()) {
        return;
    }
    let Some(value) = given.map_or(Some(Value::Object(Map::new())), |with| json_schema::json(&with.value)) else { return };
    let (node, head): (&Node, _) = given.map_or((call.step, call.key.value_span()), |with| (&with.value, with.key.span));
    for finding in schema.findings(&value, node, head) {
        if !is_open(&finding, &value) {
            let message = format!("the input of `{}` does not fit: {}", call.definition.name(), finding.message);
            sink.push(sink.finding(finding.span, message).related(call.definition.entry.key.span, "the action is defined here"));
        }
    }
}

/// Whether only the run can tell: the part in question is a reference, and the engine lets one pass
/// here. It does so for what a type, `enum` or `const` asks of the part itself, and for the length of
/// a text; a `pattern`, and schemas within the schema, have to fit the reference as it is written.
fn is_open(finding: &Finding, value: &Value) -> bool {
    let part = finding.path.iter().try_fold(value, |part, segment| match part {
        Value::Object(object) => object.get(segment),
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        _ => None,
    });
    let Some(Value::String(text)) = part else { return false };
    if !text.contains(['$', '`']) || !finding.is_direct {
        return false;
    }
    let whole = text.trim();
    let is_whole = reference::find(whole).first().is_some_and(|found| found.range == (0..whole.len()))
        || (whole.len() > 1 && whole.starts_with('`') && whole.ends_with('`'));
    match finding.keyword.as_str() {
        "type" => is_whole && matches!(finding.of_type.as_deref(), Some("integer" | "number" | "boolean")),
        "enum" | "const" => is_whole,
        "pattern" => is_whole && finding.is_listed,
        "minLength" | "maxLength" => finding.of_type.as_deref() == Some("string"),
        _ => false,
    }
}
