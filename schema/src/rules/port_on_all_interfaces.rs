use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::port;

pub(super) static RULE: Rule = Rule {
    name: "port-on-all-interfaces",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A port is published on every address of the machine.",
    why: "`8080:80` listens on all interfaces: whoever reaches the machine reaches the container, often past its firewall. For use on the machine itself `127.0.0.1:8080:80` is enough.",
    grounds: "Measured on the engine: `18085:80` is published as `0.0.0.0:18085->80/tcp`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - 8080:80\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - 127.0.0.1:8080:80\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        // These publish nothing.
        if container.network.as_ref().is_some_and(|network| matches!(network.trim(), "host" | "none") || network.value.starts_with("container:")) {
            continue;
        }
        for (text, node) in &container.ports {
            let Some(host) = port::parse(text).ok().and_then(|port| port.host_ip.is_none_or(|ip| ip == "0.0.0.0").then_some(port.host_port?)) else { continue };
            if text.contains('$') || text.trim_start() != text {
                continue;
            }
            let message = if host.is_empty() { "a port of the machine is open to whoever reaches it".to_owned() } else { format!("port {host} of the machine is open to whoever reaches it") };
            let finding = sink.finding(node.span, message).help("write `127.0.0.1:` before it, unless other machines are to use it");
            sink.push(match text.matches(':').count() {
                1 => finding.fix(Fix::replace("Publish it on this machine only", Safety::Unsafe, context.span_in(node, 0..0), "127.0.0.1:")),
                _ => finding,
            });
        }
    }
}
