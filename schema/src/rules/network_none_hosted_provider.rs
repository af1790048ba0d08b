use super::{Check, Context, Has, Rule, Sink, known, uses_local_model};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::Step;
use crate::workflow::provider::KnownProvider;

pub(super) static RULE: Rule = Rule {
    name: "network-none-hosted-provider",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A hosted agent runs in a container without a network.",
    why: "With `network: none` the agent cannot reach its service, and fails after it was started. Such a network is for commands that call nobody.",
    grounds: "Page \"Docker sandbox for harness.run\": \"`network: none` is only for commands that never call external services; it is not a useful hosted-agent example\".",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     network: none\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let Some(network) = owned.container.network.as_ref().filter(|network| network.trim() == "none") else { continue };
        let steps: Vec<&Step> = match owned.step {
            Some(step) => vec![step],
            None => context.root_container_steps().collect(),
        };
        let mut agents = Vec::new();
        for step in steps {
            for attempt in step.harness().into_iter().flat_map(|harness| &harness.attempts).filter(|attempt| !uses_local_model(attempt)) {
                if let (Some(provider), Some(name)) = (known(context, attempt).filter(KnownProvider::is_hosted), &attempt.provider) {
                    agents.push((provider.title(), name.span));
                }
            }
        }
        let Some((title, _)) = agents.first() else { continue };
        let mut finding = sink.finding(network.span, format!("{title} cannot reach its service: the container has no network"));
        for (title, span) in &agents {
            finding = finding.related(*span, format!("{title} runs in this container"));
        }
        sink.push(finding.help("leave `network` out, or name a network that lets the agent out"));
    }
}
