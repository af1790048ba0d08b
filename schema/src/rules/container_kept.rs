use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-kept",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`keep_container: true` for a container with a fixed `name`.",
    why: "The container stays when the run is over, and so does its name: the next run finds it taken and fails before its first step, until somebody removes the container. Keep a container to look into it once, then take the setting out again.",
    grounds: "Measured on the engine: the second run of a DAG whose root container has `name` and `keep_container: true` fails with `container already exists`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 name: builder\n\
        \x20 keep_container: true\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 name: builder\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.image().is_some() && owned.container.keep_container) {
        let container = owned.container;
        let Some(entry) = container.entry("keep_container") else { continue };
        let fixed = container.name.as_ref().filter(|name| !name.value.trim().is_empty() && !name.value.contains('$'));
        let Some(name) = fixed.filter(|_| starts_in_background(owned)) else { continue };
        let message = format!("the container is kept under the name `{}`: the next run finds the name taken and fails", name.value);
        sink.push(
            sink.finding(entry.key.span, message)
                .related(name.span, "the name that stays taken")
                .help("remove `keep_container`, or `name`, so that each run gets a name of its own")
                .fix(Fix::replace("Set `keep_container: false`", Safety::Unsafe, entry.value_span(), "false")),
        );
    }
}
