use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "harness-reserved-key",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`binary` or `prompt_args` in the `with` of a harness.",
    why: "A step chooses a provider; which executable that is stands under root `harnesses`, so that a step cannot quietly run something else. The engine does not load the DAG.",
    grounds: "Engine, at load: `config.binary is not supported; define a named harness under top-level harnesses`.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        \n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     binary: bash\n\
        \x20     prompt: echo hello\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: bash\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let steps = context.harness_steps().flat_map(|(_, harness)| harness.attempts.iter().map(|attempt| &attempt.node));
    let mut reported = Vec::new();
    for node in context.workflow.harness_defaults.iter().chain(steps) {
        for entry in ["binary", "prompt_args"].into_iter().filter_map(|key| node.entry(key)) {
            if !reported.contains(&entry.key.span) {
                reported.push(entry.key.span);
                let message = format!("`{}` cannot be set here: a provider's executable is defined under root `harnesses`", entry.name());
                sink.push(sink.finding(entry.key.span, message).help("define a provider under `harnesses` and name it in `provider`"));
            }
        }
    }
}
