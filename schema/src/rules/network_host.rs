use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "network-host",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A container that uses the network of the host.",
    why: "What runs in it reaches everything that listens on the machine, services that trust `localhost` included, and can open ports there. For a sandbox that is no wall.",
    grounds: "Measured on the engine: in a container with `network: host`, `hostname` prints the name of the machine, and `ports` are discarded.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 network: host\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        if let Some(network) = owned.container.network.as_ref().filter(|network| network.trim() == "host") {
            let message = "the container is on the network of the host, and reaches what listens on `localhost`";
            sink.push(sink.finding(network.span, message).help("leave `network` out, and publish the `ports` that are needed"));
        }
    }
}
