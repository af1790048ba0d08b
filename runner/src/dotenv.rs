//! `.env` files.

use indexmap::IndexMap;

/// Reads `NAME=value` lines: comments, `export`, single and double quotes. Lines that are
/// something else are left out.
pub fn parse(text: &str) -> IndexMap<String, String> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    if line.starts_with('#') {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name =
        !name.is_empty() && name.bytes().enumerate().all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()));
    if !is_name {
        return None;
    }
    let value = if let Some(rest) = value.strip_prefix('\'') {
        rest.split('\'').next().unwrap_or_default().to_owned()
    } else if let Some(rest) = value.strip_prefix('"') {
        double_quoted(rest)
    } else {
        value.find(" #").map_or(value, |comment| value[..comment].trim_end()).to_owned()
    };
    Some((name.to_owned(), value))
}

fn double_quoted(rest: &str) -> String {
    let mut out = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines() {
        let text = "# c\nA=1\nexport B = two words # c\nC='x # y'\nD=\"a\\n\\\"b\\\"\"\n1E=x\nnothing\nF=\nA=2";
        let parsed: Vec<_> = super::parse(text).into_iter().collect();
        let expected = [("A", "2"), ("B", "two words"), ("C", "x # y"), ("D", "a\n\"b\""), ("F", "")];
        assert_eq!(parsed, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
