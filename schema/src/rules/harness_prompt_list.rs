use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-list",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `harness.run` step has a list of prompts.",
    why: "An agent is called once, with one prompt. The engine does not load a list of several.",
    grounds: "Engine, at load: `action \"harness\" supports only one command`.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: [echo hello, echo world]\n",
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
        \x20     prompt: echo hello && echo world\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, _) in context.harness_steps() {
        let Some(entry) = step.node.get("with").and_then(|with| with.entry("prompt")) else { continue };
        if let Some(items) = entry.value.items().filter(|items| items.len() != 1) {
            let message = if items.is_empty() { "the list of prompts is empty" } else { "an agent takes one prompt, and this is a list of several" };
            sink.push(sink.finding(entry.value.span, message).help("write one text; `prompt: |` keeps its lines"));
        }
    }
}
