use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "depends-in-chain",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step of a chain has `depends`.",
    why: "In a `type: chain` each step waits for the one before it, and the engine does not load a DAG in which a step says something else, not even an empty list.",
    grounds: "Engine, at load: `depends field is not allowed for DAGs with type 'chain'`.",
    bad: "type: chain\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: build\n",
    good: "type: chain\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["type"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.kind != DagType::Chain {
        return;
    }
    for step in &context.workflow.steps {
        if let Some(entry) = step.node.entry("depends").filter(|entry| !entry.value.is_null()) {
            sink.push(
                sink.finding(entry.key.span, "a chain has its order: each step waits for the one before it, and `depends` is not allowed")
                    .help("remove it, or use `type: graph`"),
            );
        }
    }
}
