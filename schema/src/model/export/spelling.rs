//! Spellings as regular expressions, in the part of the syntax that ECMA, Python and Rust share.

use strsim::damerau_levenshtein;

/// These keys in any letter case.
pub(super) fn any_case(keys: &[&str]) -> String {
    format!("^(?:{})$", joined(keys, letters))
}

/// One of these words in any letter case, with blanks around it.
pub(super) fn any_case_word(words: &[&str]) -> String {
    format!("^\\s*(?:{})\\s*$", joined(words, letters))
}

/// One of these words.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("^(?:{})$", joined(words, escaped))
}

/// One of these characters.
pub(super) fn any_of(characters: &[char]) -> String {
    let characters: String = characters.iter().map(|c| escaped(&c.to_string())).collect();
    format!("[{characters}]")
}

/// The names that a misspelling of this one by a letter may be taken for, itself included.
pub(super) fn mistaken_for<'a>(name: &'a str, names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|other| damerau_levenshtein(name, other) <= 2).collect()
}

/// What is one letter off a key, or its spelling with capitals or dashes; none for a key that is
/// too short. Never one of the keys that it may be mistaken for.
pub(super) fn misspelt(name: &str, names: &[&str]) -> Option<String> {
    let is_short = name.chars().count() < 3;
    let known = joined(&mistaken_for(name, names), escaped);
    let words: Vec<&str> = name.split('_').collect();
    let respelt = match words.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => {
            format!("|{first}{}", rest.iter().map(|word| format!("[-_]?{}", capital(word))).collect::<String>())
        }
        _ => String::new(),
    };
    (!is_short).then(|| format!("^(?!(?:{known})$)(?:{}{respelt})$", one_off(name)))
}

/// Anything but what is one letter off the name of a built-in action.
pub(super) fn unless_misspelt_action(names: &[&str]) -> String {
    let long: Vec<&str> = names.iter().copied().filter(|name| name.len() > 4).collect();
    format!("^(?:(?:{})$|redis\\..|(?!(?:{})$))", joined(names, escaped), joined(&long, one_off))
}

/// A letter missing, wrong, too many, or changed places with the next.
fn one_off(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let part = |letters: &[char]| escaped(&letters.iter().collect::<String>());
    let mut forms = vec![format!("{}[a-z]", part(&letters))];
    for (at, letter) in letters.iter().enumerate().filter(|(_, letter)| letter.is_ascii_alphanumeric()) {
        let (before, after) = letters.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        forms.push(format!("{}(?:[a-z]?|[a-z]{letter}){}", part(before), part(after)));
        if let Some((next, after)) = after.split_first().filter(|(next, _)| next.is_ascii_alphanumeric()) {
            forms.push(format!("{}{next}{letter}{}", part(before), part(after)));
        }
    }
    forms.join("|")
}

/// The word with its first letter in either case.
fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    letters(first) + &escaped(rest)
}

fn joined(texts: &[&str], each: fn(&str) -> String) -> String {
    texts.iter().map(|text| each(text)).collect::<Vec<_>>().join("|")
}

fn letters(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphabetic() {
                format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase())
            } else {
                escaped(&c.to_string())
            }
        })
        .collect()
}

/// The text itself, as a regular expression; `regex::escape` knows marks that ECMA rejects.
fn escaped(text: &str) -> String {
    text.chars().map(|c| if ".+*?()|[]{}^$\\/".contains(c) { format!("\\{c}") } else { c.to_string() }).collect()
}
