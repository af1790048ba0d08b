//! "Did you mean": the nearest of some known names.

/// The known name that is nearest to what was written, when it is near enough to be what was
/// meant: at most one edit for names of up to three characters, two up to eight, else three;
/// never as many edits as the name is long. Letter case and `-` for `_` cost nothing.
///
/// Of very many known names only the first are looked at, so that a large file with many slips
/// costs no more than its size.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const MOST_KNOWN: usize = 500;
    let written = snake_case(written);
    let length = written.chars().count();
    let limit = match length {
        0..=3 => 1,
        4..=8 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .take(MOST_KNOWN)
        .map(|name| (strsim::osa_distance(&written, &snake_case(name)), name))
        .filter(|&(edits, name)| edits <= limit && edits < length.min(name.chars().count()))
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// Snake case, so that `pullPolicy`, `pull-policy` and `PULL_POLICY` are all `pull_policy`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && after_lower {
            out.push('_');
        }
        after_lower = c.is_lowercase() || c.is_numeric();
        out.extend(if c == '-' { '_' } else { c }.to_lowercase());
    }
    out
}
