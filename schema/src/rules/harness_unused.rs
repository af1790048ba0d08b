use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "harness-unused",
    severity: Severity::Hint,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A definition under `harnesses` that no step and no default names.",
    why: "A definition counts when a `provider` names it. One that none names has no effect.",
    grounds: "Engine: a provider is looked up by the name that a step, a fallback or the root's `harness` gives.",
    bad: "harnesses:\n\
        \x20 house:\n\
        \x20   binary: house-agent\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let Some(entries) = workflow.node.get("harnesses").and_then(|harnesses| harnesses.entries()) else { return };
    if workflow.steps.is_empty() {
        return;
    }
    let default = workflow.harness_defaults.as_ref().and_then(|defaults| defaults.get_some("provider")?.text());
    let attempts = workflow.every_step().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
    let named: HashSet<&str> = attempts.filter_map(|attempt| attempt.provider.as_ref()).map(|name| name.value.as_str()).chain(default).collect();
    // A template of an action that nobody calls, or a reference, may name it.
    if named.iter().any(|name| name.contains('$')) || workflow.node.get_some("actions").is_some() {
        return;
    }
    for entry in entries.iter().filter(|entry| !entry.merged && !entry.value.is_null() && !named.contains(entry.name().trim())) {
        let message = format!("no `provider` names `{}`", entry.name());
        sink.push(sink.finding(entry.key.span, message).help("remove it, or name it in the step that is to use it"));
    }
}
