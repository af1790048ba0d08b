use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-startup-command-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`startup: command` without a `command`.",
    why: "With `startup: command` the container runs what `command` says; with an empty one every run fails when it starts.",
    grounds: "Engine, at run time: `startup 'command' requires non-empty command array`. Its `validate` accepts the file.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 startup: command\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 startup: command\n\
        \x20 command: [sleep, \"3600\"]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let container = owned.container;
        if container.startup == "command" && container.command.is_empty() && container.attach().is_none() {
            let span = container.entry("command").or_else(|| container.entry("startup")).map_or(container.key, |entry| entry.value_span());
            sink.push(
                sink.finding(span, "`startup: command` needs a `command` to run, and there is none; every run fails")
                    .help("give `command` a list such as `[sleep, \"3600\"]`, or leave out `startup` to keep the container alive"),
            );
        }
    }
}
