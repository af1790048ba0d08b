use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "agent-incomplete",
    severity: Severity::Error,
    summary: "A DAG of `type: agent` without `llm` or without `tasks`.",
    why: "In `type: agent` a language model decides which step runs next, until its tasks are complete: it needs `llm` and at least one task. The engine does not load a DAG without.",
    grounds: "Engine, at load: `type: agent requires an llm configuration`, `type: agent requires at least one task`. An empty `llm: {}` was measured to pass.",
    bad: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let Some(kind) = root.entry("type").filter(|_| context.workflow.kind == DagType::Agent) else { return };
    if root.get_some("llm").is_none() {
        let finding = sink.finding(kind.value_span(), "a DAG of this type needs `llm`: the model that decides what runs");
        sink.push(finding.help("add `llm:` with `provider` and `model`"));
    }
    let tasks = root.get_some("tasks");
    if tasks.is_none_or(|tasks| tasks.items().is_some_and(<[_]>::is_empty)) {
        let span = root.entry("tasks").map_or(kind.value_span(), |entry| entry.value_span());
        let finding = sink.finding(span, "a DAG of this type needs at least one task: what the agent has to complete");
        sink.push(finding.help("add `tasks:` with a `name` and a `description` each"));
    }
}
