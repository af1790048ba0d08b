use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};

pub(super) static RULE: Rule = Rule {
    name: "harness-fallback-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `fallback` that is not a list of providers.",
    why: "`fallback` is a list of mappings, each a whole configuration of its own, and none has a fallback itself. The engine does not load others.",
    grounds: "Engine, at load: `fallback must be an array of objects`, `fallback[0] must be an object`, `config.fallback is not supported inside fallback providers`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n\
        \x20     fallback: [codex]\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n\
        \x20     fallback:\n\
        \x20       - provider: codex\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let steps = context.harness_steps().filter_map(|(step, _)| step.node.get("with").or_else(|| step.node.get("config")));
    for node in context.harness_defaults().into_iter().chain(steps) {
        let Some(entry) = node.entry("fallback").filter(|entry| !entry.value.is_null() && !entry.value.is_unresolved()) else { continue };
        let Some(items) = entry.value.items() else {
            sink.push(sink.finding(entry.value.span, format!("`fallback` must be a list of providers, but this is {}", entry.value.type_name())).help("write `- provider: NAME`"));
            continue;
        };
        for item in items.iter().filter(|item| !item.is_unresolved()) {
            match item.entry("fallback") {
                Some(nested) => sink.report(nested.key.span, "a fallback cannot have a `fallback` of its own: add it to the list instead"),
                None if item.entries().is_none() => {
                    let finding = sink.finding(item.span, format!("a fallback must be a mapping with a `provider`, but this is {}", item.type_name()));
                    sink.push(match item.string() {
                        Some(name) => finding.fix(Fix::replace("Make it a mapping", Safety::Safe, item.span, format!("{{provider: {name}}}"))),
                        None => finding,
                    });
                }
                None => {}
            }
        }
    }
}
