//! Regular expressions as the engine reads them: Go's `regexp` package (RE2).
//!
//! The `regex` crate is RE2's sibling but differs in places (`[[a]`, `{a}`, `\Q`, `(?x)`, set
//! operations in brackets), so the syntax is judged here and written down for the crate, which
//! then does the matching.

use std::ops::Range;

use regex::Regex;

use super::fault::Fault;

/// The most times something may be repeated, counts within each other multiplied.
const MOST_REPEATS: u32 = 1000;

/// A pattern that the engine accepts.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// In the syntax of the `regex` crate: few patterns are ever matched, so none is compiled before.
    translated: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// The part that Go's `regexp` rejects.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut reader = Reader { text, at: 0, out: String::with_capacity(text.len()), groups: vec![Group::default()] };
        reader.run()?;
        Ok(Self { translated: reader.out })
    }

    /// Whether the pattern matches somewhere in a text; `None` for a pattern that is too large to try.
    pub fn matches(&self, text: &str) -> Option<bool> {
        Regex::new(&self.translated).ok().map(|regex| regex.is_match(text))
    }
}

/// An open group: where it starts, and how often its contents repeat what is in them.
#[derive(Clone, Copy, Debug)]
struct Group {
    start: usize,
    /// The largest product of repetitions within the group.
    weight: u32,
    /// What a repetition operator would repeat.
    last: Last,
}

impl Default for Group {
    fn default() -> Self {
        Self { start: 0, weight: 1, last: Last::Nothing }
    }
}

/// What stands before the place reached.
#[derive(Clone, Copy, Debug)]
enum Last {
    /// Nothing that can be repeated.
    Nothing,
    /// Something that can be, with the repetitions within it.
    Atom(u32),
    /// A repetition, from this byte on.
    Repeat(usize),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The pattern in the syntax of the `regex` crate.
    out: String,
    groups: Vec<Group>,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.peek() {
            match c {
                '\\' => self.escape()?,
                '[' => {
                    self.class()?;
                    self.atom(1);
                }
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.copy(1);
                    self.set_last(Last::Nothing);
                }
                '*' | '+' | '?' => {
                    let start = self.at;
                    let weight = self.repeatable(start, 1)?;
                    self.copy(1);
                    self.repeated(start, weight);
                }
                '{' => self.count()?,
                '^' | '$' | '.' => {
                    self.copy(1);
                    self.atom(1);
                }
                _ => {
                    self.literal(c);
                    self.at += c.len_utf8();
                    self.atom(1);
                }
            }
        }
        match self.groups.as_slice() {
            [_] => Ok(()),
            [.., open] => Err(Fault::new(open.start..open.start + 1, "the `(` is not closed")),
            [] => Ok(()),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn copy(&mut self, length: usize) {
        self.out.push_str(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn set_last(&mut self, last: Last) {
        if let Some(group) = self.groups.last_mut() {
            group.last = last;
        }
    }

    fn atom(&mut self, weight: u32) {
        if let Some(group) = self.groups.last_mut() {
            group.weight = group.weight.max(weight);
            group.last = Last::Atom(weight);
        }
    }

    /// The repetitions within what stands before an operator of `length` bytes.
    fn repeatable(&self, start: usize, length: usize) -> Result<u32, Fault> {
        match self.groups.last().map(|group| group.last) {
            Some(Last::Atom(weight)) => Ok(weight),
            Some(Last::Repeat(first)) => {
                let operators = &self.text[first..start + length];
                Err(Fault::new(first..start + length, format!("`{operators}`: what is repeated already cannot be repeated again"))
                    .help("put the first repetition in a group: `(?:a*)*`"))
            }
            _ => {
                let operator = &self.text[start..start + length];
                Err(Fault::new(start..start + length, format!("there is nothing before `{operator}` that it could repeat"))
                    .help("put a backslash before it to mean the character"))
            }
        }
    }

    fn repeated(&mut self, start: usize, weight: u32) {
        if self.rest().starts_with('?') {
            self.copy(1);
        }
        if let Some(group) = self.groups.last_mut() {
            group.weight = group.weight.max(weight);
            group.last = Last::Repeat(start);
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; any other brace is a character.
    fn count(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let Some((least, most, length)) = bounds(self.rest()) else {
            self.literal('{');
            self.at += 1;
            self.atom(1);
            return Ok(());
        };
        let place = start..start + length;
        let written = &self.text[place.clone()];
        if least > MOST_REPEATS || most.is_some_and(|most| most > MOST_REPEATS) {
            return Err(Fault::new(place, format!("`{written}` repeats more than {MOST_REPEATS} times: that is the most there is")));
        }
        if most.is_some_and(|most| most < least) {
            return Err(Fault::new(place, format!("`{written}` ends below where it starts")));
        }
        let weight = self.repeatable(start, length)?;
        let times = most.unwrap_or(least);
        let product = if times < 2 { weight } else { weight.saturating_mul(times) };
        if product > MOST_REPEATS {
            return Err(Fault::new(place, format!("`{written}` makes more than {MOST_REPEATS} repetitions together with those within it")));
        }
        self.copy(length);
        self.repeated(start, if times == 0 { 1 } else { product });
        Ok(())
    }

    fn open(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let unsupported = |length: usize| {
            let end = (start..=self.text.len().min(start + length)).rev().find(|&end| self.text.is_char_boundary(end)).unwrap_or(start);
            let written = &self.text[start..end];
            Fault::new(start..end, format!("`{written}` is no group that the engine's regular expressions (RE2) know"))
                .help("there is no looking ahead or behind, no atomic group and no comment")
        };
        if !self.rest().starts_with("(?") {
            self.copy(1);
            self.groups.push(Group { start, ..Group::default() });
            return Ok(());
        }
        for prefix in ["(?P<", "(?<"] {
            let Some(rest) = self.rest().strip_prefix(prefix) else { continue };
            let Some(length) = rest.find('>') else { return Err(unsupported(prefix.len() + 1)) };
            let name = &rest[..length];
            let end = start + prefix.len() + length + 1;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                let looks_behind = name.starts_with(['=', '!']);
                let fault = if looks_behind {
                    unsupported(4)
                } else {
                    Fault::new(start..end, format!("`{name}` is no name for a group: letters, digits and `_` only"))
                };
                return Err(fault);
            }
            // The crate is stricter about names, and nobody asks for the groups.
            self.out.push('(');
            self.at = end;
            self.groups.push(Group { start, ..Group::default() });
            return Ok(());
        }
        let flags = &self.rest()[2..];
        let length = flags.find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U' | '-')).unwrap_or(flags.len());
        let written = &flags[..length];
        let is_well_formed = written.matches('-').count() <= 1 && !written.ends_with('-');
        match flags[length..].chars().next() {
            Some(':') if is_well_formed => {
                self.copy(2 + length + 1);
                self.groups.push(Group { start, ..Group::default() });
                Ok(())
            }
            Some(')') if is_well_formed && length > 0 => {
                self.copy(2 + length + 1);
                Ok(())
            }
            next => Err(unsupported(2 + length + next.map_or(0, char::len_utf8))),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.groups.len() < 2 {
            return Err(Fault::new(self.at..self.at + 1, "the `)` closes nothing").help("put a backslash before it to mean the character"));
        }
        let weight = self.groups.pop().map_or(1, |group| group.weight);
        self.copy(1);
        self.atom(weight);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let Some(c) = self.text[start + 1..].chars().next() else {
            return Err(Fault::new(start..start + 1, "the pattern ends with a backslash"));
        };
        match c {
            'Q' => {
                let rest = &self.text[start + 2..];
                let length = rest.find("\\E").unwrap_or(rest.len());
                self.out.push_str(&regex::escape(&rest[..length]));
                self.at = (start + 2 + length + 2).min(self.text.len());
                if length > 0 {
                    self.atom(1);
                }
                return Ok(());
            }
            'E' => {
                self.at += 2;
                return Ok(());
            }
            'A' | 'z' | 'B' => self.copy(2),
            'b' => {
                // Braces after it mean a kind of boundary to the crate.
                self.out.push_str("(?:\\b)");
                self.at += 2;
            }
            _ => {
                if let Some(written) = self.perl_class()? {
                    self.out.push_str(&written);
                } else {
                    let character = self.character(start)?;
                    self.literal(character);
                }
            }
        }
        self.atom(1);
        Ok(())
    }

    /// `\d`, `\pL`, `\p{Greek}` and the like, for both sides of a bracket.
    fn perl_class(&mut self) -> Result<Option<String>, Fault> {
        let start = self.at;
        let Some(c) = self.text[start + 1..].chars().next() else { return Ok(None) };
        if matches!(c, 'd' | 'D' | 's' | 'S' | 'w' | 'W') {
            self.at += 2;
            let negated = c.is_ascii_uppercase();
            // Go's classes are ASCII, and its `\s` lacks the vertical tab.
            let (plain, not) = match c.to_ascii_lowercase() {
                'd' => ("[0-9]", "[^0-9]"),
                's' => ("[\\t\\n\\x0C\\r ]", "[^\\t\\n\\x0C\\r ]"),
                _ => ("[0-9A-Za-z_]", "[^0-9A-Za-z_]"),
            };
            return Ok(Some(if negated { not } else { plain }.to_owned()));
        }
        if !matches!(c, 'p' | 'P') {
            return Ok(None);
        }
        let rest = &self.text[start + 2..];
        let (name, length) = match rest.strip_prefix('{') {
            Some(braced) => match braced.find('}') {
                Some(length) => (&braced[..length], length + 2),
                None => return Err(Fault::new(start..self.text.len(), "the `{` after `\\p` is not closed")),
            },
            None => match rest.chars().next() {
                Some(letter) => (&rest[..letter.len_utf8()], letter.len_utf8()),
                None => return Err(Fault::new(start..self.text.len(), "`\\p` needs the name of a class after it")),
            },
        };
        let end = start + 2 + length;
        let (caret, plain) = name.strip_prefix('^').map_or((false, name), |plain| (true, plain));
        let written = format!("\\{}{{{plain}}}", if (c == 'P') == caret { 'p' } else { 'P' });
        if plain.contains(['=', ':']) || plain.is_empty() || Regex::new(&written).is_err() {
            return Err(Fault::new(start..end, format!("there is no class of characters `{}`", &self.text[start..end])));
        }
        self.at = end;
        Ok(Some(written))
    }

    /// A single character behind a backslash.
    fn character(&mut self, start: usize) -> Result<char, Fault> {
        let rest = &self.text[start + 1..];
        let c = rest.chars().next().unwrap_or_default();
        let unknown = |length: usize| {
            let end = (start + 1 + length).min(self.text.len());
            Fault::new(start..end, format!("the engine's regular expressions (RE2) have no `{}`", &self.text[start..end]))
        };
        let (character, length) = match c {
            'a' => ('\u{7}', 1),
            'f' => ('\u{c}', 1),
            't' => ('\t', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            'v' => ('\u{b}', 1),
            '0' => {
                let digits = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                (octal(&rest[..digits]), digits)
            }
            '1'..='7' => {
                let digits = rest.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                if digits < 2 {
                    return Err(unknown(1).help("there are no references back to a group"));
                }
                (octal(&rest[..digits]), digits)
            }
            'x' => match hexadecimal(&rest[1..]) {
                Some((character, length)) => (character, length + 1),
                None => return Err(unknown(1).help("write two hexadecimal digits, or more of them in braces: `\\x{263A}`")),
            },
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => (c, 1),
            'Z' => return Err(unknown(1).help("the end of the text is `\\z` or `$`")),
            _ => return Err(unknown(c.len_utf8())),
        };
        self.at = start + 1 + length;
        Ok(character)
    }

    /// `[...]`
    fn class(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let unclosed = Fault::new(start..start + 1, "the `[` is not closed");
        self.at += 1;
        self.out.push('[');
        if self.rest().starts_with('^') {
            self.copy(1);
        }
        let mut is_first = true;
        loop {
            let Some(c) = self.peek() else { return Err(unclosed) };
            if c == ']' && !is_first {
                self.copy(1);
                return Ok(());
            }
            is_first = false;
            if self.rest().starts_with("[:")
                && let Some(length) = self.rest()[2..].find(":]")
            {
                let name = &self.rest()[2..2 + length];
                let plain = name.strip_prefix('^').unwrap_or(name);
                let place = self.at..self.at + length + 4;
                if !POSIX.contains(&plain) {
                    return Err(Fault::new(place, format!("there is no class of characters `[:{name}:]`")));
                }
                self.copy(length + 4);
                continue;
            }
            if c == '\\'
                && let Some(written) = self.perl_class()?
            {
                self.out.push_str(&written);
                continue;
            }
            self.class_range(start)?;
        }
    }

    /// A character in brackets, or a range of them.
    fn class_range(&mut self, bracket: usize) -> Result<(), Fault> {
        let from = self.at;
        let low = self.class_character(bracket)?;
        let mut high = low;
        let after = self.rest().strip_prefix('-').and_then(|rest| rest.chars().next());
        if after.is_some_and(|after| after != ']') {
            self.at += 1;
            high = self.class_character(bracket)?;
            if high < low {
                let place = from..self.at;
                return Err(Fault::new(place.clone(), format!("the range `{}` runs backwards", &self.text[place])));
            }
        }
        self.literal_in_class(low);
        if high != low {
            self.out.push('-');
            self.literal_in_class(high);
        }
        Ok(())
    }

    fn class_character(&mut self, bracket: usize) -> Result<char, Fault> {
        match self.peek() {
            None => Err(Fault::new(bracket..bracket + 1, "the `[` is not closed")),
            Some('\\') if self.rest().len() == 1 => Err(Fault::new(self.at..self.at + 1, "the pattern ends with a backslash")),
            Some('\\') => self.character(self.at),
            Some(c) => {
                self.at += c.len_utf8();
                Ok(c)
            }
        }
    }

    fn literal_in_class(&mut self, c: char) {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !c.is_ascii_control() && c != ' ' {
            self.out.push('\\');
        }
        self.out.push(c);
    }
}

const POSIX: [&str; 14] =
    ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];

/// The least and most repetitions of `{...}`, and its length; `None` when it is no repetition.
fn bounds(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let length = text.find('}')?;
    let body = text.get(1..length)?;
    let number = |digits: &str| {
        let is_number =
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
        is_number.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let (least, most) = match body.split_once(',') {
        None => {
            let times = number(body)?;
            (times, Some(times))
        }
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((least, most, length + 1))
}

fn octal(digits: &str) -> char {
    u32::from_str_radix(digits, 8).ok().and_then(char::from_u32).unwrap_or_default()
}

fn hexadecimal(text: &str) -> Option<(char, usize)> {
    let (digits, length): (&str, usize) = match text.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}')?;
            (&braced[..end], end + 2)
        }
        None => (text.get(..2)?, 2),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    // Go has code points that no Rust character can be; any other will do for those.
    (value <= 0x0010_ffff).then(|| (char::from_u32(value).unwrap_or('\u{fffd}'), length))
}

/// The place of a pattern's fault within a text that holds the pattern from `start` on; the
/// whole text when the fault is in nothing.
pub fn shifted(range: &Range<usize>, start: usize) -> Range<usize> {
    range.start + start..range.end + start
}
