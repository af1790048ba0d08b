//! The names that a text mentions.

use hashbrown::HashSet;

use crate::source::Span;

/// Whether a byte is of a word, as variables are written.
static OF_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// Those of the names that are words of a text; of a part, where they are defined, only words that
/// a reference there begins with or ends in.
pub(super) fn outside<'n>(text: &str, part: Span, names: impl IntoIterator<Item = &'n str>) -> HashSet<&'n str> {
    let names: HashSet<&str> = names.into_iter().collect();
    // Most words are told from all names by their length and first letter.
    let bit = |word: &[u8]| 1_u64 << (word.first().map_or(0, |&first| usize::from(first).wrapping_add(word.len() << 3)) & 63);
    let filter = names.iter().fold(0, |filter, name| filter | bit(name.as_bytes()));
    let part = part.range();
    let mut mentioned = HashSet::new();
    let mut at = 0;
    for word in text.as_bytes().split(|&byte| !OF_WORD[usize::from(byte)]) {
        let from = at;
        at += word.len() + 1;
        if word.is_empty() || filter & bit(word) == 0 {
            continue;
        }
        let Some(&name) = text.get(from..from + word.len()).and_then(|word| names.get(word)) else { continue };
        let before = from.checked_sub(1).and_then(|before| text.as_bytes().get(before));
        if !part.contains(&from) || matches!(before, Some(b'$' | b'{' | b'.')) {
            mentioned.insert(name);
        }
    }
    mentioned
}
