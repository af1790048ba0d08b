//! Keys and tokens of services, by the form that their issuers give them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// A kind of key: its first letters, how many follow, whether they are just as many, and what it is.
const KINDS: &[(&str, usize, bool, &str)] = &[
    ("sk-ant-", 24, false, "a key of Anthropic"),
    ("sk-proj-", 24, false, "a key of OpenAI"),
    ("ghp_", 36, true, "a token of GitHub"),
    ("gho_", 36, true, "a token of GitHub"),
    ("ghs_", 36, true, "a token of GitHub"),
    ("github_pat_", 60, false, "a token of GitHub"),
    ("glpat-", 20, false, "a token of GitLab"),
    ("AKIA", 16, true, "an access key of AWS"),
    ("xoxb-", 24, false, "a token of Slack"),
    ("xoxp-", 24, false, "a token of Slack"),
    ("AIza", 35, true, "a key of Google"),
    ("npm_", 36, true, "a token of npm"),
    ("hf_", 34, true, "a token of Hugging Face"),
    ("sk_live_", 24, false, "a key of Stripe"),
    ("dckr_pat_", 24, false, "a token of Docker"),
];

/// A text with every key in it masked: what quotes a file does not repeat its keys.
pub fn without_keys(text: &str) -> Cow<'_, str> {
    let mut found: Vec<Range<usize>> = keys(text).into_iter().map(|(range, _)| range).collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in found {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str("*******");
        }
        at = at.max(range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// The keys in a text, with what they are.
pub fn keys(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for &(prefix, least, exact, what) in KINDS {
        for (at, _) in text.match_indices(prefix) {
            let joined = text
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            let length = rest.bytes().take(256).take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
            let tail = rest.get(..length).unwrap_or_default();
            let fits = if exact { length == least } else { length >= least };
            if fits && !joined && is_random(tail) {
                found.push((at..at + prefix.len() + length, what));
            }
        }
    }
    found
}

/// Whether letters look drawn by lot, and not written by a person as a placeholder.
fn is_random(tail: &str) -> bool {
    let distinct: HashSet<u8> = tail.bytes().collect();
    let lower = tail.to_ascii_lowercase();
    let placeholder = ["example", "your", "xxxx", "secret", "token", "placeholder", "redacted", "12345", "abcdef"]
        .iter()
        .any(|word| lower.contains(word));
    distinct.len() >= 9
        && tail.bytes().any(|byte| byte.is_ascii_digit())
        && tail.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !placeholder
}
