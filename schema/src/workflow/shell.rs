//! The words and operators of a shell text, as far as rules need them: quotes, comments,
//! redirections, substitutions. Not a shell: what it does not know it takes for words.

use std::ops::Range;

/// A piece of a shell text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, in bytes of the text.
    pub range: Range<usize>,
}

/// The kinds of [`Token`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A word, its quotes removed.
    Word {
        /// Its text.
        text: String,
        /// Whether it holds no `$`, backtick or glob outside quotes that keep them literal.
        literal: bool,
        /// Whether it holds a `*` or `?` outside quotes.
        glob: bool,
    },
    /// `|`, `||`, `&&`, `&`, `;`, or a redirection such as `>`, `2>>`, `<`.
    Operator(String),
    /// The start of a command substitution: `$(` or a backtick. Those inside double quotes stand
    /// behind all other tokens.
    Substitution,
    /// The end of a line.
    Break,
}

impl Token {
    /// The text of a word without expansions.
    pub fn literal(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word { text, literal: true, .. } => Some(text),
            _ => None,
        }
    }

    /// The operator's text.
    pub fn operator(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Operator(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a redirection that writes: `>`, `>>`, `2>`, `&>`, `>|`.
    pub fn redirects_output(&self) -> bool {
        self.operator().is_some_and(|operator| operator.contains('>') && !operator.contains('<'))
    }
}

/// Splits a shell text.
pub fn tokens(text: &str) -> Vec<Token> {
    Lexer { text, at: 0, out: Vec::new(), heredocs: Vec::new(), quoted_substitutions: Vec::new() }.run()
}

/// Whether a letter stands for itself wherever it is in a word.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '=' | ':' | ',' | '@' | '%' | '+')
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Token>,
    /// Ends of here-documents that start after the next line break.
    heredocs: Vec<String>,
    /// Command substitutions inside double quotes.
    quoted_substitutions: Vec<Range<usize>>,
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.push(TokenKind::Break, 1);
                    self.skip_heredocs();
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                '|' | '&' | ';' | '<' | '>' | '0'..='9' if self.operator() => {}
                '(' | ')' => self.push(TokenKind::Operator(c.to_string()), 1),
                _ => self.word(),
            }
        }
        let inside = std::mem::take(&mut self.quoted_substitutions);
        self.out.extend(inside.into_iter().map(|range| Token { kind: TokenKind::Substitution, range }));
        self.out
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        self.out.push(Token { kind, range: self.at..self.at + length });
        self.at += length;
    }

    /// Takes an operator, if one stands here.
    fn operator(&mut self) -> bool {
        const OPERATORS: &[&str] =
            &["<<<", "<<-", "&>>", "&&", "||", ";;", ">>", "<<", ">&", "<&", ">|", "&>", "<>", "|&", "|", "&", ";", "<", ">"];
        let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = self.rest().get(digits..).unwrap_or_default();
        if !after.starts_with(['|', '&', ';', '<', '>']) {
            return false;
        }
        let Some(operator) = OPERATORS.iter().find(|operator| after.starts_with(**operator)) else { return false };
        if digits > 0 && !operator.starts_with(['<', '>']) {
            return false;
        }
        let length = digits + operator.len();
        let text = self.rest().get(..length).unwrap_or_default().to_owned();
        self.push(TokenKind::Operator(text), length);
        if matches!(*operator, "<<" | "<<-") {
            let word = self.rest().trim_start();
            let end: String = word.chars().take_while(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '>')).collect();
            self.heredocs.push(end.replace(['"', '\'', '\\'], ""));
        }
        true
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let line_end = self.rest().find('\n').map_or(self.text.len(), |i| self.at + i + 1);
                let line = self.text.get(self.at..line_end).unwrap_or_default();
                self.at = line_end;
                if line.trim() == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let mut text = String::new();
        let (mut literal, mut glob) = (true, false);
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    if let Some(escaped) = self.peek() {
                        text.push(escaped);
                        self.at += escaped.len_utf8();
                    }
                }
                '\'' => {
                    let inside = self.rest().get(1..).unwrap_or_default();
                    let length = inside.find('\'').unwrap_or(inside.len());
                    text.push_str(inside.get(..length).unwrap_or_default());
                    self.at = (self.at + length + 2).min(self.text.len());
                }
                '"' => literal &= self.double_quoted(&mut text),
                '`' => {
                    self.substitution(1);
                    return self.end_word(start, text, false, glob);
                }
                '$' if self.rest().starts_with("$(") => {
                    self.substitution(2);
                    return self.end_word(start, text, false, glob);
                }
                '|' | '&' | ';' | '<' | '>' | '(' | ')' => break,
                c if c.is_whitespace() => break,
                c if is_plain(c) => {
                    let rest = self.rest();
                    let run = rest.find(|c| !is_plain(c)).map_or(rest, |end| &rest[..end]);
                    text.push_str(run);
                    self.at += run.len();
                }
                _ => {
                    literal &= !matches!(c, '$' | '*' | '?' | '[');
                    glob |= matches!(c, '*' | '?') && !text.ends_with('$') && !text.contains("://");
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.end_word(start, text, literal, glob);
    }

    /// Takes a double-quoted part; false when it holds an expansion.
    fn double_quoted(&mut self, text: &mut String) -> bool {
        let mut literal = true;
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return literal,
                '\\' => {
                    if let Some(escaped) = self.peek() {
                        text.push(escaped);
                        self.at += escaped.len_utf8();
                    }
                }
                _ => {
                    let after = self.text.get(self.at..).unwrap_or_default();
                    if c == '`' || (c == '$' && after.starts_with('(')) {
                        let start = self.at - 1;
                        self.quoted_substitutions.push(start..start + if c == '`' { 1 } else { 2 });
                    }
                    literal &= !matches!(c, '$' | '`');
                    text.push(c);
                }
            }
        }
        literal
    }

    fn substitution(&mut self, length: usize) {
        self.push(TokenKind::Substitution, length);
    }

    fn end_word(&mut self, start: usize, text: String, literal: bool, glob: bool) {
        if self.at > start {
            let at = self.out.len()
                - usize::from(matches!(self.out.last(), Some(Token { kind: TokenKind::Substitution, range }) if range.start >= start));
            let end = self.out.get(at).map_or(self.at, |substitution| substitution.range.start);
            if end > start {
                self.out.insert(at, Token { kind: TokenKind::Word { text, literal, glob }, range: start..end });
            }
        } else {
            self.at += self.peek().map_or(1, char::len_utf8);
        }
    }
}
