use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::{Slip, Slips, slip};
use crate::syntax::{Entry, Node};

pub(super) static RULE: Rule = Rule {
    name: "schema-keyword-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A word of a JSON Schema that nearly is one that a schema knows, or a required name that nearly is a property.",
    why: "A schema passes over words that it does not know, so what a misspelt one was to check is not checked. A name under `required` that no property has can hardly be given.",
    grounds: "Engine, by runs: `reuired` in `output_schema` loads and checks nothing. JSON Schema 2020-12 and draft 7 name the words.",
    bad: "steps:\n\
        \x20 - id: read\n\
        \x20   run: cat config.json\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       port: {type: integer}\n\
        \x20     reuired: [port]\n",
    good: "steps:\n\
        \x20 - id: read\n\
        \x20   run: cat config.json\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       port: {type: integer}\n\
        \x20     required: [port]\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types", "params"], steps: &["output_schema"] }, &Check::Steps(check)),
};

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary", "additionalItems",
    "additionalProperties", "allOf", "anyOf", "const", "contains", "contentEncoding", "contentMediaType", "contentSchema", "default",
    "definitions", "dependencies", "dependentRequired", "dependentSchemas", "deprecated", "description", "else", "enum", "example",
    "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "if", "items", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "nullable",
    "oneOf", "pattern", "patternProperties", "prefixItems", "properties", "propertyNames", "readOnly", "required", "then", "title",
    "type", "unevaluatedItems", "unevaluatedProperties", "uniqueItems", "writeOnly",
];
/// Words whose value is a schema or a list of schemas.
const SCHEMAS: &[&str] = &[
    "items", "contains", "additionalProperties", "additionalItems", "not", "if", "then", "else", "propertyNames", "allOf", "anyOf", "oneOf", "prefixItems",
    "unevaluatedItems", "unevaluatedProperties",
];
/// Words whose value has schemas by name.
const NAMED: &[&str] = &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

static SLIPS_OF_WORDS: LazyLock<Slips<'static>> = LazyLock::new(|| Slips::of(WORDS.iter().copied()));

fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_task = |step: &crate::workflow::Step| step.operation() == Some("human.task");
    let of_steps = context.steps().filter(|step| !is_task(step)).filter_map(|step| step.node.get("output_schema"));
    let actions = context.root().and_then(|root| root.get("actions")?.entries()).unwrap_or_default();
    let of_actions = actions.iter().flat_map(|action| ["input_schema", "output_schema"].into_iter().filter_map(|key| action.value.get(key)));
    let params = context.root().and_then(|root| root.get("params"));
    let of_params = params.and_then(|params| params.get("schema").or_else(|| Some(params).filter(|params| params.get("properties").is_some())));
    let mut seen = HashSet::new();
    let mut open: Vec<&Node> = of_steps.chain(of_actions).chain(of_params).map(|node| &**node).collect();
    while let Some(node) = open.pop() {
        if !seen.insert(std::ptr::from_ref(node.target())) {
            continue;
        }
        open.extend(node.items().unwrap_or_default().iter().map(|item| &**item));
        for entry in node.entries().unwrap_or_default() {
            let key = entry.name();
            if SCHEMAS.contains(&key) {
                open.push(&*entry.value);
            } else if NAMED.contains(&key) {
                open.extend(entry.value.entries().unwrap_or_default().iter().map(|entry| &*entry.value));
            } else if !WORDS.contains(&key) && !entry.merged {
                let accept = |near: &str, slip: Slip| matches!(slip, Slip::Letter | Slip::Case | Slip::Ending) && node.get(near).is_none() && key.len() > 2;
                if let Some((near, _)) = SLIPS_OF_WORDS.find(key, accept) {
                    sink.push(
                        sink.finding(entry.key.span, format!("a JSON Schema has no `{key}`, and passes over it"))
                            .help(format!("did you mean `{near}`?"))
                            .fix(Fix::replace(format!("Rename to `{near}`"), Safety::Unsafe, entry.key.span, near)),
                    );
                }
            }
        }
        required(node, sink);
    }
}

/// Names under `required` that are nearly those of properties which are not required.
fn required(node: &Node, sink: &mut Sink) {
    let (Some(required), Some(properties)) = (node.get("required").and_then(|node| node.items()), node.get("properties").and_then(|node| node.entries())) else {
        return;
    };
    let wanted: HashSet<&str> = required.iter().filter_map(|name| name.text()).collect();
    let declared: HashMap<&str, &Entry> = properties.iter().map(|entry| (entry.name(), entry)).collect();
    let slips = Slips::of(declared.keys().copied().filter(|name| !wanted.contains(name)));
    for name in required {
        let Some(text) = name.text().filter(|text| !declared.contains_key(text)) else { continue };
        let Some((near, _)) = slips.find(text, |near, found| slip(text, near) == Some(found)) else { continue };
        let Some(property) = declared.get(near) else { continue };
        sink.push(
            sink.finding(name.span, format!("`{text}` is required, but the schema has no such property"))
                .related(property.key.span, format!("`{near}` stands here"))
                .help(format!("did you mean `{near}`?")),
        );
    }
}
