use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "harness-stdin-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A harness step in a container has `stdin`.",
    why: "An agent in a container has no standard input to read from. With a container of its own the step does not load; in the root container it fails when it runs.",
    grounds: "Engine: at load `the containerized agent has no stdin`; at run time in a root container `containerized harness does not support stdin input`.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: wc -l\n\
        \x20     stdin: one line\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo one line | wc -l\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let (Some(container), Some((text, _))) = (context.workflow.container_of(step), &harness.stdin) else { continue };
        let entry = step.node.get("with").and_then(|with| with.entry("stdin")).or_else(|| step.node.entry("script"));
        if let Some(entry) = entry.filter(|_| !text.is_empty()) {
            sink.push(
                sink.finding(entry.key.span, "an agent in a container has no standard input, so the step fails")
                    .refused(step.container.is_some())
                    .related(container.key, "the step runs in this container")
                    .help("put the text into the prompt, or into a file that is mounted"),
            );
        }
    }
}
