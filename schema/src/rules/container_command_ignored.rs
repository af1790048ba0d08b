use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "container-command-ignored",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A `command` of the root container that is never run.",
    why: "A root container is kept alive by a process of the engine's own. Its `command` is used only with `startup: command`.",
    grounds: "Measured on the engine: with `startup: keepalive`, the default, the container's process is the engine's helper.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 command: [sleep, \"60\"]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 startup: command\n\
        \x20 command: [sleep, \"60\"]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(container) = &context.workflow.container else { return };
    let Some(entry) = container.entry("command").filter(|_| container.image().is_some() && !container.command.is_empty()) else { return };
    if matches!(container.startup.as_str(), "keepalive" | "entrypoint") {
        let message = format!("`command` is not run with `startup: {}`", container.startup);
        sink.push(sink.finding(entry.key.span, message).help("add `startup: command`, or remove `command`"));
    }
}
