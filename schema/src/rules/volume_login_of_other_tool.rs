use super::{Check, Context, Has, Rule, Sink, agents, known};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::mounted;

pub(super) static RULE: Rule = Rule {
    name: "volume-login-of-other-tool",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A login that is not the agent's own is mounted into its container.",
    why: "SSH keys, registry tokens, another agent's login: the agent can use them, and so can what it reads and runs. Mount what the step needs, and nothing else.",
    grounds: "Page \"Docker sandbox for harness.run\": of logins, mount the folder that the provider reads.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.ssh:/root/.ssh\n\
        \x20       - ${HOME}/.claude:/root/.claude\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}/.claude:/root/.claude\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

/// Of clouds that serve models, and of what other rules are about.
const OTHERS: &[&str] = &["AWS", "Azure", "Google", "GitHub", "socket"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| !owned.container.volumes.is_empty()) {
        let logins = mounted::of(context.workflow, owned.container, owned.step);
        if logins.is_empty() {
            continue;
        }
        let agents = agents(context, owned);
        let attempts = agents.iter().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
        let providers: Option<Vec<&str>> = attempts.map(|attempt| known(context, attempt).map(|provider| provider.name())).collect();
        let Some(providers) = providers.filter(|providers| !providers.is_empty()) else { continue };
        for login in logins {
            let is_meant = match &login.owner {
                Some(owner) => providers.contains(&owner.as_str()),
                None => OTHERS.iter().any(|other| login.what.contains(other)),
            };
            let Some((_, node)) = owned.container.volumes.get(login.index).filter(|_| !is_meant) else { continue };
            let message = format!("the agent, and whatever it runs, can use {}", login.what);
            sink.push(sink.finding(context.span_in(node, login.volume.source_range), message).help("leave it out, unless the step needs it"));
        }
    }
}
