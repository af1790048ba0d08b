//! Texts of a DAG as they may be shown: with what is likely a credential masked.

use std::ops::Range;

use crate::workflow::key_shape::without_keys;
use crate::workflow::{provider, reference};

/// What stands for a credential.
const MASK: &str = "***";

/// A text in which credentials are masked, as far as their form and what stands before them tell: keys of
/// known services, `TOKEN=...`, `--password ...`, `Bearer ...` and the password of an address.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut is_next = false;
    for range in words(text) {
        let word = text.get(range.clone()).unwrap_or_default();
        let hidden = if is_next { Some(bare(word, 0)) } else { hidden(word) };
        if let Some(hidden) = hidden.filter(|hidden| is_literal(word.get(hidden.clone()).unwrap_or_default())) {
            out.push_str(text.get(copied..range.start + hidden.start).unwrap_or_default());
            out.push_str(MASK);
            copied = range.start + hidden.end;
        }
        is_next = announces(word);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    without_keys(&out).into_owned()
}

/// The first line of a text that is not blank, masked and cut off where it gets long; with an ellipsis when
/// something was left out.
pub fn first_line(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = masked(lines.next().unwrap_or_default());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None if lines.next().is_some() => format!("{line} ..."),
        None => line,
    }
}

/// The words of a command line, those that should not be seen masked.
pub fn argv(words: &[String]) -> Vec<String> {
    let mut is_next = false;
    let shown = words.iter().map(|word| {
        let hidden = if is_next && !word.starts_with('-') { Some(0..word.len()) } else { hidden(word) };
        is_next = announces(word);
        match hidden.filter(|hidden| is_literal(word.get(hidden.clone()).unwrap_or_default())) {
            Some(hidden) => {
                let part = |range: Range<usize>| word.get(range).unwrap_or_default();
                format!("{}{MASK}{}", part(0..hidden.start), part(hidden.end..word.len()))
            }
            None => without_keys(word).into_owned(),
        }
    });
    shown.collect()
}

/// Whether a name says that its value is a credential, however it is written: `API_KEY`, `--api-key`.
pub fn is_secret_name(name: &str) -> bool {
    provider::sounds_like_credential(&name.trim_start_matches('-').replace('-', "_"))
}

/// Whether there is more in a text than references.
pub fn is_literal(text: &str) -> bool {
    let mut end = 0;
    for found in reference::find(text) {
        if found.range.start > end || matches!(&found.target, reference::Target::Variable { operator: Some(_), .. }) {
            return true;
        }
        end = end.max(found.range.end);
    }
    end < text.len()
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let range = at..at + word.len();
        // What separates the words may be more than a byte.
        at = range.end + text.get(range.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        (!word.is_empty()).then_some(range)
    })
}

/// The part of a word that is a credential by what stands before it.
fn hidden(word: &str) -> Option<Range<usize>> {
    if let Some((name, value)) = word.split_once('=') {
        let named = name.trim_start_matches(['"', '\'', '(', '{', ',']);
        if is_secret_name(named) && !value.is_empty() {
            return Some(bare(word, name.len() + 1));
        }
    }
    let scheme = word.find("://")? + 3;
    let authority = word.get(scheme..)?.split('/').next()?;
    let user = authority.get(..authority.rfind('@')?)?;
    let password = user.find(':')? + 1;
    Some(scheme + password..scheme + user.len())
}

/// Whether the next word is a credential.
fn announces(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'']);
    let is_flag = word.starts_with('-') && !word.contains('=') && is_secret_name(word);
    is_flag || matches!(word.to_ascii_lowercase().as_str(), "bearer" | "basic" | "x-api-key:" | "private-token:")
}

/// A word from a byte on, without quotes around it.
fn bare(word: &str, from: usize) -> Range<usize> {
    let rest = word.get(from..).unwrap_or_default();
    let start = from + rest.len() - rest.trim_start_matches(['"', '\'']).len();
    let end = from + rest.trim_end_matches(['"', '\'', ';', ')', ',']).len();
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked() {
        for (text, expected) in [
            ("make test", "make test"),
            ("API_TOKEN=hunter2 deploy", "API_TOKEN=*** deploy"),
            ("API_TOKEN=\"hunter2\" deploy", "API_TOKEN=\"***\" deploy"),
            ("API_TOKEN=$TOKEN deploy", "API_TOKEN=$TOKEN deploy"),
            ("API_TOKEN=x$TOKEN deploy", "API_TOKEN=*** deploy"),
            ("API_TOKEN=${T:-hunter2} deploy", "API_TOKEN=*** deploy"),
            ("curl --password hunter2 x", "curl --password *** x"),
            ("curl --api-key=hunter2 x", "curl --api-key=*** x"),
            ("curl -H 'Authorization: Bearer hunter2' x", "curl -H 'Authorization: Bearer ***' x"),
            ("git clone https://bob:hunter2@example.com/x y", "git clone https://bob:***@example.com/x y"),
            ("git clone https://$U:${P}@example.com/x", "git clone https://$U:${P}@example.com/x"),
            ("é\u{a0}TOKEN=hunter2", "é\u{a0}TOKEN=***"),
        ] {
            assert_eq!(masked(text), expected);
        }
        let words = ["tool", "--token", "hunter2", "--key=v", "--api-key=hunter2", "--token", "--next"].map(str::to_owned);
        assert_eq!(argv(&words), ["tool", "--token", "***", "--key=v", "--api-key=***", "--token", "--next"]);
    }
}
