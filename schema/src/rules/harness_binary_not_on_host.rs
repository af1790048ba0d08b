use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe;
use crate::workflow::Place;

pub(super) static RULE: Rule = Rule {
    name: "harness-binary-not-on-host",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An agent's command line is called on a machine that does not have it.",
    why: "A `harness.run` step without a container starts the agent's program from the `PATH`. Where it is not there, the attempt fails, and with the last attempt the step. Nothing is said where the DAG sets `PATH` or has `tools`.\n\nReported by `dagu-rs check --probe`, which looks for the program on this machine.",
    grounds: "Measured on Dagu 2.15.1: `harness: failed to resolve binary \"goose\": ... no such file or directory`; `dagu-rs run`: exit code 127.",
    bad: "# probe: goose is not here\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with: {provider: goose, prompt: Review this repository.}\n",
    good: "# probe: goose is here\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with: {provider: goose, prompt: Review this repository.}\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(host) = &context.facts.host else { return };
    let workflow = context.workflow;
    let sets_path = workflow.env.iter().any(|entry| entry.name.value == "PATH") || context.facts.dotenv.contains("PATH");
    if sets_path || workflow.node.get_some("tools").is_some() {
        return;
    }
    for (step, harness) in context.harness_steps() {
        if step.place != Place::Host || step.env.iter().any(|entry| entry.name.value == "PATH") {
            continue;
        }
        let is_missing = |binary: &str| host.programs.get(binary) == Some(&false);
        let all = harness.attempts.iter().all(|attempt| probe::binary(attempt).is_some_and(is_missing));
        for attempt in &harness.attempts {
            let (Some(binary), Some(name)) = (probe::binary(attempt).filter(|binary| is_missing(binary)), &attempt.provider) else { continue };
            let ends = if all { "so the step fails" } else { "so this attempt fails" };
            let finding = sink
                .finding(name.span, format!("`{binary}` is not in the PATH of this machine, {ends}"))
                .help(format!("install `{binary}`, or run the step in a container whose image has it"));
            sink.push(if all { finding } else { Diagnostic { severity: Severity::Warning, ..finding } });
        }
    }
}
