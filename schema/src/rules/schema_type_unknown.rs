use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::json_schema;
use crate::suggest::nearest;
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "schema-type-unknown",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A JSON Schema asks for a type that does not exist.",
    why: "The types are `string`, `integer`, `number`, `boolean`, `object`, `array` and `null`. The engine loads a schema with another word, and then no value fits it: the step fails as soon as there is one.",
    grounds: "Measured on the engine: `validate` passes; a run with a value there fails with `stdout JSON does not match output_schema`, a call of an action with `has type \"integer\", want \"grph\"`.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       total: {type: int}\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       total: {type: integer}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types", "params"], steps: &["output_schema"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = context.root();
    let params = root.and_then(|root| root.get_some("params")).map(|params| params.get_some("schema").unwrap_or(params));
    let params = params.filter(|schema| schema.get("properties").is_some());
    let actions = ["actions", "step_types"].into_iter().filter_map(|key| root?.get_some(key)?.entries()).flatten();
    let actions = actions.flat_map(|action| ["input_schema", "output_schema"].into_iter().filter_map(|key| action.value.get_some(key)));
    let steps = context.steps().filter_map(|step| step.node.get_some("output_schema"));
    for schema in params.into_iter().chain(actions).chain(steps) {
        judge(sink, schema);
    }
}

fn judge(sink: &mut Sink, schema: &Node) {
    for (node, word) in json_schema::unknown_types(schema) {
        let finding = sink.finding(node.span, format!("`{word}` is no type of JSON Schema, so that no value fits it"));
        let starts = |kind: &&str| word.len() > 2 && kind.starts_with(word);
        let known = nearest(word, json_schema::TYPES).or_else(|| json_schema::TYPES.into_iter().find(starts));
        sink.push(match known {
            Some(known) => finding.help(format!("did you mean `{known}`?")),
            None => finding.help("the types are `string`, `integer`, `number`, `boolean`, `object`, `array` and `null`"),
        });
    }
}
