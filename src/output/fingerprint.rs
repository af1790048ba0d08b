//! What a finding is known by when lines have moved: in a report of another day, and in a baseline.

use std::collections::HashMap;
use std::fmt;

use super::Checked;

/// A finding's rule and the text of the line that it starts on, whatever its indentation and wherever the line stands; and
/// the how many-th of its file with the same ones it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint {
    pub(crate) hash: u64,
    /// From 1.
    pub(crate) number: u32,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}:{}", self.hash, self.number)
    }
}

impl Checked {
    /// The fingerprints of the findings, in their order.
    pub(crate) fn fingerprints(&self) -> Vec<Fingerprint> {
        let mut lines: HashMap<usize, u64> = HashMap::new();
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let fingerprint = |diagnostic: &dagu_schema::Diagnostic| {
            let line = self.lines.line_of(diagnostic.span.start);
            let line = *lines.entry(line).or_insert_with(|| {
                let text = self.text.get(self.lines.line_span(&self.text, line).range()).unwrap_or_default();
                let words: Vec<&str> = text.trim_start_matches('\u{feff}').split_whitespace().collect();
                hash(&[words.join(" ").as_bytes()])
            });
            let hash = hash(&[diagnostic.rule.as_bytes(), &line.to_le_bytes()]);
            let number = numbers.entry(hash).or_default();
            *number += 1;
            Fingerprint { hash, number: *number }
        };
        self.diagnostics.iter().map(fingerprint).collect()
    }
}

/// FNV-1a with 64 bits, which is the same in every release, of parts that do not run into each other.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter().copied().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
