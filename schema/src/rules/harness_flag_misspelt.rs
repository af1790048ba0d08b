use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashSet;

use crate::diagnostic::{Fix, Safety};
use crate::suggest::{Slip, nearest, slip, snake_case};

pub(super) static RULE: Rule = Rule {
    name: "harness-flag-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A flag that the provider does not have, and nearly has.",
    why: "What is in `with` beside `prompt`, `provider`, `stdin`, `fallback` and `managed` goes to the agent's command line as a flag. Nobody checks its name before the agent rejects it, or ignores it.",
    grounds: "The `--help` of Claude Code 2.1, Cline 3.0, Codex 0.169, Copilot 1.0, Gemini CLI 0.61, OpenCode 1.18, pi 0.73 and Qwen Code 0.24; only names close to a known one are reported.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n\
        \x20     modle: sonnet\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n\
        \x20     model: sonnet\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

/// Keys of `with` that are no flags.
const KEYS: &[&str] = &["provider", "prompt", "stdin", "fallback", "managed"];

/// Flags that nearly every agent has.
const USUAL_FLAGS: &[&str] = &["model"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut reported = HashSet::new();
    for (_, harness) in context.harness_steps() {
        for (index, attempt) in harness.attempts.iter().enumerate() {
            let provider = built_in(context, attempt);
            let flags = provider.map(|provider| provider.flags).filter(|flags| !flags.is_empty()).unwrap_or(USUAL_FLAGS);
            // A provider of the DAG's own names some of its flags.
            let own = attempt.definition.as_ref().map(|definition| definition.option_flags.as_slice()).unwrap_or_default();
            let names_flag = |written: &str, flag: &str| flag.trim_start_matches('-') == written;
            let is_fallback = index > 0;
            // What is missing altogether is an error of its own, which names the slip.
            let is_missing = |written: &str| {
                (attempt.provider.is_none() && nearest(written, ["provider"]).is_some())
                    || (harness.prompt.is_none() && !is_fallback && nearest(written, ["prompt"]).is_some())
            };
            for (key, _) in &attempt.flags {
                let written = snake_case(&key.value);
                if flags.contains(&written.as_str()) || own.iter().any(|(name, _)| *name == key.value) || KEYS.contains(&written.as_str()) || is_missing(&written) || !reported.insert(key.span) {
                    continue;
                }
                // A key that is there already is not what another one is a slip of.
                let there = |name: &str| attempt.node.get(name).is_some() || attempt.node.get(&name.replace('_', "-")).is_some();
                let known = KEYS.iter().chain(flags).copied().chain(own.iter().filter(|(_, flag)| !names_flag(&key.value, flag)).map(|(name, _)| name.as_str())).filter(|name| !there(name) && is_slip(&written, name));
                if let Some(name) = nearest(&written, known) {
                    let of = provider.map_or("the provider", |provider| provider.title);
                    let what = if KEYS.contains(&name) { "key of `with`".to_owned() } else { format!("flag of {of}") };
                    sink.push(
                        sink.finding(key.span, format!("`{}` is passed on as a flag; did you mean the {what} `{name}`?", key.value))
                            .fix(Fix::replace(format!("Rename to `{name}`"), Safety::Unsafe, key.span, name)),
                    );
                }
            }
        }
    }
}

/// Whether one is a slip of the other rather than a word of its own: a letter differs, they start
/// alike, or have the same letters.
fn is_slip(written: &str, name: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let prefix = written.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    slip(written, name) == Some(Slip::Letter) || (prefix >= 2 && written.len() >= 4) || sorted(written) == sorted(name)
}
