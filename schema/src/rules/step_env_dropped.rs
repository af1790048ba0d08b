use super::{Check, Context, Has, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "step-env-dropped",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A step's `env` that the engine drops, since the step runs in the root container.",
    why: "`dagu-rs run` passes a step's `env` to its command. The engine does not for a `run` in the root container: the names are filled in where the text names them, but the command does not see them.",
    grounds: "Measured on the engine: a step's `env` does not reach a `run` step in a root container.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n\
        \x20   env:\n\
        \x20     - WHO: you\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - WHO=you\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.root_container_steps().filter(|step| step.commands().is_some() && !step.env.is_empty()) {
        let Some(entry) = step.node.entry("env") else { continue };
        let names = listed(step.env.iter().map(|entry| entry.name.value.as_str()));
        let message = format!("the engine does not pass {names} to this step: it drops the `env` of a `run` in the root container");
        let help = "put it into the root container's `env`, or give the step a container of its own";
        sink.push(sink.finding(entry.key.span, message).help(help));
    }
}
