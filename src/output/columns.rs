//! Columns in characters, for any number of places on a line of any length.

/// Bytes between two counts.
const STRIDE: usize = 1024;

/// How many characters of a text stand before each so many bytes.
pub(crate) struct Columns {
    before: Vec<usize>,
}

impl Columns {
    /// Counts the characters of a text.
    pub(super) fn new(text: &str) -> Self {
        let mut sum = 0;
        let mut before = vec![0];
        for part in text.as_bytes().chunks(STRIDE) {
            sum += starts(part);
            before.push(sum);
        }
        Self { before }
    }

    /// How many characters stand between two offsets, each at the boundary of a character.
    pub(super) fn between(&self, text: &str, start: usize, end: usize) -> usize {
        self.until(text, end).saturating_sub(self.until(text, start))
    }

    fn until(&self, text: &str, offset: usize) -> usize {
        let counted = offset / STRIDE;
        let rest = text.as_bytes().get(counted * STRIDE..offset).unwrap_or_default();
        self.before.get(counted).copied().unwrap_or_default() + starts(rest)
    }
}

/// How many characters start in the bytes.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}
