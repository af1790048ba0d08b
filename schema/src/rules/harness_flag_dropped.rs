use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "harness-flag-dropped",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An option of an agent with a value that becomes no flag, or one without its value.",
    why: "Options become flags of the agent's command: a text or a number is the flag's value, `true` is the flag alone, a list repeats it. The engine leaves out an option whose value is empty or a mapping, and says nothing. `model: true` is a bare `--model`, which takes the next word for its value.",
    grounds: "Measured on the engine with an agent that prints its arguments: `model: \"\"`, `model: {x: y}` and `model: {}` give no flag, `model: true` gives `--model` alone.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: codex\n\
        \x20     prompt: Review the change\n\
        \x20     model: {name: gpt-5}\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: codex\n\
        \x20     prompt: Review the change\n\
        \x20     model: gpt-5\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

/// Keys that are no flags.
const OWN: &[&str] = &["provider", "prompt", "stdin", "fallback", "managed", "command"];
/// Flags of every agent that has them that need a value.
const VALUED: &[&str] = &["model"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let steps = context.harness_steps().filter_map(|(step, _)| step.input());
    for options in context.harness_defaults().into_iter().chain(steps) {
        judge(sink, options);
        for attempt in options.get_some("fallback").and_then(|fallback| fallback.items()).unwrap_or_default() {
            judge(sink, attempt);
        }
    }
}

fn judge(sink: &mut Sink, options: &Node) {
    for entry in options.entries().unwrap_or_default().iter().filter(|entry| !OWN.contains(&entry.name())) {
        let name = entry.name();
        let message = if entry.value.entries().is_some() {
            format!("`{name}` is a mapping: the engine makes no flag of it")
        } else if entry.value.string().is_some_and(|text| text.is_empty()) {
            format!("`{name}` is empty: the engine leaves the flag out")
        } else if VALUED.contains(&name) && matches!(entry.value.scalar_type(), Some(ScalarType::Bool(true))) {
            format!("`{name}` needs a value: `true` is a bare flag, which takes the next word for it")
        } else {
            continue;
        };
        sink.report(entry.value_span(), message);
    }
}
