//! The names that a text mentions.

use std::collections::HashSet;

use crate::source::Span;

/// The words of a text, as variables are written; of a part, where names are defined, only those
/// that a reference there begins with or ends in.
pub(super) fn outside(text: &str, part: Span) -> HashSet<&str> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let mut words = HashSet::new();
    let mut start = None;
    for at in 0..=bytes.len() {
        let within = bytes.get(at).is_some_and(|byte| is_letter(*byte));
        match start {
            None if within => start = Some(at),
            Some(from) if !within => {
                let before = from.checked_sub(1).and_then(|before| bytes.get(before));
                let is_mention = !part.range().contains(&from) || matches!(before, Some(b'$' | b'{' | b'.'));
                words.extend(text.get(from..at).filter(|_| is_mention));
                start = None;
            }
            _ => {}
        }
    }
    words
}
