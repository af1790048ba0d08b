use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Entry, Node};

pub(super) static RULE: Rule = Rule {
    name: "env-mapping-rewritten",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A mapping under a key called `env` that is no environment: the engine makes a list of it.",
    why: "The engine turns every mapping under `env` into a list of its entries, to keep variables in order, wherever the key stands. A property, an action or a harness of that name is then no mapping any more and the DAG does not load; in the `data` of a step, what reads `env.NAME` finds a list.",
    grounds: "Engine, at load: `failed to parse inline param schema: cannot unmarshal array`, `'actions[env]' expected a map or struct, got \"slice\"`; by runs: `template.render` of `{{ .env.name }}` fails.",
    bad: "params:\n\
        \x20 type: object\n\
        \x20 properties:\n\
        \x20   env: {type: string}\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    good: "params:\n\
        \x20 type: object\n\
        \x20 properties:\n\
        \x20   target: {type: string}\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "harnesses", "params"], steps: &["output_schema", "with"] }, &Check::Steps(check)),
};

/// Keys of a DAG under which JSON Schemas and forms stand.
const SCHEMAS: &[&str] = &["params", "schema", "input_schema", "output_schema", "form"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = || context.root().map(|root| &**root).into_iter();
    for (root, key) in root().flat_map(|root| ["actions", "harnesses"].map(|key| (root, key))) {
        if let Some(entry) = root.get(key).and_then(|definitions| definitions.entry("env")).filter(|entry| is_rewritten(entry)) {
            let message = format!("nothing under `{key}` can be called `env`: the engine makes a list of the mapping");
            sink.push(sink.finding(entry.key.span, message).help("give it another name"));
        }
    }
    for schema in root().flat_map(|root| root.get("params").into_iter().chain(of_actions(root))) {
        properties(schema, sink);
    }
    for step in context.steps() {
        let with = step.node.get("with");
        for schema in [step.node.get("output_schema"), with.and_then(|with| with.get("form"))].into_iter().flatten() {
            properties(schema, sink);
        }
        let reads_data = matches!(step.operation(), Some("template.render" | "data.pick" | "data.convert" | "jq.filter"));
        let data = with.and_then(|with| with.get("data")).filter(|_| reads_data);
        if let Some(entry) = data.and_then(|data| data.entry("env")).filter(|entry| is_rewritten(entry)) {
            let message = "the engine makes a list of a mapping called `env`, so `env.NAME` finds nothing in it";
            sink.push(sink.finding(entry.key.span, message).loads().help("give it another name"));
        }
    }
}

fn of_actions(root: &Node) -> impl Iterator<Item = &crate::syntax::NodeRef> {
    let actions = root.get("actions").and_then(|actions| actions.entries()).unwrap_or_default();
    actions.iter().flat_map(|action| SCHEMAS.iter().filter_map(|key| action.value.get(key)))
}

/// Reports properties called `env` at any depth of a schema.
fn properties(schema: &Node, sink: &mut Sink) {
    let mut open = vec![schema];
    while let Some(node) = open.pop() {
        open.extend(node.items().unwrap_or_default().iter().map(|item| &**item));
        for entry in node.entries().unwrap_or_default() {
            if entry.name() == "properties"
                && let Some(property) = entry.value.entry("env").filter(|property| is_rewritten(property))
            {
                let message = "a property cannot be called `env`: the engine makes a list of the mapping, and cannot read the schema";
                sink.push(sink.finding(property.key.span, message).help("give it another name"));
            }
            open.push(&entry.value);
        }
    }
}

fn is_rewritten(entry: &Entry) -> bool {
    !entry.merged && entry.value.entries().is_some_and(|entries| !entries.is_empty())
}
