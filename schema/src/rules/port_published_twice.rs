use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::workflow::port::{self, Port};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "port-published-twice",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "Two entries of `ports` publish different ports of the container under one port of the host.",
    why: "A port of the host leads to one port of one container. The second entry finds it taken, and the container does not start.",
    grounds: "Measured on the engine: `18080:80` beside `18080:81` fails with `port is already allocated`, and so does `127.0.0.1:18080:80` beside `18080:81`. Its `validate` accepts both.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - 8080:80\n\
        \x20   - 8080:443\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - 8080:80\n\
        \x20   - 8443:443\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const EVERY_ADDRESS: &str = "0.0.0.0";

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let mut taken: HashMap<(String, &'static str), Vec<(Port, Span)>> = HashMap::new();
        for (text, node) in owned.container.ports.iter().filter(|(text, _)| !text.contains('$')) {
            let Ok(port) = port::parse(text) else { continue };
            let Some(number) = port.host_port.clone().filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) else { continue };
            let others = taken.entry((number.clone(), port.protocol)).or_default();
            if let Some((_, first)) = others.iter().find(|(other, _)| clash(other, &port)) {
                let message = format!("port `{number}` of the host is published twice: the container does not start");
                sink.push(sink.finding(node.span, message).related(*first, "published here first").help("publish it under another port of the host"));
            } else if others.len() < 8 {
                others.push((port, node.span));
            }
        }
    }
}

/// Whether both ask for the same address of the host, and not for the same thing.
fn clash(one: &Port, other: &Port) -> bool {
    let at = |port: &Port| port.host_ip.clone().unwrap_or_default();
    let (a, b) = (at(one), at(other));
    (a == b && one.container_port != other.container_port) || (a != b && (a == EVERY_ADDRESS || b == EVERY_ADDRESS))
}
