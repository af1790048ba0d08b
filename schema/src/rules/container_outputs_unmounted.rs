use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "container-outputs-unmounted",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "Declared `outputs` of a step in a container.",
    why: "A step publishes them by writing to the file that `DAGU_OUTPUT_FILE` names. `dagu-rs run` mounts that file. The engine gives the container the path of the host, where nothing is mounted, so the step fails.",
    grounds: "Measured on the engine: `can't create ...: nonexistent directory`.",
    bad: "steps:\n\
        \x20 - id: version\n\
        \x20   run: sh -c 'echo number=1.2 > \"$DAGU_OUTPUT_FILE\"'\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   outputs:\n\
        \x20     - name: number\n",
    good: "steps:\n\
        \x20 - id: version\n\
        \x20   run: echo 1.2\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   output: NUMBER\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.workflow.every_step_with("outputs").filter(|step| step.standing.depth == 0 && !step.outputs.is_empty()) {
        let (Some(container), Some(entry)) = (context.workflow.container_of(step), step.node.entry("outputs")) else { continue };
        let message = "the engine cannot collect `outputs` from a container: the file they are written to is not mounted, and the step fails";
        sink.push(
            sink.finding(entry.key.span, message)
                .related(container.key, "this container runs the step")
                .help("dagu-rs run mounts the file; for the engine capture the standard output with `output: NAME`"),
        );
    }
}
