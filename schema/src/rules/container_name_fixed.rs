use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-name-fixed",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A container with a `name` of its own, which two runs of the DAG cannot both have.",
    why: "There is one container of a name. A run that starts while another goes on finds it taken, and fails. A container without `name` gets one that is free.",
    grounds: "Measured on the engine: the second of two runs at once of a DAG whose root container has a `name` fails with `container already exists`, also with `max_active_runs: 1`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 name: tests\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        // With a harness step the name is an error.
        if owned.container.image().is_none() || owned.step.is_some_and(|step| step.harness().is_some()) {
            continue;
        }
        if let Some(name) = owned.container.name.as_ref().filter(|name| !name.value.is_empty() && !name.value.contains('$')) {
            let message = format!("there is one container `{}`: a run that starts while another goes on finds the name taken", name.value);
            sink.push(sink.finding(name.span, message).help("leave `name` out, unless something calls the container by it"));
        }
    }
}
