//! A text with older spellings to one without. Each step of it is checked: the result loads as
//! well as before, and what it says is the same.

use std::collections::HashMap;

use dagu_schema::{Analysis, Diagnostic, Edit, Encoding, Fix, Safety, Severity};

use super::same;

/// How often a text is gone through: fixes inside of others come in later rounds.
const ROUNDS: usize = 200;

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
    let mut work = Work { analysis: first, text: text.to_owned(), analyze, done: Vec::new() };
    // A key that the engine does not know makes it reject the file: nothing is the same as before.
    work.improve(snake_case, &|before, after| no_new_error(before, after, |found| snake_case(after, found).is_some()));
    work.improve(today, &|before, after| no_new_error(before, after, |_| false) && same::workflows(&before.workflows, &after.workflows));
    let left = work.analysis.diagnostics.iter().filter(|found| is_left(&work.analysis, found));
    let left = left.map(|found| place(&work.analysis, found, with_help(found))).collect();
    Ok(Conversion { text: work.text, done: work.done, left })
}

/// A text that is being converted.
struct Work<'a> {
    analysis: Analysis,
    text: String,
    analyze: &'a dyn Fn(&str) -> Analysis,
    done: Vec<Place>,
}

impl Work<'_> {
    /// Applies what fixes are chosen, as long as the result holds.
    fn improve(&mut self, choose: fn(&Analysis, &Diagnostic) -> Option<Fix>, holds: &dyn Fn(&Analysis, &Analysis) -> bool) {
        for _ in 0..ROUNDS {
            let fixes = self.fixes(choose);
            if fixes.is_empty() {
                return;
            }
            let mut applied: Vec<&(Place, Fix)> = fixes.iter().collect();
            let mut after = self.after(&applied);
            if !holds(&self.analysis, &after) {
                // One of them does not do: those that do, one by one.
                applied.clear();
                for fix in &fixes {
                    applied.push(fix);
                    if !holds(&self.analysis, &self.after(&applied)) {
                        applied.pop();
                    }
                }
                if applied.is_empty() {
                    return;
                }
                after = self.after(&applied);
            }
            self.done.extend(applied.iter().map(|(place, fix)| Place { line: place.line, what: fix.title.clone() }));
            self.text = after.tree.text.to_string();
            self.analysis = after;
        }
    }

    /// The chosen fixes that go together, each once.
    fn fixes(&self, choose: fn(&Analysis, &Diagnostic) -> Option<Fix>) -> Vec<(Place, Fix)> {
        let mut fixes: Vec<(Place, Fix)> = Vec::new();
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for found in &self.analysis.diagnostics {
            let Some(fix) = choose(&self.analysis, found) else { continue };
            let start = fix.edits.iter().map(|edit| edit.span.start).min().unwrap_or(0);
            let end = fix.edits.iter().map(|edit| edit.span.end).max().unwrap_or(0);
            // Findings come by place, so a fix can only meet the one before it.
            if taken.last().is_none_or(|&(_, last)| start > last) {
                taken.push((start, end));
                fixes.push((place(&self.analysis, found, String::new()), fix));
            }
        }
        fixes
    }

    fn after(&self, fixes: &[&(Place, Fix)]) -> Analysis {
        let mut edits: Vec<&Edit> = fixes.iter().flat_map(|(_, fix)| &fix.edits).collect();
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let mut text = String::with_capacity(self.text.len() + 1024);
        let mut at = 0;
        for edit in edits {
            text += self.text.get(at..edit.span.start).unwrap_or_default();
            text += &edit.text;
            at = edit.span.end;
        }
        text += self.text.get(at..).unwrap_or_default();
        (self.analyze)(&text)
    }
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

/// Whether every error of the second was one of the first, or is of no account: a key inside of
/// what had an unknown key is seen only when that has its name.
fn no_new_error(before: &Analysis, after: &Analysis, is_of_no_account: impl Fn(&Diagnostic) -> bool) -> bool {
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for found in errors(before) {
        *known.entry((found.rule, &found.message)).or_default() += 1;
    }
    errors(after).filter(|found| !is_of_no_account(found)).all(|found| {
        let count = known.entry((found.rule, &found.message)).or_default();
        *count > 0 && {
            *count -= 1;
            true
        }
    })
}

fn errors(analysis: &Analysis) -> impl Iterator<Item = &Diagnostic> {
    analysis.diagnostics.iter().filter(|found| found.severity == Severity::Error)
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
