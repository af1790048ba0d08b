//! The actions between `{{` and `}}` of the engine's templates: what its language has no sign for, and the
//! functions that it knows, found out by calling each.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Sorted by bytes.
#[rustfmt::skip]
static NAMES: &[&str] = &[
    "add", "add1", "adler32sum", "all", "and", "any", "append", "atoi", "b32dec", "b32enc", "b64dec", "b64enc", "base", "biggest", "call",
    "cat", "ceil", "chunk", "clean", "coalesce", "compact", "concat", "contains", "deepEqual", "default", "dict", "dig", "dir", "div",
    "empty", "eq", "ext", "fail", "false", "first", "float64", "floor", "fromJson", "ge", "get", "gt", "has", "hasKey", "hasPrefix",
    "hasSuffix", "hello", "html", "indent", "index", "initial", "int", "int64", "isAbs", "join", "js", "json", "keys", "kindIs", "kindOf",
    "last", "le", "len", "list", "lower", "lt", "max", "maxf", "min", "minf", "mod", "mul", "mustAppend", "mustChunk", "mustCompact",
    "mustFirst", "mustFromJson", "mustHas", "mustInitial", "mustLast", "mustPrepend", "mustPush", "mustRegexFind", "mustRegexFindAll",
    "mustRegexMatch", "mustRegexReplaceAll", "mustRegexReplaceAllLiteral", "mustRegexSplit", "mustRest", "mustReverse", "mustSlice",
    "mustToJson", "mustToPrettyJson", "mustToRawJson", "mustUniq", "mustWithout", "ne", "nil", "nindent", "not", "omit", "or", "osBase",
    "osClean", "osDir", "osExt", "osIsAbs", "pick", "pluck", "plural", "prepend", "print", "printf", "println", "push", "quote",
    "regexFind", "regexFindAll", "regexMatch", "regexQuoteMeta", "regexReplaceAll", "regexReplaceAllLiteral", "regexSplit", "repeat",
    "replace", "rest", "reverse", "round", "seq", "set", "sha1sum", "sha256sum", "slice", "sortAlpha", "split", "splitList", "splitn",
    "squote", "sub", "substr", "ternary", "title", "toDecimal", "toJson", "toPrettyJson", "toRawJson", "toString", "toStrings", "trim",
    "trimAll", "trimPrefix", "trimSuffix", "trimall", "true", "trunc", "tuple", "typeIs", "typeIsLike", "typeOf", "uniq", "unset",
    "until", "untilStep", "upper", "urlJoin", "urlParse", "urlquery", "values", "without",
];

/// A word at which a command starts: first of all, or after `|`, `(`, a keyword or `:=`.
static WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^-?|[|(]|:=)\s*(?:(?:if|else\s+if|else\s+with|range|with)\s+)?([A-Za-z_][A-Za-z0-9_]*)").ok());

const KEYWORDS: [&str; 10] = ["if", "else", "range", "with", "end", "define", "block", "template", "break", "continue"];

/// The body with a mark of the same length in place of each text in quotes.
fn without_texts(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut quote = None;
    let mut is_escaped = false;
    for c in body.chars() {
        let is_text = quote.is_some();
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some('"' | '\'') if c == '\\' => is_escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {}
        }
        if is_text || quote.is_some() { out.extend(std::iter::repeat_n('0', c.len_utf8())) } else { out.push(c) }
    }
    out
}

/// The first function in the body of a template action that does not exist, in bytes of the body.
pub fn unknown(body: &str) -> Option<Range<usize>> {
    if body.trim_start_matches('-').trim_start().starts_with("/*") {
        return None;
    }
    let bare = without_texts(body);
    let words = WORD.as_ref()?.captures_iter(&bare).filter_map(|found| found.get(1));
    words
        .filter(|word| !KEYWORDS.contains(&word.as_str()))
        .find(|word| NAMES.binary_search(&word.as_str()).is_err())
        .map(|word| word.range())
}

/// The first sign in the body of a template action that the language does not have, in bytes of the body, with what to
/// write instead. Texts in quotes and comments are passed over.
pub fn foreign(body: &str) -> Option<(Range<usize>, &'static str)> {
    let inner = body.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(body);
    let start = body.len() - inner.len();
    let inner = inner.strip_suffix('-').filter(|rest| rest.ends_with(char::is_whitespace)).unwrap_or(inner);
    if inner.trim_start().starts_with("/*") {
        return None;
    }
    let bare = without_texts(inner);
    let signs: Vec<(usize, char)> = bare.char_indices().collect();
    for (index, &(at, c)) in signs.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| signs.get(before)).map_or(' ', |&(_, c)| c);
        let after = signs.get(index + 1).map_or(' ', |&(_, c)| c);
        let whole = |length: usize| start + at..start + at + length;
        let two = || whole(1 + usize::from(after == '=' || after == c) * after.len_utf8());
        let found = match c {
            '=' if after == '=' => Some((two(), "a template compares with `eq`: `eq .input.a \"x\"`")),
            '!' if after == '=' => Some((two(), "a template compares with `ne`: `ne .input.a \"x\"`")),
            '!' => Some((whole(1), "a template negates with `not`: `not .input.a`")),
            '<' | '>' => Some((two(), "a template compares with `lt`, `le`, `gt` and `ge`: `gt .input.a 1`")),
            '&' => Some((two(), "a template joins conditions with `and`: `and .input.a .input.b`")),
            '|' if after == '|' => Some((two(), "a template joins conditions with `or`: `or .input.a .input.b`")),
            '-' if before.is_ascii_alphanumeric() || before == '_' => {
                Some((whole(1), "a name in a template has no `-`: `index .input \"my-name\"` reads such a one"))
            }
            '[' => Some((whole(1), "a template reads a part with `index`: `index .input.list 0`")),
            '%' | '#' | '?' | ';' | '@' | ']' | '{' | '}' | '*' | '/' | '^' | '~' => Some((whole(1), "a template has no such sign")),
            '.' if after == '.' => Some((two(), "between two dots there is no name")),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
