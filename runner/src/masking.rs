//! Secret values are replaced in everything that is shown or stored, also when a value arrives in
//! pieces.

use std::sync::{Arc, RwLock};

use dagu_schema::workflow::reference::{self, Reference};

/// What stands in place of a secret.
pub const MASK: &[u8] = b"*******";

/// Shorter values of credentials are not masked: they are no keys, and masking them would garble
/// the output. What `secrets` names is masked at any length.
pub const SHORTEST_CREDENTIAL: usize = 6;

/// Shorter lines of a value stand in other texts too, such as `}`.
const SHORTEST_LINE: usize = 8;

/// The secrets of a run.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Vec<Vec<u8>>>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Adds a value; of one of several lines, such as a key in PEM, also each line of some length.
    /// An empty one would match everywhere and is left out.
    pub fn add(&self, value: &str) {
        let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != value);
        let mut secrets = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = secrets.len();
        for value in lines.chain([value, value.trim_end_matches(['\n', '\r'])]).filter(|value| !value.is_empty()) {
            if !secrets.iter().any(|known| known == value.as_bytes()) {
                secrets.push(value.as_bytes().to_vec());
            }
        }
        if secrets.len() > known {
            // The longest first: one secret may begin with another.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// Adds the value of a credential, if it is long enough to be one, and is not just the reference
    /// to it that the author wrote, here or for the name that this one is taken from.
    pub fn add_credential(&self, value: &str, written: Option<&str>) {
        let is_whole = |found: &Reference| found.range == (0..value.len());
        let is_reference = value.contains('$') && (written == Some(value) || reference::find(value).iter().any(is_whole));
        if value.len() >= SHORTEST_CREDENTIAL && !is_reference {
            self.add(value);
        }
    }

    /// A text with every secret replaced.
    pub fn mask(&self, text: &str) -> String {
        let mut masker = Masker { secrets: self.clone(), held: Vec::new() };
        let mut out = masker.feed(text.as_bytes());
        out.extend(masker.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    /// A masker for one stream.
    pub fn masker(&self) -> Masker {
        Masker { secrets: self.clone(), held: Vec::new() }
    }
}

/// Masks one stream. Holds back at most the length of the longest secret.
#[derive(Debug)]
pub struct Masker {
    secrets: Secrets,
    held: Vec<u8>,
}

impl Masker {
    /// The part of the stream that can be shown now.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        self.advance(false)
    }

    /// What is still held back at the end of the stream.
    pub fn finish(&mut self) -> Vec<u8> {
        self.advance(true)
    }

    fn advance(&mut self, at_end: bool) -> Vec<u8> {
        let secrets = self.secrets.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if secrets.is_empty() {
            return std::mem::take(&mut self.held);
        }
        let mut by_start: [Vec<&Vec<u8>>; 256] = std::array::from_fn(|_| Vec::new());
        for secret in secrets.iter() {
            if let Some(&first) = secret.first() {
                by_start[usize::from(first)].push(secret);
            }
        }
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while let Some(&byte) = self.held.get(at) {
            let rest = &self.held[at..];
            let secrets = &by_start[usize::from(byte)];
            if !secrets.is_empty() {
                // A longer secret may still be on its way where a shorter one is already whole.
                let pending = !at_end && secrets.iter().any(|secret| secret.len() > rest.len() && secret.starts_with(rest));
                if pending {
                    break;
                }
                if let Some(secret) = secrets.iter().find(|secret| rest.starts_with(secret)) {
                    out.extend_from_slice(MASK);
                    at += secret.len();
                    continue;
                }
            }
            out.push(byte);
            at += 1;
        }
        self.held.drain(..at);
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(secrets: &[&str], chunks: &[&[u8]]) -> Vec<u8> {
        let all = Secrets::default();
        secrets.iter().for_each(|secret| all.add(secret));
        let mut masker = all.masker();
        let mut out = Vec::new();
        for chunk in chunks {
            out.extend(masker.feed(chunk));
        }
        out.extend(masker.finish());
        out
    }

    #[test]
    fn split_and_nested_secrets() {
        assert_eq!(masked(&["hunter2"], &[b"a hun", b"ter", b"2 b hunt"]), b"a ******* b hunt");
        assert_eq!(masked(&["abc", "abcdef"], &[b"abc", b"def abcx"]), b"******* *******x");
        assert_eq!(masked(&[""], &[b"x"]), b"x");
    }

    #[test]
    fn lines_of_a_secret() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nshort\n-----END KEY-----\n";
        assert_eq!(masked(&[key], &[b"> MIIEvQ", b"IBADAN short\n"]), b"> ******* short\n");
        assert_eq!(masked(&[key], &[&key.as_bytes()[..10], &key.as_bytes()[10..], b"x"]), b"*******x");
        assert_eq!(masked(&[key], &[key.trim_end().as_bytes()]), b"*******");
    }

    #[test]
    fn nothing_is_held_back_without_need() {
        let all = Secrets::default();
        all.add("hunter2");
        assert_eq!(all.masker().feed(b"password: "), b"password: ");
    }

    proptest! {
        #[test]
        fn chunks_make_no_difference(text in "[ab]{0,30}", cut in 0usize..30, secret in "[ab]{2,4}") {
            let cut = cut.min(text.len());
            let whole = masked(&[&secret], &[text.as_bytes()]);
            prop_assert_eq!(masked(&[&secret], &[&text.as_bytes()[..cut], &text.as_bytes()[cut..]]), whole.clone());
            prop_assert!(!String::from_utf8_lossy(&whole).contains(&secret));
        }
    }
}
