use super::{Check, Context, Has, Rule, Sink, known};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::Step;
use crate::workflow::mounted::{self, Extent};

pub(super) static RULE: Rule = Rule {
    name: "home-mounted-for-agent",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A whole home folder, or the whole machine, is mounted into a container that an agent runs in.",
    why: "A home folder holds the logins of everything that is used there: SSH keys, cloud accounts, tokens of git and of package registries. The agent, and what it reads and runs, gets all of them. Mount the project, and of logins the one that the agent reads.",
    grounds: "Page \"Docker sandbox for harness.run\": \"Credentials are not implicit. Add them with container.env or mount the credential directory the provider actually reads\".",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     volumes:\n\
        \x20       - ${HOME}:/root\n\
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

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let runs_agent = |step: &Step| step.harness().is_some_and(|harness| harness.attempts.iter().any(|attempt| known(context, attempt).is_some()));
        let is_agents = match owned.step {
            Some(step) => runs_agent(step),
            None => context.root_container_steps().any(runs_agent),
        };
        if !is_agents {
            continue;
        }
        for mounted in mounted::of(context.workflow, owned.container, owned.step) {
            let (Extent::Whole(what), Some((_, node))) = (mounted.extent, owned.container.volumes.get(mounted.index)) else { continue };
            let volume = mounted.volume;
            let message = format!("`{}` brings {what} into the agent's container, with every login in it", volume.source);
            let help = "mount the project's folder, and of logins the one that the agent reads";
            sink.push(sink.finding(context.span_in(node, volume.source_range), message).help(help));
        }
    }
}
