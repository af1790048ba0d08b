use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashMap;

use crate::source::Span;
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "task-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A task without a name or a description of its own, or `tasks` of a DAG that is no agent.",
    why: "Tasks tell an agent what to do and when it is done; other types of DAG have none. Each needs a name that no other has, and a description. The engine does not load the DAG.",
    grounds: "Engine, at load: `tasks require type: agent`, `task name must not be empty`, `duplicate task name`, `must declare a description stating when it is complete`.",
    bad: "tasks:\n\
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
    absence: false,
    check: Check::Where(Has::Keys { root: &["tasks"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(entry) = context.workflow.node.entry("tasks") else { return };
    let tasks = entry.value.items().unwrap_or_default();
    if context.workflow.kind != DagType::Agent {
        if !tasks.is_empty() {
            sink.push(sink.finding(entry.key.span, "`tasks` are for an agent, and this DAG is none").help("add `type: agent`, or remove them"));
        }
        return;
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for task in tasks {
        for key in ["name", "description"] {
            if let Some(value) = task.get(key).filter(|value| value.string().is_some_and(|text| text.trim().is_empty())) {
                sink.report(value.span, format!("the {key} of a task cannot be empty"));
            }
        }
        let Some(name) = task.get("name") else { continue };
        let Some(text) = name.string().map(str::trim).filter(|text| !text.is_empty()) else { continue };
        if let Some(first) = seen.insert(text, name.span) {
            sink.push(sink.finding(name.span, format!("`{text}` already is the name of a task")).related(first, "the other task"));
        }
    }
}
