use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-substitution",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A prompt of an agent with a command substitution.",
    why: "No shell reads a prompt: `$(git diff)` gets to the agent as these letters, and not as what the command prints. Run the command in a step before, and name its output in the prompt.",
    grounds: "Measured on the engine, and the same in `dagu-rs run`: `$(date)` in a prompt arrives as it is written.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: \"Review this change: $(git diff main)\"\n",
    good: "steps:\n\
        \x20 - id: change\n\
        \x20   run: git diff main\n\
        \x20   output: CHANGE\n\
        \x20 - id: review\n\
        \x20   depends: change\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: \"Review this change: ${CHANGE}\"\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (_, harness) in context.harness_steps() {
        let Some((text, node)) = &harness.prompt else { continue };
        // A text that quotes code says what is code: only what stands in prose was meant to be replaced.
        if text.contains('`') || !harness.attempts.iter().any(|attempt| built_in(context, attempt).is_some()) {
            continue;
        }
        for (at, _) in text.match_indices("$(") {
            let inside = text.get(at + 2..).unwrap_or_default();
            let Some(end) = inside.find([')', '\n', '(']).filter(|&end| inside.get(end..).is_some_and(|rest| rest.starts_with(')'))) else { continue };
            let command = inside.get(..end).unwrap_or_default();
            let escaped = text.get(..at).is_some_and(|before| before.ends_with('\\'));
            if escaped || !command.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            let message = format!("no shell reads a prompt: the agent gets `$({command})` as it stands, not what the command prints");
            let help = "run the command in a step before with `output: NAME`, and write `${NAME}` here";
            sink.push(sink.finding(context.span_in(node, at..at + end + 3), message).help(help));
        }
    }
}
