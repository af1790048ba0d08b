use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::port;

pub(super) static RULE: Rule = Rule {
    name: "port-syntax",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An entry of `ports` that cannot be read.",
    why: "An entry is `port`, `host:container` or `address:host:container`, each with `/tcp`, `/udp` or `/sctp` behind it if need be; ports are numbers. Others load and then fail each run.",
    grounds: "Engine, at run time: `invalid port format`, `invalid protocol`, `invalid host IP`. Its `validate` accepts any text.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - web:80\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 ports:\n\
        \x20   - 8080:80\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for (text, node) in owned.container.ports.iter().filter(|(text, _)| !text.contains('$')) {
            if let Err(fault) = port::parse(text) {
                sink.report(context.span_in(node, fault.range), format!("{}; every run fails", fault.message));
            }
        }
    }
}
