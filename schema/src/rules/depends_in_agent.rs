use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "depends-in-agent",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step of an agent DAG has `depends`.",
    why: "In a `type: agent` the agent decides which step runs next. The engine does not load a DAG in which a step says something else, not even an empty list.",
    grounds: "Engine, at load: `depends is not allowed in type: agent; the agent decides step order`.",
    bad: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: release\n\
        \x20   description: The package is published.\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: build\n",
    good: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: release\n\
        \x20   description: The package is published.\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["type"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.kind != DagType::Agent {
        return;
    }
    for step in &context.workflow.steps {
        if let Some(entry) = step.node.entry("depends").filter(|entry| !entry.value.is_null()) {
            let message = "the agent decides the order of the steps, and `depends` is not allowed";
            sink.push(sink.finding(entry.key.span, message).help("say in the step's description, or in a task, what comes first"));
        }
    }
}
