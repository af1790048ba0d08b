//! Patterns of file names.

/// Whether the engine accepts a pattern: brackets and braces closed, no backslash at the end.
pub fn is_valid(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    let mut open_braces = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '[' if !skip_class(&mut chars) => return false,
            '{' => open_braces += 1,
            '}' if open_braces == 0 => return false,
            '}' => open_braces -= 1,
            _ => {}
        }
    }
    open_braces == 0
}

/// Goes past the `]` of a class of characters; false when it is empty or not closed.
fn skip_class(chars: &mut std::str::Chars<'_>) -> bool {
    let mut first = chars.next();
    if matches!(first, Some('^' | '!')) {
        first = chars.next();
    }
    if matches!(first, None | Some(']')) {
        return false;
    }
    let mut next = first;
    while let Some(c) = next {
        match c {
            ']' => return true,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
        next = chars.next();
    }
    false
}
