use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;


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
                sink.push(sink.finding(entry.key.span, message).related(container.key, "the step's container").help("name the shell in `container.shell`"));
            }
        }
    }
}

/// What is empty counts as absent.
fn is_given(value: &Node) -> bool {
    !value.is_null() && !value.is_unresolved() && value.items().is_none_or(|items| !items.is_empty()) && value.text().is_none_or(|text| !text.is_empty())
}
