//! `.env` files.

use std::path::{Path, PathBuf};

use dagu_schema::workflow::dotenv::Made;
use indexmap::IndexMap;

/// The folders in which a relative file is looked for, the first first: the DAG's working directory,
/// then the folder of its file; and the home folder, for `~`.
pub struct Places {
    folders: Vec<PathBuf>,
    home: Option<PathBuf>,
}

/// The folders for a DAG with this working directory.
pub fn places(file_folder: &Path, working_dir: Option<&str>, home: Option<&Path>) -> Places {
    let mut places = Places { folders: Vec::new(), home: home.map(Path::to_owned) };
    places.folders.extend(working_dir.map(|folder| file_folder.join(places.at_home(folder))));
    places.folders.push(file_folder.to_owned());
    places
}

impl Places {
    fn at_home(&self, path: &str) -> PathBuf {
        match (path.strip_prefix('~'), &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }
}

/// The file that a name of `dotenv` stands for; `None` when there is none.
pub fn find(places: &Places, file: &str) -> Option<PathBuf> {
    let file = places.at_home(file);
    places.folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// What a file defines under a name.
pub struct Defined {
    /// The value.
    pub value: String,
    /// What it is made of.
    pub made: Made,
}

/// Reads `NAME=value` lines, or `NAME: value`: comments, `export`, single and double quotes, which may go
/// on over lines. What is something else is left out. A reference means a name further up in the file, and
/// nothing where there is none. `file` is the number of the file, of those that are read.
pub fn parse(text: &str, file: usize) -> IndexMap<String, Defined> {
    let mut found = IndexMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, written)) = assignment(line) else { continue };
        let mut taken = Vec::new();
        let mut raw = written.to_owned();
        let value = match written.chars().next().filter(|first| matches!(first, '\'' | '"')) {
            Some(quote) => {
                let mut quoted = written[1..].to_owned();
                while closing(&quoted, quote).is_none() {
                    let Some(next) = lines.next() else { break };
                    quoted.push('\n');
                    quoted.push_str(next);
                }
                raw.clone_from(&quoted);
                let inside = closing(&quoted, quote).map_or(quoted.as_str(), |end| &quoted[..end]);
                if quote == '"' { expanded(&unescaped(inside), &found, &mut taken) } else { inside.to_owned() }
            }
            None => expanded(written.find(" #").map_or(written, |comment| written[..comment].trim_end()), &found, &mut taken),
        };
        let made = Made::of(&raw, &value, taken, file, |name| found.get(name).map(|defined: &Defined| &defined.made));
        found.insert(name.to_owned(), Defined { value, made });
    }
    found
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once(['=', ':'])?;
    let (name, value) = (name.trim(), value.trim());
    let is_name =
        !name.is_empty() && name.bytes().enumerate().all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()));
    is_name.then_some((name, value))
}

/// Where the quote ends that a text is in.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return Some(at);
        }
        escaped = quote == '"' && c == '\\' && !escaped;
    }
    None
}

/// Without the backslashes of a double-quoted value, but for those before `$`.
fn unescaped(inside: &str) -> String {
    let mut out = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('$') => out.push_str("\\$"),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// The value with `$NAME` and `${NAME}` replaced by what stands further up, and the names that gave something. Braces
/// need not match.
fn expanded(value: &str, known: &IndexMap<String, Defined>, taken: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(dollar) = rest.find('$') {
        let (before, after) = (&rest[..dollar], &rest[dollar + 1..]);
        let braced = after.strip_prefix('{').unwrap_or(after);
        let length = braced.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = &braced[..length];
        // A name in small letters that nothing defines stays as it is.
        let is_replaced = known.contains_key(name) || (!name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_lowercase()));
        if let Some(before) = before.strip_suffix('\\') {
            out.push_str(before);
            out.push('$');
            rest = after;
        } else if is_replaced {
            out.push_str(before);
            if let Some(defined) = known.get(name) {
                out.push_str(&defined.value);
                taken.push(name.to_owned());
            }
            rest = braced[length..].strip_prefix('}').unwrap_or(&braced[length..]);
        } else {
            out.push_str(&rest[..=dollar]);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines() {
        let text = "# c\nA=1\nexport B = two words # c\nC='x # y'\nD=\"a\\n\\\"b\\\"\"\n1E=x\nnothing\nF=\nA=2";
        let parsed: Vec<_> = super::parse(text, 0).into_iter().map(|(name, defined)| (name, defined.value)).collect();
        let expected = [("A", "2"), ("B", "two words"), ("C", "x # y"), ("D", "a\n\"b\""), ("F", "")];
        assert_eq!(parsed, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    /// What the engine made of each.
    #[test]
    fn references() {
        let text = "A=1\nB=${A}x\nC=$A.y\nD=${LATER}\nE=a\\${A}b\nF=\"${A} z\"\nG='${A}'\nH=$(echo hi)\nI=$\nJ=${A:-d}\nL: yaml\nM=\"m\nn\"\nN=${low}";
        let parsed: Vec<_> = super::parse(text, 0).into_iter().map(|(name, defined)| (name, defined.value)).collect();
        let expected = [
            ("A", "1"),
            ("B", "1x"),
            ("C", "1.y"),
            ("D", ""),
            ("E", "a${A}b"),
            ("F", "1 z"),
            ("G", "${A}"),
            ("H", "$(echo hi)"),
            ("I", "$"),
            ("J", "1:-d}"),
            ("L", "yaml"),
            ("M", "m\nn"),
            ("N", "${low}"),
        ];
        assert_eq!(parsed, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
