//! The variables that a shell text reads and sets, with their places: `$NAME`, `${NAME...}` at any
//! depth, assignments, the words of `export`, `read`, `unset` and the like, arithmetic; and what
//! programs in it ask of their environment (`os.environ["NAME"]`).
//!
//! What single quotes or a quoted here-document keep from the shell is read only where another
//! shell gets it: `sh -c '...'`, `eval '...'`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::workflow::reference::leading_name;

/// A variable in a shell text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// The letters of its name.
    pub(super) range: Range<usize>,
    /// Whether it is given a value there.
    pub(super) set: bool,
}

/// Commands whose words are names of variables.
const NAMING: &[&str] = &["export", "readonly", "local", "declare", "typeset", "unset", "read", "printenv", "let"];

/// Programs that read a text as a shell does.
const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ash", "ksh", "su", "eval", "trap"];

/// What other languages ask of their environment.
static ENVIRON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let ask = r#"(?:environ(?:\.get)?|getenv|Getenv|LookupEnv|env::var|ENV(?:\.fetch)?|process\.env)"#;
    Regex::new(&format!(r#"\b{ask}\s*[\[(]\s*["']([A-Za-z_][A-Za-z0-9_]*)["']|\bprocess\.env\.([A-Za-z_][A-Za-z0-9_]*)"#)).ok()
});

/// The variables of a text, in order.
pub(super) fn variables(text: &str) -> Vec<Variable> {
    let mut scan = Scan { text, at: 0, end: text.len(), out: Vec::new(), depth: 0, nesting: 0 };
    scan.script();
    let mut out = scan.out;
    out.extend(asked(text));
    out.sort_by_key(|variable| variable.range.start);
    out.dedup_by(|a, b| a.range == b.range);
    out
}

/// The variables that a program in another language asks for.
pub(super) fn asked(text: &str) -> Vec<Variable> {
    if !text.contains("env") && !text.contains("ENV") && !text.contains("Env") {
        return Vec::new();
    }
    let found = ENVIRON.as_ref().into_iter().flat_map(|environ| environ.captures_iter(text));
    found.filter_map(|found| found.get(1).or(found.get(2))).map(|name| Variable { range: name.range(), set: false }).collect()
}

/// Substitutions within each other above which a text is left alone: the stack stays small.
const MAX_DEPTH: usize = 24;

/// Texts for another shell within each other: each is looked at once more.
const MAX_NESTING: usize = 4;

/// Whether `[...]=` goes on behind a name.
fn is_of_array(after: &str) -> bool {
    let word = after.get(..after.len().min(MAX_INDEX)).or_else(|| after.split_whitespace().next()).unwrap_or_default();
    word.split_whitespace().next().is_some_and(|word| word.contains("]="))
}

/// Bytes of an index above which it is taken for none.
const MAX_INDEX: usize = 200;

struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// Where the part ends that is looked at.
    end: usize,
    out: Vec<Variable>,
    /// Substitutions that are open.
    depth: usize,
    /// Texts within texts.
    nesting: usize,
}

/// Where in a command the next word stands.
#[derive(Default)]
struct Command {
    /// Whether only assignments stood before.
    first: bool,
    /// Whether its words name variables.
    names: bool,
    /// Whether it is a shell that reads one of its words as a text.
    is_shell: bool,
    /// Whether the last word lets the next one be a name: `-e`, `--env`, `-v`, `for`.
    next_is_name: bool,
}

impl Command {
    fn start() -> Self {
        Self { first: true, ..Self::default() }
    }
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self) {
        self.at += self.peek().map_or(1, char::len_utf8);
    }

    fn name(&mut self, at: usize, set: bool) -> usize {
        let length = leading_name(self.text.get(at..self.end).unwrap_or_default()).len();
        if length > 0 {
            self.out.push(Variable { range: at..at + length, set });
        }
        length
    }

    /// Reads commands up to the end, or to the `)` or backtick that closes a substitution.
    fn script(&mut self) {
        let mut command = Command::start();
        let mut heredocs: Vec<(String, bool, bool)> = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.at += 1;
                    for (end, quoted, is_shell) in std::mem::take(&mut heredocs) {
                        self.heredoc(&end, quoted, is_shell);
                    }
                    command = Command::start();
                }
                ';' | '|' | '&' | '{' | '(' => {
                    let is_arithmetic = self.rest().starts_with("((");
                    self.skip();
                    if is_arithmetic {
                        self.at += 1;
                        self.arithmetic();
                    }
                    command = Command::start();
                }
                ')' if self.depth > 0 => return,
                '<' if self.rest().starts_with("<<") && !self.rest().starts_with("<<<") => {
                    self.at += 2;
                    if self.peek() == Some('-') {
                        self.at += 1;
                    }
                    let blanks = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
                    self.at += blanks;
                    let word: String =
                        self.rest().chars().take_while(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '>' | ')')).collect();
                    self.at += word.len();
                    let quoted = word.contains(['\'', '"', '\\']);
                    heredocs.push((word.replace(['\'', '"', '\\'], ""), quoted, command.is_shell));
                }
                c if c.is_whitespace() || matches!(c, ')' | '}' | '<' | '>') => self.skip(),
                '#' => self.comment(),
                _ => self.word(&mut command),
            }
        }
    }

    /// A comment: what it says of variables goes with them.
    fn comment(&mut self) {
        let end = self.at + self.rest().find('\n').unwrap_or(self.rest().len());
        while self.at < end {
            if self.peek() == Some('$') {
                let braced = usize::from(self.rest().starts_with("${"));
                let length = self.name(self.at + 1 + braced, false);
                self.at += 1 + braced + length;
            } else {
                self.skip();
            }
        }
        self.at = end;
    }

    fn word(&mut self, command: &mut Command) {
        let start = self.at;
        let length = leading_name(self.rest()).len();
        let after = self.text.get(start + length..self.end).unwrap_or_default();
        let is_assignment = length > 0 && (after.starts_with('=') || after.starts_with("+=") || after.starts_with('['));
        let is_bare = length > 0 && after.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ';' | ')' | '|' | '&'));
        let is_set = is_assignment && (command.first || command.names) && (!after.starts_with('[') || is_of_array(after));
        let is_named = (is_bare && (command.names || command.next_is_name)) || (is_assignment && command.next_is_name);
        if is_set || is_named {
            self.name(start, true);
        }
        if is_set || is_named || is_assignment {
            self.at += length;
        }
        let is_first = command.first && !(is_assignment && after.starts_with(['=', '+']));
        let mut plain = String::new();
        if self.at > start {
            plain.push_str(self.text.get(start..self.at).unwrap_or_default());
        }
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    self.skip();
                }
                '\'' => self.single_quoted(command.is_shell),
                '"' => self.double_quoted(command.is_shell),
                '$' => self.dollar(),
                '`' => self.backtick(),
                ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                c if c.is_whitespace() => break,
                c => {
                    plain.push(c);
                    self.skip();
                }
            }
        }
        if let Some(name) = plain.strip_prefix("--env=") {
            let length = leading_name(name).len();
            (length > 0).then(|| self.out.push(Variable { range: start + 6..start + 6 + length, set: false }));
        }
        let base = plain.rsplit('/').next().unwrap_or_default();
        command.next_is_name = matches!(plain.as_str(), "-e" | "--env" | "-v") || (is_first && plain == "for");
        command.is_shell |= SHELLS.contains(&base);
        command.names |= is_first && NAMING.contains(&base);
        if is_first {
            command.first = matches!(
                plain.as_str(),
                "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "time" | "env" | "sudo" | "command" | "exec"
            );
        }
    }

    fn single_quoted(&mut self, is_shell: bool) {
        let start = self.at + 1;
        let inside = self.text.get(start..self.end).unwrap_or_default();
        let length = inside.find('\'').unwrap_or(inside.len());
        if is_shell {
            self.inner(start, start + length);
        }
        self.at = (start + length + 1).min(self.end);
    }

    /// A text that another shell reads.
    fn inner(&mut self, start: usize, end: usize) {
        if self.nesting >= MAX_NESTING {
            return;
        }
        let mut scan = Scan { text: self.text, at: start, end, out: Vec::new(), depth: 0, nesting: self.nesting + 1 };
        scan.script();
        self.out.append(&mut scan.out);
    }

    fn double_quoted(&mut self, is_shell: bool) {
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' if self.rest().starts_with("\\$") && is_shell => {
                    // `sh -c "... \$NAME"`: the inner shell reads it.
                    self.at += 1;
                    self.dollar();
                }
                '\\' => {
                    self.at += 1;
                    self.skip();
                }
                '$' => self.dollar(),
                '`' => self.backtick(),
                _ => self.skip(),
            }
        }
    }

    fn backtick(&mut self) {
        let start = self.at + 1;
        let length = self.text.get(start..self.end).unwrap_or_default().find('`');
        let end = length.map_or(self.end, |length| start + length);
        self.inner(start, end);
        self.at = (end + 1).min(self.end);
    }

    /// What a `$` begins.
    fn dollar(&mut self) {
        let after = self.text.get(self.at + 1..self.end).unwrap_or_default();
        if self.depth >= MAX_DEPTH {
            self.at += 1;
        } else if after.starts_with("((") {
            self.at += 3;
            self.depth += 1;
            self.arithmetic();
            self.depth -= 1;
        } else if after.starts_with('(') {
            self.at += 2;
            self.depth += 1;
            self.script();
            self.depth -= 1;
            self.skip();
        } else if let Some(braced) = after.strip_prefix('{') {
            let signs = braced.len() - braced.trim_start_matches(['#', '!']).len();
            let name = self.at + 2 + signs;
            let length = leading_name(self.text.get(name..self.end).unwrap_or_default()).len();
            // A name with a dot behind it means nothing to a shell.
            if !self.text.get(name + length..self.end).unwrap_or_default().starts_with('.') {
                self.name(name, false);
            }
            self.at = name + length;
            self.braces();
        } else if after.starts_with('\'') {
            self.at += 1;
            self.single_quoted(false);
        } else {
            let length = self.name(self.at + 1, false);
            self.at += 1 + length;
        }
    }

    /// The rest of `${NAME...}`, whose words may hold more.
    fn braces(&mut self) {
        self.depth += 1;
        while let Some(c) = self.peek() {
            match c {
                '}' => {
                    self.at += 1;
                    break;
                }
                '\\' => {
                    self.at += 1;
                    self.skip();
                }
                '"' => self.double_quoted(false),
                '$' => self.dollar(),
                '`' => self.backtick(),
                _ => self.skip(),
            }
        }
        self.depth -= 1;
    }

    /// An expression up to `))`: names stand there without a sign.
    fn arithmetic(&mut self) {
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            match c {
                ')' if open == 0 => {
                    self.at += if self.rest().starts_with("))") { 2 } else { 1 };
                    return;
                }
                '(' | ')' => {
                    open = if c == '(' { open + 1 } else { open.saturating_sub(1) };
                    self.at += 1;
                }
                '$' => self.dollar(),
                c if c.is_ascii_alphabetic() || c == '_' => {
                    let length = self.name(self.at, false);
                    self.at += length.max(1);
                }
                c if c.is_ascii_digit() => {
                    let run = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
                    self.at += run;
                }
                _ => self.skip(),
            }
        }
    }

    fn heredoc(&mut self, end: &str, quoted: bool, is_shell: bool) {
        let start = self.at;
        let mut close = self.end;
        let mut after = self.end;
        let mut at = start;
        while at < self.end {
            let line = self.text.get(at..self.end).and_then(|rest| rest.split_inclusive('\n').next()).unwrap_or_default();
            if line.trim() == end {
                (close, after) = (at, at + line.len());
                break;
            }
            at += line.len().max(1);
        }
        if quoted && is_shell {
            self.inner(start, close);
        }
        if !quoted {
            self.at = start;
            while self.at < close {
                match self.peek() {
                    Some('\\') => {
                        self.at += 1;
                        self.skip();
                    }
                    Some('$') => self.dollar(),
                    Some('`') => self.backtick(),
                    Some(_) => self.skip(),
                    None => break,
                }
            }
        }
        self.at = after;
    }
}

#[cfg(test)]
mod tests {
    use super::variables;

    fn found(text: &str) -> String {
        variables(text).iter().map(|variable| &text[variable.range.clone()]).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_a_shell_reads() {
        for (text, names) in [
            ("echo $A ${B} \"$C ${D:-$E}\" '$F' \\$G", "A B C D E"),
            ("A=1 B+=2; echo A=1", "A B"),
            ("export A=1 B; read -r C D; for E in $F; do unset G; done", "A B C D E F G"),
            ("sh -c 'echo $A'; awk '{print $B}'; bash -lc \"echo \\$C\"", "A C"),
            ("cat <<EOF\n$A '$B' \\$C\nEOF\ncat <<'EOF'\n$D\nEOF\nbash <<'X'\n$E\nX\n$F", "A B E F"),
            ("echo $((A + ${B} * 2)) $(echo \"$C\" | tr a $D)", "A B C D"),
            ("docker run -e A --env B=1 --env=C alpine $D", "A B C D"),
            ("python3 - <<'E'\nimport os; os.environ[\"A\"]; os.getenv('B')\nE", "A B"),
            ("# about $A\necho ${#B} ${!C} ${D#*/} ${x.y}", "A B C D"),
            ("echo \"${A%%\"$B\"}\" `echo $C`", "A B C"),
            ("echo $(", ""),
            ("echo \"$(echo '$A' \"$B\")\" $'$C'", "B"),
            ("é=1; echo $é ${", ""),
        ] {
            assert_eq!(found(text), names, "{text}");
        }
    }
}
