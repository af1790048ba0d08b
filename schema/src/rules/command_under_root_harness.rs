use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "command-under-root-harness",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A bare `command` in a DAG with a root `harness`.",
    why: "Such a step used to be sent to the agent. Now the engine does not guess whether you mean the agent or the shell, and does not load the DAG.",
    grounds: "Engine, at load: `a DAG-level harness: block no longer sets the step type`.",
    bad: "harness:\n\
        \x20 provider: claude\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   command: Say hello.\n",
    good: "harness:\n\
        \x20 provider: claude\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     prompt: Say hello.\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["harness"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let elsewhere = ["container", "ssh", "redis"].iter().any(|key| root.get_some(key).is_some());
    if root.get_some("harness").is_none() || elsewhere {
        return;
    }
    for step in context.workflow.all_steps() {
        let chosen = ["action", "run", "type", "exec", "container", "call", "foreach"].iter().any(|key| step.node.get_some(key).is_some());
        let written = step.node.entry("command").or_else(|| step.node.entry("script")).map(|entry| entry.key.span);
        let written = written.or_else(|| step.node.text().map(|_| step.node.span));
        if let Some(span) = written.filter(|_| !chosen) {
            sink.push(
                sink.finding(span, "with a root `harness` it is not clear whether this is for the agent or for the shell, and the engine rejects it")
                    .help("write `action: harness.run` with `with.prompt` for the agent, or `run:` for the shell"),
            );
        }
    }
}
