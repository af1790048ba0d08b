use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-starts-with-dash",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A prompt that starts with `-`.",
    why: "The prompt is one word of the agent's command line. Claude Code and Codex take a word that starts with `-` for an option, such as the first item of a list, and end with an error before they ask their service.",
    grounds: "Measured: Claude Code 2.1.328 ends with `unknown option` and exit code 1, Codex 0.169 with `unexpected argument`. The engine hands the prompt over as it is.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: |\n\
        \x20       - Look for bugs.\n\
        \x20       - Look for missing tests.\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: |\n\
        \x20       Review this repository:\n\
        \x20       - Look for bugs.\n\
        \x20       - Look for missing tests.\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (_, harness) in context.harness_steps() {
        let Some((text, node)) = &harness.prompt else { continue };
        // A text of one line is trimmed before it is handed over.
        let start = if text.contains('\n') { 0 } else { text.len() - text.trim_start().len() };
        let Some(first) = text.get(start..).and_then(|rest| rest.lines().next()).filter(|line| line.starts_with('-') && line.trim() != "-") else { continue };
        let agent = harness.attempts.iter().filter_map(|attempt| built_in(context, attempt)).find(|provider| matches!(provider.name, "claude" | "codex"));
        if let Some(provider) = agent {
            let message = format!("{} takes a prompt that starts with `-` for an option, and fails", provider.title);
            let end = start + first.trim_end().len();
            sink.push(sink.finding(context.span_in(node, start..end), message).help("start the prompt with a word"));
        }
    }
}
