use super::{Check, Context, Has, Rule, Sink, add_key, edits};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::workflow::Container;


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
        let mut finding = sink.finding(entry.key.span, message).help("add `startup: command`, or remove `command`");
        finding.fixes = fixes(context, container);
        sink.push(finding);
    }
}

/// What only keeps a container up is not missed, since it is kept up anyway. Anything else may be
/// what the commands are to find running.
fn fixes(context: &Context<'_>, container: &Container) -> Vec<Fix> {
    let only_waits = only_waits(&container.command);
    let removed = edits::remove(context.tree, &[(&container.node, "command")]).map(|edit| {
        let safety = if only_waits { Safety::Safe } else { Safety::Unsafe };
        Fix::of("Remove `command`", safety, vec![edit])
    });
    let is_free = !only_waits && container.entry("startup").is_none();
    let added = add_key(&container.node, &context.tree.text, "startup: command").filter(|_| is_free);
    let added = added.map(|edit| Fix::of("Add `startup: command`", Safety::Unsafe, vec![edit]));
    added.into_iter().chain(removed).collect()
}

/// Whether a command does nothing but last.
fn only_waits(command: &[String]) -> bool {
    let words: Vec<&str> = command.iter().flat_map(|word| word.split_whitespace()).collect();
    let Some((first, rest)) = words.split_first() else { return false };
    match first.rsplit('/').next().unwrap_or_default() {
        "sleep" => true,
        "tail" => rest == ["-f", "/dev/null"],
        "sh" | "bash" | "ash" | "cat" | "true" => rest.is_empty(),
        _ => false,
    }
}
