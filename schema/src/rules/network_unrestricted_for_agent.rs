use super::{Check, Context, Has, Rule, Sink, agents, known, uses_local_model};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "network-unrestricted-for-agent",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A hosted agent runs in a container that reaches the whole network.",
    why: "The agent needs its service, and little else. On the default network it can send what it reads to anybody, and fetch what it is told to. A network with rules, or a proxy, lets through what is needed.",
    grounds: "Page \"Docker sandbox for harness.run\": what an agent may reach is limited with Docker, Podman, a firewall or a proxy; a container is on the default network otherwise.",
    bad: "params:\n\
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
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     network: egress-allowed\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.image().is_some()) {
        let container = owned.container;
        let is_default = container.network.as_ref().is_none_or(|network| matches!(network.trim(), "" | "default" | "bridge"));
        let is_proxy = |name: &str| name.to_lowercase().ends_with("_proxy");
        if !is_default || container.env.iter().any(|entry| is_proxy(&entry.name.value)) {
            continue;
        }
        let mut attempts = agents(context, owned).into_iter().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
        let hosted = attempts.find_map(|attempt| known(context, attempt).filter(|provider| provider.is_hosted() && !uses_local_model(attempt)));
        if let Some(provider) = hosted {
            let message = format!("{} can reach any address from this container", provider.title());
            sink.push(sink.finding(container.key, message).help("name a network with rules in `network`, or a proxy in `HTTPS_PROXY`"));
        }
    }
}
