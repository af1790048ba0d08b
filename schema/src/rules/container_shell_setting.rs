use super::{Check, Context, Has, Rule, Sink, edits};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::syntax::{Node, Entry, Kind};
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "container-shell-setting",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step in a container names its shell in `with`.",
    why: "`with.shell` chooses the shell of a step on the host. In a container the shell is `container.shell`, and the engine does not load a DAG that says otherwise.",
    grounds: "Engine, at load: `action \"container\" does not support shell configuration`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   with:\n\
        \x20     shell: bash\n\
        \x20   container:\n\
        \x20     image: debian:12\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   container:\n\
        \x20     image: debian:12\n\
        \x20     shell: [bash, -c]\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step).filter(|_| step.commands().is_some()) else { continue };
        let places = step.node.get("with").into_iter().chain([&step.node]);
        for entry in places.flat_map(|node| node.entries().unwrap_or_default()) {
            if matches!(entry.name(), "shell" | "shell_args" | "shell_packages") && is_given(&entry.value) {
                let message = format!("`{}` is for steps on the host; this step runs in a container, and the engine rejects it", entry.name());
                let finding = sink.finding(entry.key.span, message).related(container.key, "the step's container").help("name the shell in `container.shell`");
                sink.push(match into_container(context, step, entry) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                });
            }
        }
    }
}

/// The change that names the shell in the step's own container instead.
fn into_container(context: &Context<'_>, step: &Step, entry: &Entry) -> Option<Fix> {
    let with = step.node.entry("with").map(|with| &with.value).filter(|with| with.get("shell").is_some());
    let is_alone = [Some(&step.node), with].into_iter().flatten().all(|node| ["shell_args", "shell_packages"].iter().all(|key| node.get(key).is_none()));
    let path = [(&*step.node, "with"), (with.map_or(&*step.node, |with| &**with), "shell")];
    let path = if with.is_some() { &path } else { &path[1..] };
    if entry.name() == "shell" && context.workflow.container_of(step)?.entry("shell").is_some() {
        return Some(Fix::of("Remove it: the container has a `shell`", Safety::Unsafe, vec![edits::remove(context.tree, path)?]));
    }
    let container = step.container.as_deref()?;
    if entry.name() != "shell" || !is_alone || !matches!(container.node.kind, Kind::Mapping(_)) || context.tree.is_anchored(container.node.span) {
        return None;
    }
    let mut words: Vec<&str> = match entry.value.items() {
        Some(items) => items.iter().map(|item| item.text()).collect::<Option<_>>()?,
        None => entry.value.text()?.split_whitespace().collect(),
    };
    let is_shell = words.first().is_some_and(|word| matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh")));
    let is_plain = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)));
    if !is_shell || !is_plain {
        return None;
    }
    if !words.contains(&"-c") {
        words.push("-c");
    }
    let line = format!("shell: [{}]", words.join(", "));
    let edits = edits::relocate(context.tree, path, &container.node, &line)?;
    Some(Fix::of(format!("Write `{line}` in the container"), Safety::Unsafe, edits))
}

/// What is empty counts as absent.
fn is_given(value: &Node) -> bool {
    !value.is_null() && !value.is_unresolved() && value.items().is_none_or(|items| !items.is_empty()) && value.text().is_none_or(|text| !text.is_empty())
}
