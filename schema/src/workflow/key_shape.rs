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

/// Bytes of the shortest key.
const SHORTEST: usize = {
    let (mut shortest, mut at) = (usize::MAX, 0);
    while at < KINDS.len() {
        let length = KINDS[at].0.len() + KINDS[at].1;
        shortest = if length < shortest { length } else { shortest };
        at += 1;
    }
    shortest
};

/// A text with every key in it masked: what quotes a file does not repeat its keys.
pub fn without_keys(text: &str) -> Cow<'_, str> {
    let found = keys(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, _) in found {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str("*******");
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// The keys in a text, with what they are, by place.
pub fn keys(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.as_bytes().split(|byte| !is_letter(*byte)) {
        let place = at..at + word.len();
        at = place.end + 1;
        if word.len() < SHORTEST {
            continue;
        }
        let word = text.get(place.clone()).unwrap_or_default();
        let kind = KINDS.iter().find_map(|&(prefix, least, exact, what)| {
            let tail = word.strip_prefix(prefix)?;
            let fits = if exact { tail.len() == least } else { tail.len() >= least };
            (fits && is_random(tail)).then_some(what)
        });
        found.extend(kind.map(|what| (place, what)));
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
