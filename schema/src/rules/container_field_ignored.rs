use super::{Check, Context, Has, Rule, Sink, starts_in_background, edits};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};

pub(super) static RULE: Rule = Rule {
    name: "container-field-ignored",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A field of a step's container that has no effect there.",
    why: "`startup`, `wait_for` and `log_pattern` say how a container is kept ready for several commands. A step with one command, and every harness step, gets a container whose process is that command: the engine ignores the three, whatever they say.",
    grounds: "Measured on the engine: nonsense in these fields of a single-command step container changes nothing.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     wait_for: healthy\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.step.is_some() && owned.container.image().is_some() && !starts_in_background(*owned)) {
        for field in ["startup", "wait_for", "log_pattern"] {
            let Some(entry) = owned.container.entry(field).filter(|entry| !entry.value.is_null()) else { continue };
            let message = format!("`{field}` has no effect here: the step's single command is the container's own process");
            let finding = sink.finding(entry.key.span, message).help("remove it; it counts for a root container and for a step with a list of commands");
            sink.push(match edits::remove(context.tree, &[(&owned.container.node, field)]) {
                Some(edit) => finding.fix(Fix::of(format!("Remove `{field}`"), Safety::Unsafe, vec![edit])),
                None => finding,
            });
        }
    }
}
