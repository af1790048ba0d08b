use super::{Check, Context, Has, Rule, Sink, agents, listed};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::volume;

pub(super) static RULE: Rule = Rule {
    name: "container-socket-mounted",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The container runtime's socket is mounted into a container that an agent runs in.",
    why: "Whoever can write to the socket can start containers with any mount, so it gives away the machine. An agent's container does not need it unless the agent itself is to manage containers.",
    grounds: "Page \"Docker sandbox for harness.run\": \"mount the Docker socket only into trusted Dagu workers\".",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20     volumes:\n\
        \x20       - /var/run/docker.sock:/var/run/docker.sock\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

const SOCKETS: &[&str] = &["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let agents = agents(context, owned);
        if agents.is_empty() {
            continue;
        }
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            let file = volume.source.rsplit('/').next().unwrap_or_default();
            if SOCKETS.contains(&file) {
                let names = listed(agents.iter().map(|step| step.called()));
                let message = format!("with `{file}` the agent in {names} can start any container, and so control this machine");
                sink.push(sink.finding(context.span_in(node, volume.source_range), message).help("remove the mount unless the agent is to manage containers itself"));
            }
        }
    }
}
