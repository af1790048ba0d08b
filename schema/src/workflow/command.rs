//! A command text of a `run` step.

use crate::syntax::NodeRef;

/// One command: the text of `run:`, or one item of its list.
#[derive(Clone, Debug)]
pub struct Command {
    /// The text.
    pub text: String,
    /// The scalar it stands in.
    pub node: NodeRef,
    /// Whether it is a script: a text of several lines.
    pub script: bool,
}

/// Splits a text into words as the engine does where no shell reads it: blanks separate, quotes
/// group, `|`, `||` and `&&` stand alone; a word wholly in quotes loses them.
pub fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(unquoted(word));
            word.clear();
        }
    };
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '\\') => {
                word.push(c);
                word.extend(chars.next());
            }
            (Some(open), c) => {
                word.push(c);
                if c == open {
                    quote = None;
                }
            }
            (None, '\'' | '"' | '`') => {
                word.push(c);
                quote = Some(c);
            }
            (None, '|') => {
                end(&mut word, &mut words);
                words.push(if chars.next_if_eq(&'|').is_some() { "||".to_owned() } else { "|".to_owned() });
            }
            (None, '&') if chars.peek() == Some(&'&') => {
                chars.next();
                end(&mut word, &mut words);
                words.push("&&".to_owned());
            }
            (None, c) if c.is_whitespace() => end(&mut word, &mut words),
            (None, c) => word.push(c),
        }
    }
    end(&mut word, &mut words);
    words
}

fn unquoted(word: &str) -> String {
    for quote in ['\'', '`', '"'] {
        if let Some(inner) = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
            && !inner.contains(quote)
        {
            return if quote == '"' { inner.replace("\\\\", "\\") } else { inner.to_owned() };
        }
    }
    if let Some(inner) = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && inner.contains("\\\"")
        && !inner.replace("\\\"", "").contains('"')
    {
        return inner.replace("\\\"", "\"");
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_a_shell() {
        for (text, expected) in [
            ("echo \"from step\" > shared.txt", &["echo", "from step", ">", "shared.txt"][..]),
            ("a|b && c||d &", &["a", "|", "b", "&&", "c", "||", "d", "&"]),
            ("x='a b' 'c d' `e f`", &["x='a b'", "c d", "e f"]),
            ("echo a\\ b \"q\\\"r\"", &["echo", "a\\ b", "q\"r"]),
            ("  ", &[]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
