use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference::{self, Target};

pub(super) static RULE: Rule = Rule {
    name: "harness-provider-unresolved",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A harness takes its provider from a value that the DAG does not have.",
    why: "`provider: ${params.P}` is filled in when the step runs. With no parameter `P` it stays as it is written, which is no provider, and the step fails.",
    grounds: "Engine, at run time: `harness: unresolved provider template`. Its `validate` accepts any text with `${`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: ${params.AGENT}\n\
        \x20     prompt: Say hello.\n",
    good: "params:\n\
        \x20 - AGENT: claude\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: ${params.AGENT}\n\
        \x20     prompt: Say hello.\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    for (_, harness) in context.harness_steps() {
        for provider in harness.attempts.iter().filter_map(|attempt| attempt.provider.as_ref()) {
            let unknown = reference::find(&provider.value).into_iter().find_map(|reference| match reference.target {
                Target::Value { namespace, path } => {
                    let known = match namespace.as_str() {
                        "params" => workflow.params.iter().any(|param| param.name.value == path),
                        "consts" => workflow.consts.iter().any(|(name, _)| name.value == path),
                        _ => true,
                    };
                    (!known).then(|| format!("{namespace}.{path}"))
                }
                _ => None,
            });
            if let Some(unknown) = unknown {
                sink.report(provider.span, format!("the DAG has no `{unknown}`, so no provider is named and the step fails"));
            }
        }
    }
}
