use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    name: "ports-without-own-network",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`ports` of a container that has no network of its own.",
    why: "With `network: host` the container listens on the host's own ports, and with `none` nobody can reach it: the container engine discards `ports`. With the network of another container (`container:NAME`) it refuses to make the container: the ports have to be published by that one.",
    grounds: "Measured on the engine: `host` warns `Published ports are discarded when using host network mode`; `none` succeeds without a port; `container:NAME` fails with `conflicting options: port publishing and the container type network mode`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 network: host\n\
        \x20 ports:\n\
        \x20   - 8080:80\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 network: host\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let (Some(network), Some(ports)) = (&container.network, container.entry("ports")) else { continue };
        if container.ports.is_empty() {
            continue;
        }
        let finding = match network.value.trim() {
            "host" => sink.finding(ports.key.span, "`ports` has no effect with `network: host`: the container uses the host's own ports"),
            "none" => sink.finding(ports.key.span, "`ports` has no effect with `network: none`: nobody can reach the container"),
            other if other.starts_with("container:") => {
                let message = format!("`ports` cannot be used with `network: {other}`: the container is not made");
                Diagnostic { severity: Severity::Error, ..sink.finding(ports.key.span, message) }
            }
            _ => continue,
        };
        sink.push(finding.related(network.span, "the container has no network of its own").help("remove `ports`, or leave `network` out"));
    }
}
