//! "Did you mean": the nearest of some known names, and slips of the pen.

use hashbrown::HashMap;

/// The known name that is nearest to what was written, when it is near enough to be what was
/// meant: at most one edit for names of up to three characters, two up to eight, else three;
/// never as many edits as the name is long. Letter case and `-` for `_` cost nothing.
///
/// Of very many known names only the first are looked at, so that a large file with many slips
/// costs no more than its size.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const MOST_KNOWN: usize = 500;
    let written = snake_case(written);
    let length = written.chars().count();
    let limit = match length {
        0..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .take(MOST_KNOWN)
        .map(|name| (strsim::osa_distance(&written, &snake_case(name)), name))
        .filter(|&(edits, name)| edits <= limit && edits < length.min(name.chars().count()))
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// Snake case, so that `pullPolicy`, `pull-policy` and `PULL_POLICY` are all `pull_policy`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && after_lower {
            out.push('_');
        }
        after_lower = c.is_lowercase() || c.is_numeric();
        out.extend(if c == '-' { '_' } else { c }.to_lowercase());
    }
    out
}

/// How one name came out of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// One letter within the word was dropped, added, doubled or swapped with the next.
    Letter,
    /// Only letter case, or `-` for `_`.
    Case,
    /// A small suffix on a name in capitals, as in `DIR_old`.
    OddSuffix,
    /// The first or last letter dropped or added, a plural, or another letter in the place of one.
    Ending,
    /// Up to three more characters at the end.
    Suffix,
}

/// How `written` came out of `name`, when it looks like a slip. Names that differ by digits, or by
/// a suffix that means something (`_ID`), are names of their own.
pub fn slip(written: &str, name: &str) -> Option<Slip> {
    if written == name {
        return None;
    }
    let (short, long) = if written.len() < name.len() { (written, name) } else { (name, written) };
    if let Some(suffix) = long.strip_prefix(short).filter(|suffix| suffix.starts_with('_') && suffix.len() <= 3) {
        const WORDS: &[&str] = &["id", "db", "ip", "os", "no", "to", "in", "at", "on", "by"];
        let word = suffix.trim_start_matches('_').to_lowercase();
        let odd = !short.contains(|c: char| c.is_lowercase()) && suffix.contains(|c: char| c.is_lowercase());
        let means_something = WORDS.contains(&word.as_str()) || word.contains(|c: char| c.is_ascii_digit()) || word.is_empty();
        return if means_something { None } else { Some(if odd { Slip::OddSuffix } else { Slip::Suffix }) };
    }
    let (a, b) = (snake_case(written), snake_case(name));
    if a == b {
        return Some(Slip::Case);
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if strsim::osa_distance(&a, &b) != 1 || digits(&a) != digits(&b) {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let after = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let is_other_letter = a.len() == b.len() && before + after + 1 == a.len();
    let longer = if a.len() > b.len() { &a } else { &b };
    let is_plural = a.len() != b.len() && longer.get(before) == Some(&'s') && longer.get(before + 1) == Some(&'_');
    let at_end = before == 0 || (after == 0 && a.len() != b.len());
    Some(if is_other_letter || is_plural || at_end { Slip::Ending } else { Slip::Letter })
}

/// Known names, to find those that another is a slip of without looking at each.
#[derive(Debug, Default)]
pub struct Slips<'a> {
    /// By their digests, the texts that names give when a letter is left out, or none.
    shortened: Vec<(u64, &'a str)>,
    /// The names that start with this text and have up to three characters more; of many the first.
    starts: HashMap<&'a str, &'a str>,
}

/// Bytes above which a name has no slips.
const LONGEST: usize = 64;

impl<'a> Slips<'a> {
    /// Remembers the names.
    pub fn of(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut slips = Self::default();
        for name in names.into_iter().filter(|name| name.is_ascii() && name.len() <= LONGEST) {
            for text in shortened(&snake_case(name)) {
                slips.shortened.push((text, name));
            }
            for cut in 0..=3.min(name.len().saturating_sub(1)) {
                slips.starts.entry(&name[..name.len() - cut]).or_insert(name);
            }
        }
        slips.shortened.sort_by_key(|&(digest, _)| digest);
        slips
    }

    /// The names that give a text with this digest.
    fn with(&self, digest: u64) -> impl Iterator<Item = &'a str> {
        let first = self.shortened.partition_point(|&(other, _)| other < digest);
        self.shortened.iter().skip(first).take_while(move |(other, _)| *other == digest).map(|&(_, name)| name)
    }

    /// The name that the written one is most probably a slip of, among those that are accepted.
    pub fn find(&self, written: &str, accept: impl Fn(&'a str, Slip) -> bool) -> Option<(&'a str, Slip)> {
        if !written.is_ascii() || written.len() > LONGEST {
            return None;
        }
        let snake = snake_case(written);
        let near = shortened(&snake).flat_map(|text| self.with(text));
        let starts =
            (0..=3.min(written.len().saturating_sub(1))).filter_map(|cut| self.starts.get(&written[..written.len() - cut]).copied());
        near.chain(starts)
            .filter_map(|name| Some((name, slip(written, name)?)))
            .filter(|&(name, slip)| accept(name, slip))
            .min_by_key(|&(_, slip)| slip)
    }
}

/// Digests of the text itself, and of it without each of its bytes. Two texts with one digest are sorted
/// out where [`slip`] compares them.
fn shortened(text: &str) -> impl Iterator<Item = u64> + '_ {
    // FNV-1a.
    let add = |digest: u64, byte: u8| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut before = 0xcbf2_9ce4_8422_2325;
    let whole = text.bytes().fold(before, add);
    let cut = text.bytes().enumerate().map(move |(at, byte)| {
        let without = text.bytes().skip(at + 1).fold(before, add);
        before = add(before, byte);
        without
    });
    std::iter::once(whole).chain(cut)
}
