use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "limits-on-existing-container",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`resources.limits` beside a container that exists already.",
    why: "Limits are set when a container is made. One that is used with `exec` keeps what it was made with.",
    grounds: "Measured on the engine: it runs the step and warns `Resource limits requested but cannot be applied to an existing container`.",
    bad: "resources:\n\
        \x20 limits:\n\
        \x20   memory: 512Mi\n\
        container:\n\
        \x20 exec: builder\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n",
    good: "resources:\n\
        \x20 limits:\n\
        \x20   memory: 512Mi\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(limits) = context.workflow.node.get_some("resources").and_then(|resources| resources.entry("limits")) else { return };
    if limits.value.entries().is_none_or(<[_]>::is_empty) {
        return;
    }
    for owned in context.containers() {
        if let Some(target) = owned.container.attach() {
            let message = format!("the limits of the DAG do not apply to `{}`: it exists already", target.value);
            sink.push(
                sink.finding(target.span, message)
                    .related(limits.key.span, "these limits")
                    .help("set the limits where the container is made"),
            );
        }
    }
}
