//! A text with older spellings to one without. Each step of it is checked: the result loads as
//! well as before, and what it says is the same.

use dagu_schema::fix::{Applied, Work, no_new_error};
use dagu_schema::{Analysis, Diagnostic, Encoding, Fix, Safety, Severity};

use super::same;

/// A text after conversion.
pub(super) struct Conversion {
    /// The text.
    pub(super) text: String,
    /// What was changed.
    pub(super) done: Vec<Place>,
    /// What a person has to look at, by its place in the new text.
    pub(super) left: Vec<Place>,
}

/// Something about a line, which counts from 1.
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Applies the safe fixes. Fails, with the place, on a text that is no YAML.
pub(super) fn convert(text: &str, analyze: &dyn Fn(&str) -> Analysis) -> Result<Conversion, Place> {
    let first = analyze(text);
    if let Some(error) = first.diagnostics.iter().find(|found| found.rule.starts_with("yaml-") && found.severity == Severity::Error) {
        return Err(place(&first, error, error.message.clone()));
    }
    let mut work = Work::new(first, analyze);
    // A key that the engine does not know makes it reject the file: nothing is the same as before. A
    // key inside of what had an unknown key is seen only when that has its name.
    work.improve(&snake_case, &|before, _, after| no_new_error(before, after, |found| snake_case(after, found).is_some()));
    work.improve(&today, &|before, _, after| {
        no_new_error(before, after, |_| false) && same::workflows(&before.workflows, &after.workflows)
    });
    let Work { analysis, done, .. } = work;
    let left = analysis.diagnostics.iter().filter(|found| is_left(&analysis, found));
    let left = left.map(|found| place(&analysis, found, with_help(found))).collect();
    let done = done.into_iter().map(|Applied { fix, line, .. }| Place { line, what: fix.title }).collect();
    Ok(Conversion { text: analysis.tree.text.to_string(), done, left })
}

/// The safe fix of an older spelling.
fn today(_: &Analysis, found: &Diagnostic) -> Option<Fix> {
    let fix = found.fixes.iter().find(|fix| fix.safety == Safety::Safe)?;
    (found.rule == "deprecated-syntax").then(|| fix.clone())
}

/// The new name of a key in camelCase.
fn snake_case(analysis: &Analysis, found: &Diagnostic) -> Option<Fix> {
    let key = unknown_key(analysis, found)?;
    let fix = found.fixes.iter().find(|fix| fix.safety == Safety::Safe)?;
    let [edit] = fix.edits.as_slice() else { return None };
    (edit.text == snake(key)).then(|| fix.clone())
}

/// An unknown key in camelCase.
fn unknown_key<'a>(analysis: &'a Analysis, found: &Diagnostic) -> Option<&'a str> {
    let key = analysis.tree.text.get(found.span.range())?;
    (found.rule == "unknown-key" && snake(key) != key).then_some(key)
}

/// `retryPolicy` as `retry_policy`, `disableSSL` as `disable_ssl`.
fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 2);
    let mut after_lower = false;
    for c in key.chars() {
        if c.is_ascii_uppercase() && after_lower {
            out.push('_');
        }
        after_lower = c.is_ascii_lowercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Whether a finding is about an older spelling. Of an unknown key in camelCase only when there
/// is something to say about it.
fn is_left(analysis: &Analysis, found: &Diagnostic) -> bool {
    found.rule == "deprecated-syntax" || (unknown_key(analysis, found).is_some() && found.help.is_some())
}

fn place(analysis: &Analysis, found: &Diagnostic, what: String) -> Place {
    let tree = &analysis.tree;
    Place { line: tree.lines.position(&tree.text, found.span.start, Encoding::Chars).line + 1, what }
}

fn with_help(found: &Diagnostic) -> String {
    match (&found.help, found.fixes.first()) {
        (Some(help), _) => format!("{} ({help})", found.message),
        (None, Some(fix)) if fix.safety == Safety::Unsafe => {
            format!("{} (the new step may act differently: look at it, then take the fix in your editor)", found.message)
        }
        _ => found.message.clone(),
    }
}
