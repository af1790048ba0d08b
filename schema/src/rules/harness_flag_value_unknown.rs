use super::{Check, Context, Has, Rule, Sink, built_in, one_of};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::source::Span;
use crate::suggest::nearest;
use crate::workflow::Attempt;
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "harness-flag-value-unknown",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An option of an agent with a value that the agent does not know.",
    why: "Some options take one of a few words. With another one the agent ends with an error before it asks its service.",
    grounds: "Measured: Claude Code 2.1.328 answers `--output-format xml` and `--input-format x` with `argument is invalid` and the words that it takes, Codex 0.169 `--sandbox x` and `--color x` with `invalid value`.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        \x20     output_format: jsonl\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        \x20     output_format: json\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

/// Of an agent's option the words that it takes.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("claude", "output-format", &["text", "json", "stream-json"]),
    ("claude", "input-format", &["text", "stream-json"]),
    ("codex", "sandbox", &["read-only", "workspace-write", "danger-full-access"]),
    ("codex", "color", &["always", "never", "auto"]),
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (_, harness) in context.harness_steps() {
        for attempt in &harness.attempts {
            let Some(provider) = built_in(context, attempt) else { continue };
            for (key, value) in &attempt.flags {
                let FlagValue::Text(text) = value else { continue };
                let option = key.value.replace('_', "-");
                let Some((.., words)) = WORDS.iter().find(|(agent, name, _)| *agent == provider.name && *name == option) else { continue };
                if text.is_empty() || text.contains('$') || words.contains(&text.as_str()) {
                    continue;
                }
                let message = format!("{} does not know `{text}` for `{}`, so the step fails: it takes {}", provider.title, key.value, one_of(words.iter().copied()));
                let place = place(attempt, &key.value);
                let finding = sink.finding(place.unwrap_or(key.span), message);
                sink.push(match place.zip(nearest(text, words.iter().copied())) {
                    Some((span, word)) => finding.fix(Fix::replace(format!("Write `{word}`"), Safety::Unsafe, span, word)),
                    None => finding,
                });
            }
        }
    }
}

/// Where the value stands, when the attempt itself gives it.
fn place(attempt: &Attempt, key: &str) -> Option<Span> {
    Some(attempt.node.entry(key)?.value_span())
}
