use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "harness-output-schema-without-json",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A step with `output_schema` whose prompt does not ask for JSON.",
    why: "The engine reads what the agent prints as JSON and holds it against the schema; it does not tell the agent. An agent that answers in words fails the step.",
    grounds: "Measured on the engine: a provider that prints words under `output_schema` fails with `failed to decode stdout JSON for output_schema`; the prompt arrives as it is written.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       verdict: {type: string}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   output_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       verdict: {type: string}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: 'Review this repository. Answer with JSON only, such as {\"verdict\": \"good\"}.'\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let Some(schema) = step.node.entry("output_schema").filter(|entry| !entry.value.is_null()) else { continue };
        let Some((prompt, _)) = &harness.prompt else { continue };
        let asks = |text: &str| text.contains("${") || text.to_lowercase().contains("json");
        let is_asked = asks(prompt) || harness.stdin.as_ref().is_some_and(|(text, _)| asks(text));
        let is_set = harness.attempts.iter().flat_map(|attempt| &attempt.flags).any(|(key, value)| {
            let key = key.value.to_lowercase();
            key.contains("json") || key.contains("schema") || matches!(value, FlagValue::Text(text) if asks(text))
        });
        // What a program of one's own prints is not known.
        let is_known = harness.attempts.iter().all(|attempt| built_in(context, attempt).is_some());
        if is_known && !is_asked && !is_set {
            let message = "the agent has to print JSON for `output_schema`, and nothing tells it so";
            sink.push(sink.finding(schema.key.span, message).help("ask for JSON in the prompt, and say what it looks like"));
        }
    }
}
