//! References to images, by the grammar of Docker's `distribution/reference`.

use std::ops::Range;

/// What is wrong with a reference to an image: the part, and what it should be.
pub fn fault(text: &str) -> Option<(Range<usize>, &'static str)> {
    let whole = 0..text.len();
    if text.trim().is_empty() {
        return Some((whole, "it holds blanks only"));
    }
    if let Some(at) = text.find(|c: char| c.is_whitespace() || !c.is_ascii()) {
        let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        return Some((at..at + length, "a reference has no blanks and ASCII characters only"));
    }
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Some((rest.len() + 1..text.len(), "a digest is an algorithm and hexadecimal digits, such as `sha256:...`"));
    }
    let after_slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = rest.get(after_slash..).and_then(|last| last.find(':')).map(|at| after_slash + at);
    let (name, tag) = colon.map_or((rest, None), |at| (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)));
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Some((
            name.len() + 1..rest.len(),
            "a tag has letters, digits, `_`, `.` and `-`, at most 128, and does not start with `.` or `-`",
        ));
    }
    let path_start = name.find('/').filter(|&slash| is_domain(name.get(..slash).unwrap_or_default())).map_or(0, |slash| slash + 1);
    let path = name.get(path_start..).unwrap_or_default();
    let mut at = path_start;
    for part in path.split('/') {
        let span = if part.is_empty() { at.saturating_sub(1)..at.max(1) } else { at..at + part.len() };
        if part.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some((span, "the name of an image is in lower case"));
        }
        if !is_component(part) {
            return Some((span, "each part of the name has letters and digits, with single `.`, `_` or `-` between them"));
        }
        at += part.len() + 1;
    }
    None
}

/// Whether the first part of a name is the host of a registry.
fn is_domain(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_digest(digest: &str) -> bool {
    digest
        .split_once(':')
        .is_some_and(|(algorithm, hex)| !algorithm.is_empty() && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_tag(tag: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=128).contains(&tag.len()) && tag.bytes().all(allowed) && !tag.starts_with(['.', '-'])
}

/// Lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_component(part: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|between| !between.is_empty());
    let mut separators = separators;
    is_edge(part.chars().next())
        && is_edge(part.chars().next_back())
        && separators.all(|between| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}
