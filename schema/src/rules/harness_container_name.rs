use super::{Check, Context, Has, Rule, Sink, edits};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};


pub(super) static RULE: Rule = Rule {
    name: "harness-container-name",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The container of a harness step has both an `image` and a `name`.",
    why: "A named container could be one that exists already, and then the agent would not be what runs in it. The engine refuses when the step runs.",
    grounds: "Engine, at run time: `container.name is not supported for an image-mode container step`. Its `validate` accepts it.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     name: agent\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, _) in context.harness_steps() {
        let Some(container) = step.container.as_deref().filter(|container| container.image().is_some() && container.name.is_some()) else { continue };
        if let Some(entry) = container.entry("name") {
            let finding = sink
                .finding(entry.key.span, "a harness step cannot name the container it makes; the step fails")
                .help("remove `name`, or use a running container with `exec`");
            sink.push(match edits::remove(context.tree, &[(&container.node, "name")]) {
                Some(edit) => finding.fix(Fix::of("Remove `name`", Safety::Unsafe, vec![edit])),
                None => finding,
            });
        }
    }
}
