//! A fault in a text: what is wrong, and in which part.

use std::ops::Range;

/// What is wrong in a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The part, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it; empty for nothing to say.
    pub help: &'static str,
}

impl Fault {
    /// A fault without advice.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: "" }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
}

/// The words of a text between white space, with their places.
pub fn words(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                words.push((from..at, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// The place of a text without the white space around it.
pub fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}
