
use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Spanned;
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "bare-with-oauth-token",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`bare: true` for Claude Code, with `CLAUDE_CODE_OAUTH_TOKEN` as the only credential.",
    why: "`claude --bare` does not read that token. It makes no request and ends with \"Not logged in\".",
    grounds: "Page \"Run Claude Code in a Container\": \"Do not set `bare: true` in the Dagu step when this token is the only credential\". Measured with Claude Code 2.1: exit code 1, no request.",
    bad: "params:\n\
        \x20 - TOKEN: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - CLAUDE_CODE_OAUTH_TOKEN=${params.TOKEN}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        \x20     bare: true\n",
    good: "params:\n\
        \x20 - TOKEN: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - CLAUDE_CODE_OAUTH_TOKEN=${params.TOKEN}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

const TOKEN: &str = "CLAUDE_CODE_OAUTH_TOKEN";

fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_bare = |(key, _): &(Spanned<String>, FlagValue)| key.value == "bare";
    for (step, harness) in context.harness_steps() {
        if !harness.attempts.iter().any(|attempt| attempt.flags.iter().any(is_bare)) {
            continue; // what the step sees is costly to say
        }
        let mut seen = context.sight().of(step);
        seen.retain(|visible| visible.contract.environment);
        let Some(token) = seen.iter().find(|visible| visible.name == TOKEN) else { continue };
        for attempt in harness.attempts.iter() {
            let Some(provider) = built_in(context, attempt).filter(|provider| provider.name == "claude") else { continue };
            let bare = attempt.flags.iter().find(|flag| is_bare(flag) && is_true(&flag.1));
            let other = seen.iter().any(|visible| visible.name != TOKEN && (provider.credentials.contains(&visible.name.as_str()) || visible.name.starts_with("CLAUDE_CODE_USE_")));
            if let Some((key, _)) = bare.filter(|_| !other) {
                let finding = sink.finding(key.span, format!("`claude --bare` does not read `{TOKEN}`, and the step has no other credential"));
                let finding = finding.help("remove `bare`, or use `ANTHROPIC_API_KEY`");
                sink.push(match token.span {
                    Some(span) => finding.related(span, "the only credential of the step"),
                    None => finding,
                });
            }
        }
    }
}

fn is_true(value: &FlagValue) -> bool {
    match value {
        FlagValue::Bool(value) => *value,
        // Text that YAML would read as a boolean becomes one when the step runs.
        FlagValue::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
