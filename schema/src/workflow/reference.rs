//! References to values in a text: `${params.x}`, `${NAME}`, `$NAME`, `${NAME:-default}`,
//! `${step_id.output}`.
//!
//! One pass from left to right; an inserted value is not looked at again. What has no value stays
//! as it was written. An odd number of backslashes before `$` shields it.

use std::ops::Range;

use indexmap::IndexSet;

/// Namespaces whose references stand for a value of the DAG and never for a variable.
const NAMESPACES: [&str; 16] = [
    "consts", "params", "env", "steps", "foreach", "inputs", "outputs", "context", "dag", "run", "attempt", "step", "trigger", "paths",
    "profile", "pushback",
];

/// Nested braces above which a reference is plain text: keeps the work linear.
const MAX_DEPTH: usize = 8;

/// Bytes between braces above which they are plain text: keeps the work linear.
const MAX_BODY: usize = 4096;

/// One reference in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The whole of it, `$` and braces included, in bytes of the text.
    pub range: Range<usize>,
    /// What it names.
    pub target: Target,
    /// Whether single quotes in the text shield it. Quotes are counted over the whole text, so an
    /// apostrophe counts too. Never true of a [`Target::Value`].
    pub quoted: bool,
}

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A value of the DAG by namespace: `${params.x}` is `params` and `x`; `${params}` has an
    /// empty path.
    Value {
        /// `params`, `env`, `consts`, `steps`, `context`, ...
        namespace: String,
        /// What follows the first dot.
        path: String,
    },
    /// A step's property or a part of a variable's JSON: `${id.output}`, `${NAME.a.b[0]}`.
    Property {
        /// The step's id, or the variable.
        name: String,
        /// What follows the first dot.
        path: String,
    },
    /// A variable: `$NAME`, `${NAME}`, `$1`, `${NAME:-default}`.
    Variable {
        /// Its name.
        name: String,
        /// Operator and word as written after the name, such as `:-default`; `#` for the length.
        operator: Option<String>,
    },
}

/// Where values come from.
pub trait Scope {
    /// The value of a variable; `None` when there is none of that name.
    fn variable(&self, name: &str) -> Option<String>;
    /// The value of `${head.path}`: a namespace's (`path` may be empty), or a step's property.
    fn dotted(&self, head: &str, path: &str) -> Option<String>;
}

/// How a field treats `$NAME`, backslashes and single quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether variables are replaced, or only namespaced values.
    pub variables: bool,
    /// Whether a backslash that shields a `$` is dropped.
    pub unescape: bool,
    /// Whether single quotes shield a variable.
    pub quotes: bool,
}

impl Policy {
    /// Fields of a container, `with` strings, prompts, environment values.
    pub const FIELD: Self = Self { variables: true, unescape: true, quotes: true };
    /// A text that a shell reads afterwards: variables, backslashes and quotes are the shell's.
    pub const SHELL: Self = Self { variables: false, unescape: false, quotes: false };
    /// The same in the engine in a container, where it replaces the variables that it knows.
    pub const ENGINE_SHELL: Self = Self { variables: true, unescape: false, quotes: true };
}

/// A text with its references replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text.
    pub text: String,
    /// References that had no value and stay as written; ranges are in the text before.
    pub unresolved: Vec<Reference>,
}

/// All references of a text, in order, shielded ones (by a backslash) left out.
pub fn find(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    if !text.contains('$') {
        return found;
    }
    collect(text, 0, &Quotes::of(text), &mut found, 0);
    found
}

fn collect(text: &str, offset: usize, quotes: &Quotes, found: &mut Vec<Reference>, depth: usize) {
    let mut shielded_until = 0;
    for (dollar, escaped) in dollars(text) {
        if escaped {
            continue;
        }
        match parse(text, dollar, depth) {
            Parsed::Reference { end, target } => {
                let is_value = matches!(target, Target::Value { .. });
                if dollar < shielded_until && !is_value {
                    continue;
                }
                let whole = offset + dollar..offset + end;
                let quoted = !is_value && quotes.shield(&whole) && !quotes.is_wrapped(&whole);
                // The default of `${NAME:-${params.x}}` holds a reference of its own: the loop meets it next.
                if matches!(&target, Target::Variable { operator: Some(_), .. }) {
                    shielded_until = shielded_until.max(end);
                }
                found.push(Reference { range: whole, target, quoted });
            }
            Parsed::Opaque { end } => shielded_until = shielded_until.max(end),
            Parsed::Text => {}
        }
    }
}

/// The names of all variables that a text mentions, also where another program would read them:
/// within the word of an operator, in quotes, behind a backslash. In order, each once.
pub fn variable_names(text: &str) -> Vec<String> {
    if !text.contains('$') {
        return Vec::new();
    }
    let mut names: IndexSet<String> = IndexSet::new();
    for (dollar, _) in text.match_indices('$') {
        let rest = &text[dollar + 1..];
        let name = leading_name(rest.strip_prefix('{').map_or(rest, |braced| braced.trim_start_matches(['#', '!'])));
        if !name.is_empty() && !names.contains(name) {
            names.insert(name.to_owned());
        }
    }
    names.into_iter().collect()
}

/// The names that a value is taken from, in order, each once: variables as `NAME`, parameters as
/// `params.NAME`, outputs as `steps.ID.outputs.NAME`; what `${env.NAME}` names counts as a variable.
pub fn sources(text: &str) -> Vec<String> {
    if !text.contains('$') {
        return Vec::new();
    }
    let names = find(text).into_iter().filter(|found| !found.quoted).map(|found| match found.target {
        Target::Variable { name, .. } | Target::Property { name, .. } => name,
        Target::Value { namespace, path } if namespace == "env" => path,
        Target::Value { namespace, path } => format!("{namespace}.{path}"),
    });
    names.collect::<IndexSet<_>>().into_iter().collect()
}

/// Whether an operator takes nothing of a variable's value, but whether there is one, or how long it is.
pub fn is_test(operator: &str) -> bool {
    operator == "#" || operator.trim_start_matches(':').starts_with('+')
}

/// Replaces the references of a text.
pub fn expand(text: &str, scope: &dyn Scope, policy: Policy) -> Expansion {
    if !text.contains('$') {
        return Expansion { text: text.to_owned(), unresolved: Vec::new() };
    }
    let quotes = Quotes::of(text);
    let operators = policy.variables && !assigns(text, scope);
    let mut out = Expansion { text: String::with_capacity(text.len()), unresolved: Vec::new() };
    let (mut copied, mut opaque_until) = (0, 0);
    for (dollar, escaped) in dollars(text) {
        if dollar < copied {
            continue;
        }
        if escaped {
            // Only what would have been a reference needs its backslash dropped.
            if policy.unescape && !matches!(parse(text, dollar, 0), Parsed::Text) {
                out.text.push_str(&text[copied..dollar - 1]);
                out.text.push('$');
                copied = dollar + 1;
            }
            continue;
        }
        let (end, target) = match parse(text, dollar, 0) {
            Parsed::Reference { end, target } => (end, target),
            Parsed::Opaque { end } => {
                opaque_until = opaque_until.max(end);
                continue;
            }
            Parsed::Text => continue,
        };
        let range = dollar..end;
        let is_value = matches!(target, Target::Value { .. });
        // A dotted name means nothing to a shell, so it is replaced there too where it has a value.
        let is_property = matches!(target, Target::Property { .. });
        if !is_value && (dollar < opaque_until || (!policy.variables && !is_property)) {
            continue;
        }
        let wrapped = !is_value && quotes.is_wrapped(&range) && !matches!(target, Target::Variable { operator: Some(_), .. });
        let quoted = !is_value && policy.quotes && !wrapped && quotes.shield(&range);
        if quoted {
            continue;
        }
        match value(&target, scope, operators) {
            Some(value) if wrapped && policy.quotes => {
                out.text.push_str(&text[copied..range.start - 1]);
                out.text.push_str(&quote(&value));
                copied = range.end + 1;
            }
            Some(value) => {
                out.text.push_str(&text[copied..range.start]);
                out.text.push_str(&value);
                copied = range.end;
            }
            None if is_property && !policy.variables => {}
            None => {
                if matches!(&target, Target::Variable { operator: Some(_), .. }) {
                    opaque_until = opaque_until.max(end);
                }
                out.unresolved.push(Reference { range, target, quoted: false });
            }
        }
    }
    out.text.push_str(&text[copied..]);
    out
}

/// The longest prefix that is a variable's name; empty when there is none.
pub fn leading_name(text: &str) -> &str {
    let mut bytes = text.bytes();
    match bytes.next() {
        Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => {}
        _ => return "",
    }
    let rest = bytes.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    &text[..=rest]
}

/// Each `$` of a text and whether backslashes shield it.
fn dollars(text: &str) -> impl Iterator<Item = (usize, bool)> {
    text.match_indices('$').map(|(at, _)| {
        let backslashes = text.as_bytes()[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        (at, backslashes % 2 == 1)
    })
}

/// The single quotes of a text.
struct Quotes<'a> {
    text: &'a [u8],
    places: Vec<usize>,
}

impl<'a> Quotes<'a> {
    fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), places: text.match_indices('\'').map(|(at, _)| at).collect() }
    }

    /// Whether an odd number stands before the range and at least one after it.
    fn shield(&self, range: &Range<usize>) -> bool {
        let before = self.places.partition_point(|&at| at < range.start);
        before % 2 == 1 && self.places.last().is_some_and(|&last| last >= range.end)
    }

    /// Whether the range is exactly what a pair of double quotes holds, in braces.
    fn is_wrapped(&self, range: &Range<usize>) -> bool {
        range.start > 0
            && self.text.get(range.start - 1) == Some(&b'"')
            && self.text.get(range.start + 1) == Some(&b'{')
            && self.text.get(range.end) == Some(&b'"')
    }
}

enum Parsed {
    /// A reference that ends here.
    Reference { end: usize, target: Target },
    /// Braces that hold something else; variables in them are not replaced either.
    Opaque { end: usize },
    /// No reference.
    Text,
}

fn parse(text: &str, dollar: usize, depth: usize) -> Parsed {
    let rest = &text[dollar + 1..];
    let Some(braced) = rest.strip_prefix('{') else {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let name = if digits > 0 { &rest[..digits] } else { leading_name(rest) };
        if name.is_empty() {
            return Parsed::Text;
        }
        return Parsed::Reference { end: dollar + 1 + name.len(), target: Target::Variable { name: name.to_owned(), operator: None } };
    };
    let Some(length) = closing_brace(braced) else {
        return braced
            .bytes()
            .take(MAX_BODY)
            .position(|byte| byte == b'}')
            .map_or(Parsed::Text, |at| Parsed::Opaque { end: dollar + 2 + at + 1 });
    };
    let end = dollar + 2 + length + 1;
    match target(&braced[..length], depth) {
        Some(target) => Parsed::Reference { end, target },
        None => Parsed::Opaque { end },
    }
}

/// The offset of the `}` that closes a brace opened just before the text.
fn closing_brace(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = 0;
    for (at, &byte) in bytes.iter().enumerate().take(MAX_BODY) {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => {
                open += 1;
                if open > MAX_DEPTH {
                    return None;
                }
            }
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn target(body: &str, depth: usize) -> Option<Target> {
    let bare = body.trim_ascii();
    if bare.len() < body.len() {
        // Blanks at the edges are the engine's to drop, in what no shell could mean.
        return target(bare, depth).filter(|target| matches!(target, Target::Value { .. }));
    }
    if let Some(name) = body.strip_prefix('#') {
        let is_name = !name.is_empty() && leading_name(name).len() == name.len();
        return is_name.then(|| Target::Variable { name: name.to_owned(), operator: Some("#".to_owned()) });
    }
    if !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Target::Variable { name: body.to_owned(), operator: None });
    }
    let name = leading_name(body);
    let rest = &body[name.len()..];
    if name.is_empty() {
        return None;
    }
    if rest.is_empty() {
        if name == "params" {
            return Some(Target::Value { namespace: name.to_owned(), path: String::new() });
        }
        return Some(Target::Variable { name: name.to_owned(), operator: None });
    }
    if let Some(path) = rest.strip_prefix('.') {
        let (plain, slice) = path.split_once(':').map_or((path, None), |(plain, slice)| (plain, Some(slice)));
        let is_path =
            !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'));
        let is_slice = slice
            .is_none_or(|slice| !slice.is_empty() && slice.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b' ')));
        if !is_path || !is_slice {
            return None;
        }
        let (name, path) = (name.to_owned(), path.to_owned());
        if NAMESPACES.contains(&name.as_str()) {
            return slice.is_none().then_some(Target::Value { namespace: name, path });
        }
        return Some(Target::Property { name, path });
    }
    let is_operator = rest.starts_with([':', '-', '+', '?', '=', '#', '%', '/']);
    // A word with references of the DAG can be worked out; one with variables is left to the shell.
    let has_variables = rest.contains('$') && (depth >= MAX_DEPTH || !only_values(rest, depth + 1));
    (is_operator && !has_variables).then(|| Target::Variable { name: name.to_owned(), operator: Some(rest.to_owned()) })
}

fn only_values(text: &str, depth: usize) -> bool {
    dollars(text)
        .all(|(dollar, escaped)| !escaped && matches!(parse(text, dollar, depth), Parsed::Reference { target: Target::Value { .. }, .. }))
}

/// Whether a field has an operator that would assign: the engine then applies none in it.
fn assigns(text: &str, scope: &dyn Scope) -> bool {
    dollars(text).any(|(dollar, escaped)| match parse(text, dollar, 0) {
        Parsed::Reference { target: Target::Variable { name, operator: Some(operator) }, .. } if !escaped => {
            operator.starts_with(":=") && scope.variable(&name).is_some_and(|value| value.is_empty())
        }
        _ => false,
    })
}

fn value(target: &Target, scope: &dyn Scope, operators: bool) -> Option<String> {
    match target {
        Target::Value { namespace, path } => scope.dotted(namespace, path),
        Target::Property { name, path } => {
            let (plain, slice) = path.split_once(':').map_or((path.as_str(), None), |(plain, slice)| (plain, Some(slice)));
            let value = scope.dotted(name, plain)?;
            match slice {
                Some(slice) => substring(&value, slice),
                None => Some(value),
            }
        }
        Target::Variable { name, operator: None } => scope.variable(name),
        Target::Variable { name, operator: Some(operator) } => {
            let value = scope.variable(name)?;
            if !operators {
                return None;
            }
            let operator = expand(operator, scope, Policy::SHELL).text;
            operate(&value, &operator)
        }
    }
}

/// Applies a shell operator to the value of a variable that is set.
fn operate(value: &str, operator: &str) -> Option<String> {
    if operator == "#" {
        return Some(value.chars().count().to_string());
    }
    let kept = || Some(value.to_owned());
    let strip = |rest: Option<&str>| Some(rest.unwrap_or(value).to_owned());
    if let Some(word) = operator.strip_prefix(":-") {
        return if value.is_empty() { Some(word.to_owned()) } else { kept() };
    }
    if let Some(word) = operator.strip_prefix(":+") {
        return Some(if value.is_empty() { String::new() } else { word.to_owned() });
    }
    if operator.starts_with(":?") || operator.starts_with(":=") {
        return if value.is_empty() { None } else { kept() };
    }
    if let Some(slice) = operator.strip_prefix(':') {
        return substring(value, slice);
    }
    if let Some(word) = operator.strip_prefix('+') {
        return Some(word.to_owned());
    }
    if operator.starts_with(['-', '?', '=']) {
        return kept();
    }
    // Candidates run from the longest or the shortest match on, whichever the operator asks for.
    let cuts = || value.char_indices().map(|(at, _)| at).chain([value.len()]);
    if let Some(pattern) = operator.strip_prefix("##") {
        return strip(cuts().collect::<Vec<_>>().into_iter().rev().find(|&at| matches(pattern, &value[..at])).map(|at| &value[at..]));
    }
    if let Some(pattern) = operator.strip_prefix('#') {
        return strip(cuts().find(|&at| matches(pattern, &value[..at])).map(|at| &value[at..]));
    }
    if let Some(pattern) = operator.strip_prefix("%%") {
        return strip(cuts().find(|&at| matches(pattern, &value[at..])).map(|at| &value[..at]));
    }
    if let Some(pattern) = operator.strip_prefix('%') {
        return strip(cuts().collect::<Vec<_>>().into_iter().rev().find(|&at| matches(pattern, &value[at..])).map(|at| &value[..at]));
    }
    let (rest, all) = match operator.strip_prefix("//") {
        Some(rest) => (rest, true),
        None => (operator.strip_prefix('/')?, false),
    };
    let (pattern, with) = rest.split_once('/').unwrap_or((rest, ""));
    // Only literal patterns: the engine's rules for others were not measured.
    if pattern.is_empty() || pattern.contains(['*', '?', '[', '\\']) {
        return None;
    }
    Some(if all { value.replace(pattern, with) } else { value.replacen(pattern, with, 1) })
}

/// `offset` or `offset:length`, counted in characters; negative ones count from the end.
fn substring(value: &str, slice: &str) -> Option<String> {
    let (offset, length) = slice.split_once(':').map_or((slice, None), |(offset, length)| (offset, Some(length)));
    let chars: Vec<char> = value.chars().collect();
    let count = i64::try_from(chars.len()).ok()?;
    let offset: i64 = offset.trim().parse().ok()?;
    let start = if offset < 0 { (count.saturating_add(offset)).max(0) } else { offset.min(count) };
    let end = match length {
        None => count,
        Some(length) => {
            let length: i64 = length.trim().parse().ok()?;
            if length < 0 { count.saturating_add(length) } else { start.saturating_add(length).min(count) }
        }
    };
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end.max(start)).ok()?);
    Some(chars.get(start..end)?.iter().collect())
}

/// Whether a shell pattern (`*`, `?`, `[...]`, `\x`) matches a whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && t == text.len() {
            return true;
        }
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, t));
            p += 1;
            continue;
        }
        let advance = text.get(t).and_then(|&c| one(&pattern[p..], c));
        if let Some(width) = advance {
            p += width;
            t += 1;
            continue;
        }
        // What the last `*` takes grows by one.
        match star {
            Some((after, from)) if from < text.len() => {
                star = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// The characters of the pattern's first element, when it matches the character.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        [] => None,
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        ['[', rest @ ..] => {
            let negated = matches!(rest.first(), Some('!' | '^'));
            let set = if negated { &rest[1..] } else { rest };
            let close = set.iter().skip(1).position(|&x| x == ']').map(|at| at + 1)?;
            let mut hit = false;
            let mut at = 0;
            while at < close {
                if at + 2 < close && set[at + 1] == '-' {
                    hit |= (set[at]..=set[at + 2]).contains(&c);
                    at += 3;
                } else {
                    hit |= set[at] == c;
                    at += 1;
                }
            }
            (hit != negated).then_some(1 + usize::from(negated) + close + 1)
        }
        [literal, ..] => (*literal == c).then_some(1),
    }
}

/// The value as a double-quoted literal: what `"${NAME}"` becomes where the engine reads it.
fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Values;

    impl Scope for Values {
        fn variable(&self, name: &str) -> Option<String> {
            let value = match name {
                "P1" => "hello",
                "EMPTY" => "",
                "Q" => "a\"b\\c",
                "FILE" => "a/b/c.tar.gz",
                "AGAIN" => "${params.P1}",
                _ => return None,
            };
            Some(value.to_owned())
        }

        fn dotted(&self, head: &str, path: &str) -> Option<String> {
            match (head, path) {
                ("params", "P1") => Some("hello".to_owned()),
                ("params", "") => Some("{\"P1\":\"hello\"}".to_owned()),
                ("build", "output") => Some("0123".to_owned()),
                _ => None,
            }
        }
    }

    /// What the engine printed for each prompt, measured.
    #[test]
    fn fields() {
        for (text, expected) in [
            ("\"${Q}\" \"$Q\" ${Q}", "\"a\\\"b\\\\c\" \"a\"b\\c\" a\"b\\c"),
            ("\\${Q} \\\\${P1} \\\\\\$P1", "${Q} \\\\hello \\\\$P1"),
            ("${P1:-d} ${EMPTY:-d} ${P1-d} ${NOPE:-zz}", "hello d hello ${NOPE:-zz}"),
            ("${P1:+x}${EMPTY:+x}${EMPTY+y}", "xy"),
            ("${#P1} ${P1:1:2} ${P1: -2} ${P1:9}", "5 el lo "),
            ("${FILE##*/} ${FILE#*/} ${FILE%%.*} ${FILE%.*}", "c.tar.gz b/c.tar.gz a/b/c a/b/c.tar"),
            ("${P1//l/L} ${P1/l/L} ${P1^^}", "heLLo heLlo ${P1^^}"),
            ("$1 $P1x $P1. ${P1}x", "$1 $P1x hello. hellox"),
            ("${P1:-${Q}} ${P1:-${params.P1}}", "${P1:-${Q}} hello"),
            ("${params.P1} ${params} \\${params.P1} ${params.nope}", "hello {\"P1\":\"hello\"} ${params.P1} ${params.nope}"),
            ("it's $P1 and ${params.P1} don't \"${P1}\" ${P1}", "it's $P1 and hello don't \"hello\" hello"),
            ("'${P1}' it's $P1", "'${P1}' it's hello"),
            ("${EMPTY:?m} ${P1:?m}", "${EMPTY:?m} hello"),
            ("${EMPTY:=x} ${P1:-d} $P1", "${EMPTY:=x} ${P1:-d} hello"),
            ("$$ $? $ ${} ${ P1 } $(date) `date`", "$$ $? $ ${} ${ P1 } $(date) `date`"),
            ("${P1 ${P1} x", "${P1 ${P1} x"),
            ("$AGAIN ${build.output} ${build.output:1:2} ${build.nope}", "${params.P1} 0123 12 ${build.nope}"),
        ] {
            assert_eq!(expand(text, &Values, Policy::FIELD).text, expected, "{text}");
        }
    }

    #[test]
    fn shell_texts_keep_variables_and_backslashes() {
        let text = "echo $P1 \"${P1}\" \\$P1 '${params.P1}' \\${params.P1} ${X:-${params.P1}} '${build.output}' ${x.y}";
        let expected = "echo $P1 \"${P1}\" \\$P1 'hello' \\${params.P1} ${X:-hello} '0123' ${x.y}";
        assert_eq!(expand(text, &Values, Policy::SHELL), Expansion { text: expected.to_owned(), unresolved: Vec::new() });
    }

    #[test]
    fn what_has_no_value_is_reported() {
        let text = "${params.a} $B ${P1} ${c.output}";
        let unresolved = expand(text, &Values, Policy::FIELD).unresolved;
        let parts: Vec<_> = unresolved.iter().map(|reference| &text[reference.range.clone()]).collect();
        assert_eq!(parts, ["${params.a}", "$B", "${c.output}"]);
    }

    #[test]
    fn references_of_a_text() {
        let text = "a ${env.A} '$B' \\$C ${D:-${params.e}} ${f.output} ${G:-$H} \"${I}\"";
        let found: Vec<_> = find(text).into_iter().map(|r| (text[r.range].to_owned(), r.quoted)).collect();
        let expected = [
            ("${env.A}", false),
            ("$B", true),
            ("${D:-${params.e}}", false),
            ("${params.e}", false),
            ("${f.output}", false),
            ("${I}", false),
        ];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b)));
    }

    proptest! {
        #[test]
        fn never_panics(text in "([$\\\\{}'\"a-cP1:#%/*?\\[\\]. é-]|\\$\\{|params\\.|P1|EMPTY){0,40}") {
            for policy in [Policy::FIELD, Policy::SHELL, Policy::ENGINE_SHELL] {
                let expansion = expand(&text, &Values, policy);
                for reference in expansion.unresolved {
                    prop_assert!(text.get(reference.range).is_some_and(|part| part.starts_with('$')));
                }
            }
            for reference in find(&text) {
                prop_assert!(text.get(reference.range).is_some_and(|part| part.starts_with('$')));
            }
        }
    }
}
