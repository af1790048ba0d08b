use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "harness-managed-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`managed: true` for OpenCode in a container.",
    why: "The managed session is kept by a Dagu server outside the container. In a container the step fails.",
    grounds: "Engine, at run time: `managed OpenCode is not supported inside containers`. For other providers `managed` is ignored.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/opencode:1\n\
        \x20     env:\n\
        \x20       - OPENAI_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: opencode\n\
        \x20     managed: true\n\
        \x20     prompt: Say hello.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/opencode:1\n\
        \x20     env:\n\
        \x20       - OPENAI_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: opencode\n\
        \x20     prompt: Say hello.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        for attempt in harness.attempts.iter().filter(|attempt| attempt.managed == Some(true)) {
            let opencode = attempt.provider.as_ref().is_some_and(|provider| provider.value == "opencode");
            let root = context.workflow.harness_defaults.as_ref();
            let Some(entry) = attempt.node.entry("managed").or_else(|| root.and_then(|root| root.entry("managed"))) else { continue };
            if opencode && !context.workflow.harnesses.contains_key("opencode") {
                sink.push(
                    sink.finding(entry.key.span, "a managed OpenCode session does not work in a container; the step fails")
                        .related(container.key, "the step runs in this container")
                        .help("remove `managed`; in a container OpenCode's command line is used"),
                );
            }
        }
    }
}
