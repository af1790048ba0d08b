use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `harness.run` step has no prompt.",
    why: "The prompt is what the agent is called with. The engine does not load a step without one, and a blank one counts as none.",
    grounds: "Engine, at load: `with.prompt is required`, `step command is empty`.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        // The older form has its prompt in `command`.
        let place = if step.node.get("action").is_some() { step.node.get("with") } else { Some(&step.node) };
        let key = if step.node.get("action").is_some() { "prompt" } else { "command" };
        let written = place.and_then(|node| node.entry(key));
        let with = step.node.entry("with").map_or(step.action_key, |entry| entry.key.span);
        match (written, &harness.prompt) {
            (None, _) => {
                let mut finding = sink.finding(with, format!("`harness.run` needs a `{key}`: what the agent is called with"));
                let keys = place.and_then(|node| node.entries()).unwrap_or_default().iter();
                if let Some(near) = keys.filter(|entry| nearest(entry.name(), [key]).is_some()).map(|entry| &entry.key).next() {
                    finding = finding
                        .related(near.span, format!("is this meant to be `{key}`?"))
                        .fix(Fix::replace(format!("Rename to `{key}`"), Safety::Safe, near.span, key));
                }
                sink.push(finding);
            }
            (Some(entry), _) if entry.value.is_null() => sink.report(entry.key.span, "the prompt is empty"),
            (Some(entry), Some((prompt, _))) if prompt.trim().is_empty() => sink.report(entry.value_span(), "the prompt is empty"),
            (Some(entry), None) if entry.value.items().is_none() && !entry.value.is_unresolved() => {
                sink.report(entry.value.span, format!("the prompt must be text, but this is {}", entry.value.type_name()));
            }
            _ => {}
        }
    }
}
