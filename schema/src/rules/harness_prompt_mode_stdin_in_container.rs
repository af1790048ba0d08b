use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::workflow::harness::PromptMode;

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-mode-stdin-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A provider that reads its prompt from standard input is used in a container.",
    why: "`prompt_mode: stdin` needs a standard input, which an agent in a container does not have: the DAG loads, and the step fails.",
    grounds: "Engine, at run time: `containerized harness does not support stdin input (prompt_mode: stdin)`.",
    bad: "harnesses:\n\
        \x20 reader:\n\
        \x20   binary: cat\n\
        \x20   prompt_mode: stdin\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: reader\n\
        \x20     prompt: hello\n",
    good: "harnesses:\n\
        \x20 reader:\n\
        \x20   binary: echo\n\
        \x20   prompt_mode: arg\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: reader\n\
        \x20     prompt: hello\n",
    absence: false,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        for attempt in &harness.attempts {
            let Some(provider) = &attempt.provider else { continue };
            if attempt.definition.as_ref().is_some_and(|definition| definition.prompt_mode == PromptMode::Stdin) {
                let mode = context.workflow.node.get("harnesses").and_then(|node| node.get(&provider.value)).and_then(|node| node.entry("prompt_mode"));
                let mut finding = sink
                    .finding(provider.span, format!("`{}` reads its prompt from standard input, which a container does not have: the step fails", provider.value))
                    .related(container.key, "the step runs in this container");
                if let Some(mode) = mode {
                    finding = finding.related(mode.key.span, "the provider is defined here").fix(Fix::replace(
                        "Pass the prompt as an argument",
                        Safety::Unsafe,
                        mode.value_span(),
                        "arg",
                    ));
                }
                sink.push(finding.help("use a provider that takes the prompt as an argument or a flag"));
            }
        }
    }
}
