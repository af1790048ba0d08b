use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::json_schema;

pub(super) static RULE: Rule = Rule {
    name: "output-schema-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`output_schema` is no JSON Schema of a mapping.",
    why: "The outputs of a step are a mapping by name, so their schema has `type: object`, or leaves the type open. The engine reads the schema when it loads the DAG, with its defaults and its regular expressions.",
    grounds: "Engine, at load: `output_schema must resolve to an object schema`, `failed to parse schema JSON`, `failed to resolve schema`.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output_schema:\n\
        \x20     type: string\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       total: {type: integer}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["output_schema"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let is_task = step.operation() == Some("human.task");
        let Some(schema) = step.node.get("output_schema").filter(|schema| schema.entries().is_some() && !is_task) else { continue };
        let faults = json_schema::faults(schema);
        if faults.is_empty() && json_schema::is_of_objects(schema) == Some(false) {
            let place = schema.entry("type").map_or(schema.span, |entry| entry.value_span());
            sink.report(place, "the outputs of a step are a mapping, so their schema must be of `type: object`");
        }
        for fault in faults {
            sink.report(fault.span, fault.message);
        }
    }
}
