//! Functions that the engine's templates know, found out by calling each.

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

/// The first function in the body of a template action that does not exist, in bytes of the body.
/// A body with texts in quotes is not looked at.
pub fn unknown(body: &str) -> Option<Range<usize>> {
    if body.contains(['"', '`', '\'']) || body.trim_start_matches('-').trim_start().starts_with("/*") {
        return None;
    }
    let words = WORD.as_ref()?.captures_iter(body).filter_map(|found| found.get(1));
    words
        .filter(|word| !KEYWORDS.contains(&word.as_str()))
        .find(|word| NAMES.binary_search(&word.as_str()).is_err())
        .map(|word| word.range())
}
