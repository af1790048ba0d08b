use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "agent-limit-outside-agent",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A limit of an agent's memory under `llm`, in a DAG that is no agent.",
    why: "`llm.max_context_tokens`, `llm.observation_max_bytes` and `llm.observation_keep_recent` only mean something in `type: agent`. The engine does not load another DAG that has them, whatever their value.",
    grounds: "Engine, at load: `field is only valid in an agent DAG's root llm configuration`.",
    bad: "llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        \x20 max_context_tokens: 100000\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        \x20 max_tokens: 1000\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["llm"], steps: &[] }, &Check::Document(check)),
};

const LIMITS: [&str; 3] = ["max_context_tokens", "observation_max_bytes", "observation_keep_recent"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    // A type that is not known may be meant to be this one.
    let is_known = root.get_some("type").is_none_or(|kind| matches!(kind.string().map(str::trim), Some("graph" | "chain" | "build" | "")));
    if context.workflow.kind == DagType::Agent || !is_known {
        return;
    }
    for entry in LIMITS.iter().filter_map(|field| root.get_some("llm")?.entry(field)).filter(|entry| !entry.value.is_null()) {
        sink.report(entry.key.span, format!("`{}` is for an agent, and this DAG is none: set `type: agent`, or remove it", entry.name()));
    }
}
