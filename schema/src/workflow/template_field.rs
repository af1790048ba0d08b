//! The fields that a Go template reads from a literal `data`, and those of them that it lacks.
//!
//! Only what a template surely reads is followed: a name's dot through `with` and `range` over what
//! is written out. Inside `define` nothing is known.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::syntax::{Kind, Node, ScalarType};

/// What a template reads.
#[derive(Debug, Default)]
pub struct Fields<'n> {
    /// What is read and not there, in the order of the template.
    pub missing: Vec<Missing<'n>>,
    /// Every name that the template reads, wherever from.
    pub read: HashSet<String>,
}

/// A field that is read and not there.
#[derive(Debug)]
pub struct Missing<'n> {
    /// Its name.
    pub name: String,
    /// The name's place, in bytes of the template.
    pub range: Range<usize>,
    /// The mapping that lacks it; `None` when there is no data at all.
    pub holder: Option<&'n Node>,
    /// Whether reading it ends the template with an error, as `.name` does and `get` does not.
    pub fails: bool,
    /// Whether every run comes to it: it stands in no branch.
    pub sure: bool,
}

/// What a template reads from `data`; `None` for `data` is a template without any. `None` when the
/// template cannot be followed.
pub fn of<'n>(template: &str, data: Option<&'n Node>) -> Option<Fields<'n>> {
    let top = match data {
        None => Value::Nothing,
        Some(node) => Value::Nodes(vec![node]),
    };
    let mut walk = Walk { dot: top.clone(), top, sure: true, frames: Vec::new(), variables: HashMap::new(), fields: Fields::default() };
    for body in bodies(template)? {
        walk.action(&tokens(template, body)?)?;
    }
    walk.frames.is_empty().then_some(walk.fields)
}

/// What a dot or a variable can stand for.
#[derive(Clone, Debug)]
enum Value<'n> {
    Unknown,
    /// There is no data.
    Nothing,
    /// Each of these in turn.
    Nodes(Vec<&'n Node>),
}

struct Frame<'n> {
    dot: Value<'n>,
    top: Value<'n>,
    sure: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    /// `.a.b`, `$.a` or `$x.a`: the variable without `$`, and the names with their places.
    Chain(Option<&'t str>, Vec<(&'t str, Range<usize>)>),
    Text(&'t str, Range<usize>),
    Declare,
    Assign,
    Other,
}

struct Walk<'n> {
    dot: Value<'n>,
    top: Value<'n>,
    sure: bool,
    frames: Vec<Frame<'n>>,
    variables: HashMap<String, Value<'n>>,
    fields: Fields<'n>,
}

impl<'n> Walk<'n> {
    fn action(&mut self, tokens: &[Token<'_>]) -> Option<()> {
        let Some(Token::Word(word)) = tokens.first() else {
            self.pipeline(tokens);
            return Some(());
        };
        let rest = &tokens[1..];
        match *word {
            "if" => {
                self.pipeline(rest);
                self.open();
                self.sure = false;
            }
            "with" | "range" => {
                let value = self.pipeline(rest);
                let value = if *word == "range" { items(&value) } else { value };
                self.open();
                self.sure &= matches!(&value, Value::Nodes(nodes) if !nodes.is_empty() && nodes.iter().all(|node| is_full(node)));
                let last =
                    rest.iter().rposition(|token| *token == Token::Declare).and_then(|at| at.checked_sub(1)).and_then(|at| rest.get(at));
                if let Some(Token::Chain(Some(name), _)) = last {
                    self.variables.insert((*name).to_owned(), value.clone());
                }
                self.dot = value;
            }
            "define" | "block" => {
                self.open();
                (self.dot, self.top, self.sure) = (Value::Unknown, Value::Unknown, false);
            }
            "else" => {
                let frame = self.frames.last()?;
                (self.dot, self.top, self.sure) = (frame.dot.clone(), frame.top.clone(), false);
                if let Some(Token::Word(word)) = rest.first() {
                    self.pipeline(rest.get(1..).unwrap_or_default());
                    if *word == "with" {
                        self.dot = Value::Unknown;
                    }
                }
            }
            "end" => {
                let frame = self.frames.pop()?;
                (self.dot, self.top, self.sure) = (frame.dot, frame.top, frame.sure);
            }
            "break" | "continue" => self.sure = false,
            _ => {
                self.pipeline(tokens);
            }
        }
        Some(())
    }

    fn open(&mut self) {
        self.frames.push(Frame { dot: self.dot.clone(), top: self.top.clone(), sure: self.sure });
    }

    /// Reads what a pipeline mentions; its value, when it is a single field.
    fn pipeline(&mut self, tokens: &[Token<'_>]) -> Value<'n> {
        let declared = tokens.iter().position(|token| matches!(token, Token::Declare | Token::Assign));
        let (targets, tokens) = declared.map_or((&[][..], tokens), |at| (&tokens[..at], &tokens[at + 1..]));
        // `and` and `or` stop early.
        let sure = self.sure && !tokens.iter().any(|token| matches!(token, Token::Word("and" | "or")));
        let mut last = Value::Unknown;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Chain(variable, names) => last = self.chain(*variable, names, sure),
                Token::Text(text, range) => {
                    self.fields.read.insert((*text).to_owned());
                    let asks = at.checked_sub(2).and_then(|at| tokens.get(at));
                    if matches!(asks, Some(Token::Word("get" | "index" | "hasKey"))) {
                        let holder = std::mem::replace(&mut last, Value::Unknown);
                        self.member(&holder, text, range, false, sure);
                    }
                }
                _ => {}
            }
        }
        let value = if tokens.len() == 1 { last } else { Value::Unknown };
        if let [Token::Chain(Some(name), _)] = targets {
            let known = self.variables.contains_key(*name);
            self.variables.insert((*name).to_owned(), if known { Value::Unknown } else { value.clone() });
        }
        value
    }

    fn chain(&mut self, variable: Option<&str>, names: &[(&str, Range<usize>)], sure: bool) -> Value<'n> {
        let mut value = match variable {
            None => self.dot.clone(),
            Some("") => self.top.clone(),
            Some(name) => self.variables.get(name).cloned().unwrap_or(Value::Unknown),
        };
        for (name, range) in names {
            self.fields.read.insert((*name).to_owned());
            value = self.member(&value, name, range, true, sure);
        }
        value
    }

    fn member(&mut self, holder: &Value<'n>, name: &str, range: &Range<usize>, fails: bool, sure: bool) -> Value<'n> {
        let mut miss = |holder| self.fields.missing.push(Missing { name: name.to_owned(), range: range.clone(), holder, fails, sure });
        let nodes = match holder {
            Value::Unknown => return Value::Unknown,
            Value::Nothing => {
                miss(None);
                return Value::Unknown;
            }
            Value::Nodes(nodes) => nodes,
        };
        let mut found = Vec::new();
        for node in nodes {
            if node.is_unresolved() || node.entries().is_none() {
                return Value::Unknown;
            }
            match node.get(name) {
                Some(child) => found.push(&**child),
                None => {
                    miss(Some(*node));
                    return Value::Unknown;
                }
            }
        }
        Value::Nodes(found)
    }
}

/// What `range` goes through.
fn items<'n>(value: &Value<'n>) -> Value<'n> {
    let Value::Nodes(nodes) = value else { return Value::Unknown };
    let mut out: Vec<&'n Node> = Vec::new();
    for node in nodes {
        match (node.items(), node.entries()) {
            (Some(items), _) => out.extend(items.iter().map(|item| &**item)),
            (None, Some(entries)) => out.extend(entries.iter().map(|entry| &*entry.value)),
            (None, None) => return Value::Unknown,
        }
    }
    if out.is_empty() { Value::Unknown } else { Value::Nodes(out) }
}

/// Whether `with` goes on with it, as far as is plain to see.
fn is_full(node: &Node) -> bool {
    match &node.target().kind {
        Kind::Mapping(entries) => !entries.is_empty(),
        Kind::Sequence(items) => !items.is_empty(),
        Kind::Scalar(_) => {
            matches!(node.scalar_type(), Some(ScalarType::String))
                && node.text().is_some_and(|text| !text.is_empty() && !text.contains('$'))
        }
        Kind::Alias(_) => false,
    }
}

/// The bodies of the actions, without their braces and trim marks; comments are left out.
fn bodies(template: &str) -> Option<Vec<Range<usize>>> {
    let bytes = template.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = template.get(at..)?.find("{{") {
        let start = at + found + 2;
        let mut end = start;
        if template.get(start..)?.trim_start_matches('-').trim_start().starts_with("/*") {
            at = start + template.get(start..)?.find("*/")? + 2;
            at += template.get(at..)?.find("}}")? + 2;
            continue;
        }
        loop {
            match bytes.get(end)? {
                b'}' if bytes.get(end + 1) == Some(&b'}') => break,
                quote @ (b'"' | b'\'') => end = closing_quote(bytes, end, *quote)?,
                b'`' => end += 1 + template.get(end + 1..)?.find('`')?,
                _ => {}
            }
            end += 1;
        }
        let body = template.get(start..end)?;
        let left = usize::from(body.starts_with("- ") || body.starts_with("-\n"));
        let right = usize::from(body.len() > left + 1 && body.ends_with('-'));
        out.push(start + left..end - right);
        at = end + 2;
    }
    Some(out)
}

fn closing_quote(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

fn tokens(template: &str, body: Range<usize>) -> Option<Vec<Token<'_>>> {
    let mut out = Vec::new();
    let bytes = template.as_bytes();
    let mut at = body.start;
    while at < body.end {
        let byte = *bytes.get(at)?;
        match byte {
            b'"' | b'\'' => {
                let end = closing_quote(bytes, at, byte)?;
                out.push(Token::Text(template.get(at + 1..end)?, at + 1..end));
                at = end + 1;
            }
            b'`' => {
                let end = at + 1 + template.get(at + 1..)?.find('`')?;
                out.push(Token::Text(template.get(at + 1..end)?, at + 1..end));
                at = end + 1;
            }
            // What a call in parentheses gives is not known.
            b')' => at = names(template, at + 1, &mut Vec::new()),
            b'.' if bytes.get(at + 1).is_none_or(|next| !next.is_ascii_digit()) => {
                let mut parts = Vec::new();
                at = names(template, at, &mut parts).max(at + 1);
                out.push(Token::Chain(None, parts));
            }
            b'$' => {
                let name = word(template, at + 1);
                let mut parts = Vec::new();
                at = names(template, at + 1 + name.len(), &mut parts);
                out.push(Token::Chain(Some(name), parts));
            }
            b':' if bytes.get(at + 1) == Some(&b'=') => {
                out.push(Token::Declare);
                at += 2;
            }
            b'=' => {
                out.push(Token::Assign);
                at += 1;
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                let name = word(template, at);
                out.push(Token::Word(name));
                at += name.len();
            }
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => {
                out.push(Token::Other);
                at += template.get(at..)?.chars().next()?.len_utf8();
            }
        }
    }
    Some(out)
}

/// The names of `.a.b` from a place on; where they end.
fn names<'t>(template: &'t str, mut at: usize, out: &mut Vec<(&'t str, Range<usize>)>) -> usize {
    while template.as_bytes().get(at) == Some(&b'.') {
        let name = word(template, at + 1);
        if name.is_empty() {
            break;
        }
        out.push((name, at + 1..at + 1 + name.len()));
        at += 1 + name.len();
    }
    at
}

fn word(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    rest.get(..length).filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default()
}
