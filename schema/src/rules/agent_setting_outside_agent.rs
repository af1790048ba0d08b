use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "agent-setting-outside-agent",
    severity: Severity::Error,
    summary: "`tasks`, or a limit of an agent's memory under `llm`, in a DAG that is no agent.",
    why: "`tasks`, `llm.max_context_tokens`, `llm.observation_max_bytes` and `llm.observation_keep_recent` only mean something in `type: agent`. The engine does not load another DAG that has them.",
    grounds: "Engine, at load: `tasks require type: agent`, `field is only valid in an agent DAG's root llm configuration`.",
    bad: "tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
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
    absence: false,
    check: Some(check),
};

const LIMITS: [&str; 3] = ["max_context_tokens", "observation_max_bytes", "observation_keep_recent"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    // A type that is not known may be meant to be this one.
    let is_known = root.get_some("type").is_none_or(|kind| matches!(kind.string().map(str::trim), Some("graph" | "chain" | "build" | "")));
    if context.workflow.kind == DagType::Agent || !is_known {
        return;
    }
    if let Some(tasks) = root.entry("tasks").filter(|entry| entry.value.items().is_some_and(|items| !items.is_empty())) {
        let finding = sink.finding(tasks.key.span, "`tasks` are for an agent, and this DAG is none");
        sink.push(finding.help("set `type: agent`, or remove them"));
    }
    for entry in LIMITS.iter().filter_map(|field| root.get_some("llm")?.entry(field)).filter(|entry| !entry.value.is_null()) {
        sink.report(entry.key.span, format!("`{}` is for an agent, and this DAG is none: set `type: agent`, or remove it", entry.name()));
    }
}
