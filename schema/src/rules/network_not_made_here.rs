use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "network-not-made-here",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A network, or another container's, that has to be there before the run.",
    why: "The engine makes no networks, and of containers only those of the DAG. A name that is not there fails the step before its command runs.",
    grounds: "Measured on the engine: `network: nope` fails with `network nope not found`, `network: container:nope` with `No such container: nope`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 network: backend\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.image().is_some()) {
        let Some(network) = owned.container.network.as_ref().filter(|network| !network.value.contains('$')) else { continue };
        let name = network.trim();
        let message = match name.strip_prefix("container:") {
            Some(other) if context.containers().any(|made| made.container.name.as_ref().is_some_and(|name| name.value == other)) => continue,
            Some(other) => format!("no container of this DAG is called `{other}`: it has to run already"),
            None if name.contains(':') || matches!(name, "" | "default" | "bridge" | "host" | "none" | "podman" | "pasta" | "slirp4netns") => continue,
            None => format!("the network `{name}` has to be there already: a run makes none"),
        };
        sink.report(network.span, message);
    }
}
