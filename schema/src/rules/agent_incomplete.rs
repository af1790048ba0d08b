use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "agent-incomplete",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An agent DAG lacks its language model, its tasks or its steps.",
    why: "A `type: agent` is a language model (`llm`) that works on `tasks` with `steps` as its tools. The engine does not load one without any of them.",
    grounds: "Engine, at load: `type: agent requires an llm configuration`, `type: agent requires at least one task`, `type: agent requires at least one step for the agent to run`.",
    bad: "type: agent\n\
        tasks:\n\
        \x20 - name: release\n\
        \x20   description: The package is published.\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n",
    good: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: release\n\
        \x20   description: The package is published.\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &["type"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if workflow.kind != DagType::Agent {
        return;
    }
    let place = workflow.node.entry("type").map_or(workflow.first_key(), |entry| entry.value_span());
    let holds = |key: &str| workflow.node.get_some(key).is_some_and(|value| value.items().is_none_or(|items| !items.is_empty()));
    if !holds("llm") {
        sink.report(place, "an agent needs a language model: give `llm` with a provider and a model");
    }
    if !holds("tasks") {
        sink.report(place, "an agent needs something to do: give `tasks`, each with a name and a description");
    }
    if workflow.steps.is_empty() && workflow.node.get("steps").is_some_and(|steps| steps.items().is_some_and(|items| !items.is_empty())) {
        sink.report(place, "an agent needs at least one step that it can run");
    }
}
