use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-exec-commands",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A list of commands for a step in an existing container.",
    why: "The engine runs a list of commands in a container that it starts for them. With `exec` it tries that too, finds the container there already, and the step fails. `dagu-rs run` executes one after the other.",
    grounds: "Measured on the engine: a list with `exec` in the step's container fails with `container already exists`, a single command succeeds.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   container:\n\
        \x20     exec: builder\n\
        \x20   run:\n\
        \x20     - make\n\
        \x20     - make test\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   container:\n\
        \x20     exec: builder\n\
        \x20   run: make all\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(target) = step.container.as_ref().and_then(|container| container.attach()) else { continue };
        if step.commands().is_some_and(|commands| commands.len() > 1) {
            let message = "in an existing container the engine runs one command only: with a list the step fails";
            sink.push(
                sink.finding(step.action_key, message)
                    .related(target.span, format!("`{}` is there already", target.value))
                    .help("write one command, a step for each, or use the container at the root"),
            );
        }
    }
}
