use super::{Check, Context, Has, Rule, Sink, add_key, built_in};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "stream-json-without-verbose",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`output_format: stream-json` for Claude Code without `verbose: true`.",
    why: "Claude Code refuses to print its stream of JSON without `--verbose`, and the step fails at once.",
    grounds: "Measured with Claude Code 2.1.328: `When using --print, --output-format=stream-json requires --verbose`, exit code 1.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        \x20     output_format: stream-json\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        \x20     output_format: stream-json\n\
        \x20     verbose: true\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (_, harness) in context.harness_steps() {
        for attempt in &harness.attempts {
            if built_in(context, attempt).is_none_or(|provider| provider.name != "claude") {
                continue;
            }
            let is = |key: &str, name: &str| key == name || key.replace('_', "-") == name;
            let stream = attempt.flags.iter().find(|(key, value)| is(key, "output-format") && matches!(value, FlagValue::Text(text) if text == "stream-json"));
            let verbose = attempt.flags.iter().any(|(key, value)| is(key, "verbose") && !matches!(value, FlagValue::Bool(false) | FlagValue::Nothing));
            let Some((key, _)) = stream.filter(|_| !verbose) else { continue };
            let finding = sink.finding(key.span, "Claude Code refuses `stream-json` without `verbose: true`, so the step fails");
            sink.push(match add_key(&attempt.node, &context.tree.text, "verbose: true") {
                Some(edit) => finding.fix(Fix { title: "Add `verbose: true`".to_owned(), safety: Safety::Safe, edits: vec![edit] }),
                None => finding.help("add `verbose: true`"),
            });
        }
    }
}
