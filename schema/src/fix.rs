//! Fixes applied to a text, as long as the text is not worse for it.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::source::Encoding;
use crate::suppress::{NEVER, ignore_here};
use crate::workflow::lineage;

/// How often a text is gone through: fixes inside of others come in later rounds.
const ROUNDS: usize = 200;

/// A text after some edits, which do not overlap.
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len() + 1024);
    let mut at = 0;
    for edit in edits {
        out += text.get(at..edit.span.start).unwrap_or_default();
        out += &edit.text;
        at = edit.span.end;
    }
    out += text.get(at..).unwrap_or_default();
    out
}

/// Which findings of a text are to be fixed, and how.
pub type Choose<'c> = &'c dyn Fn(&Analysis, &Diagnostic) -> Option<Fix>;

/// Whether a text is good after some fixes: the text before, what was applied, and the text after.
pub type Holds<'h> = &'h dyn Fn(&Analysis, &[&Applied], &Analysis) -> bool;

/// A fix, and what it is to remove.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The fix.
    pub fix: Fix,
    /// The line of the first finding, from 1, in the text that the fix was applied to.
    pub line: usize,
    /// Rule and message of each finding that has this fix.
    pub findings: Vec<(&'static str, String)>,
}

/// A text that is being fixed.
pub struct Work<'a> {
    /// The text as it is now, read and judged.
    pub analysis: Analysis,
    /// What was applied.
    pub done: Vec<Applied>,
    analyze: &'a dyn Fn(&str) -> Analysis,
}

impl<'a> Work<'a> {
    /// A text, read and judged, and what reads and judges others.
    pub fn new(analysis: Analysis, analyze: &'a dyn Fn(&str) -> Analysis) -> Self {
        Self { analysis, done: Vec::new(), analyze }
    }

    /// Applies what fixes are chosen, again and again, as long as the result holds. A fix for
    /// which it does not hold is left out, and only that.
    pub fn improve(&mut self, choose: Choose<'_>, holds: Holds<'_>) {
        for _ in 0..ROUNDS {
            let fixes = self.fixes(choose);
            let fixes: Vec<&Applied> = fixes.iter().collect();
            let mut round = Round { work: self, holds, kept: Vec::new(), after: None };
            round.take(&fixes);
            let (kept, after) = (round.kept, round.after);
            let Some(after) = after else { return };
            let done: Vec<Applied> = kept.into_iter().cloned().collect();
            self.done.extend(done);
            self.analysis = after;
        }
    }

    /// The chosen fixes that go together, each once.
    fn fixes(&self, choose: Choose<'_>) -> Vec<Applied> {
        let tree = &self.analysis.tree;
        let mut fixes: Vec<Applied> = Vec::new();
        // From the first to the last byte that a fix touches, and which fix that is.
        let mut taken: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for found in &self.analysis.diagnostics {
            let Some(fix) = choose(&self.analysis, found) else { continue };
            let Some(start) = fix.edits.iter().map(|edit| edit.span.start).min() else { continue };
            let end = fix.edits.iter().map(|edit| edit.span.end).max().unwrap_or(start);
            let of = (found.rule, found.message.clone());
            let meets = taken.range(..=end).next_back().filter(|(_, (last, _))| *last >= start);
            match meets.and_then(|(_, (_, at))| fixes.get_mut(*at)) {
                Some(same) if same.fix.edits == fix.edits => same.findings.push(of),
                Some(_) => {}
                None => {
                    taken.insert(start, (end, fixes.len()));
                    let line = tree.lines.position(&tree.text, found.span.start, Encoding::Chars).line + 1;
                    fixes.push(Applied { fix, line, findings: vec![of] });
                }
            }
        }
        fixes
    }
}

/// One look at a text: of the fixes that go together, those with which it holds.
struct Round<'r, 'w> {
    work: &'r Work<'w>,
    holds: Holds<'r>,
    kept: Vec<&'r Applied>,
    after: Option<Analysis>,
}

impl<'r> Round<'r, '_> {
    /// Keeps what it can of some fixes. Where they do not hold together, each half by itself: few
    /// bad ones among many are found in few steps.
    fn take(&mut self, fixes: &[&'r Applied]) {
        if fixes.is_empty() {
            return;
        }
        let tried: Vec<&Applied> = self.kept.iter().chain(fixes).copied().collect();
        let edits = tried.iter().flat_map(|applied| &applied.fix.edits);
        let after = (self.work.analyze)(&edited(&self.work.analysis.tree.text, edits));
        if (self.holds)(&self.work.analysis, &tried, &after) {
            self.kept.extend(fixes);
            self.after = Some(after);
        } else if fixes.len() > 1 {
            let (first, second) = fixes.split_at(fixes.len() / 2);
            self.take(first);
            self.take(second);
        }
    }
}

/// A text after fixing.
pub struct Fixed {
    /// The text, read and judged: its findings are those that remain.
    pub analysis: Analysis,
    /// The number of findings that were fixed.
    pub count: usize,
}

/// Applies the fixes that findings carry, `unsafe_too` also those that are not safe. The result has
/// no error that the text did not have; a second time changes nothing.
pub fn fix(analysis: Analysis, unsafe_too: bool, analyze: &dyn Fn(&str) -> Analysis) -> Fixed {
    let choose = move |_: &Analysis, found: &Diagnostic| {
        let safe = found.fixes.iter().find(|fix| fix.safety == Safety::Safe);
        safe.or_else(|| found.fixes.first().filter(|_| unsafe_too)).cloned()
    };
    // What is said of a mapping is true only once its keys are spelt right.
    let names = |analysis: &Analysis, found: &Diagnostic| choose(analysis, found).filter(|_| OF_KEYS.contains(&found.rule));
    fix_chosen(fix_chosen(Fixed { analysis, count: 0 }, &names, analyze), &choose, analyze)
}

/// Suppresses the findings by comments with a reason; the result has no finding that the text did not have.
pub fn ignore(analysis: Analysis, reason: &str, analyze: &dyn Fn(&str) -> Analysis) -> Fixed {
    // Of what could not be read, nobody knows where a comment may stand.
    if analysis.diagnostics.iter().any(|found| found.rule == NEVER) {
        return Fixed { analysis, count: 0 };
    }
    let before = analysis.diagnostics.len();
    let mut work = Work::new(analysis, analyze);
    work.improve(&|analysis, found| ignore_here(&analysis.tree, found, reason), &|before, _, after| has_fewer(before, after));
    let count = before.saturating_sub(work.analysis.diagnostics.len());
    Fixed { analysis: work.analysis, count }
}

/// Whether there are fewer findings, and of no rule more.
fn has_fewer(before: &Analysis, after: &Analysis) -> bool {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for found in &before.diagnostics {
        *left.entry(found.rule).or_default() += 1;
    }
    let is_one_of_them = |found: &Diagnostic| left.get_mut(found.rule).filter(|left| **left > 0).map(|left| *left -= 1).is_some();
    after.diagnostics.len() < before.diagnostics.len() && after.diagnostics.iter().all(is_one_of_them)
}

/// Rules whose fixes give a key its right name.
const OF_KEYS: [&str; 3] = ["unknown-key", "ignored-key", "missing-key"];

fn fix_chosen(mut fixed: Fixed, choose: Choose<'_>, analyze: &dyn Fn(&str) -> Analysis) -> Fixed {
    for _ in 0..ROUNDS {
        let done = through_errors(&fixed.analysis, choose, analyze).unwrap_or_else(|| {
            let mut work = Work::new(fixed.analysis.clone(), analyze);
            work.improve(choose, &|before, applied, after| {
                gone(before, applied, after) && is_better(before, after) && keeps_names(before, applied, after)
            });
            work
        });
        let count = done.done.iter().map(|applied| applied.findings.len()).sum::<usize>();
        if count == 0 {
            break;
        }
        fixed = Fixed { analysis: done.analysis, count: fixed.count + count };
    }
    fixed
}

/// Fixes a text by way of errors that come to light and can be fixed too, as in a mapping whose key
/// was not known; `None` when that does not end well.
fn through_errors<'a>(analysis: &Analysis, choose: Choose<'_>, analyze: &'a dyn Fn(&str) -> Analysis) -> Option<Work<'a>> {
    let mut work = Work::new(analysis.clone(), analyze);
    work.improve(choose, &|before, applied, after| {
        gone(before, applied, after)
            && no_new_error(before, after, |found| choose(after, found).is_some())
            && keeps_names(before, applied, after)
    });
    (work.done.is_empty() || is_better(analysis, &work.analysis)).then_some(work)
}

/// Whether the findings that were to be fixed are no more.
fn gone(before: &Analysis, applied: &[&Applied], after: &Analysis) -> bool {
    let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
    for found in &before.diagnostics {
        *counts.entry((found.rule, &found.message)).or_default() += 1;
    }
    for (rule, message) in applied.iter().flat_map(|applied| &applied.findings) {
        let count = counts.entry((rule, message)).or_default();
        *count = count.saturating_sub(1);
    }
    let fixed: HashMap<(&str, &str), usize> = {
        let keys = applied.iter().flat_map(|applied| &applied.findings).map(|(rule, message)| (*rule, message.as_str()));
        keys.map(|key| (key, counts.get(&key).copied().unwrap_or(0))).collect()
    };
    let mut left = fixed;
    after.diagnostics.iter().all(|found| match left.get_mut(&(found.rule, found.message.as_str())) {
        Some(0) => false,
        Some(count) => {
            *count -= 1;
            true
        }
        None => true,
    })
}

/// Whether the names that steps see mean what they meant. A fix that writes another word in place of
/// one changes what that word means, and is meant to; one that adds, takes away or moves is not.
fn keeps_names(before: &Analysis, applied: &[&Applied], after: &Analysis) -> bool {
    let text = &before.tree.text;
    let is_word = |edit: &Edit| {
        let old = text.get(edit.span.range()).unwrap_or_default();
        !old.is_empty() && !edit.text.is_empty() && !old.contains('\n') && !edit.text.contains('\n')
    };
    if applied.iter().all(|applied| applied.fix.edits.iter().all(is_word)) || before.workflows.len() != after.workflows.len() {
        return true;
    }
    let pairs = before.workflows.iter().zip(&after.workflows);
    pairs.into_iter().all(|(old, new)| lineage::is_kept((old, &before.dotenv), (new, &after.dotenv)))
}

/// Whether a text has no new error, and fewer findings: of the worst kind that differs.
fn is_better(before: &Analysis, after: &Analysis) -> bool {
    // A comment that has nothing left to suppress is no reason to leave a fault.
    let count = |analysis: &Analysis| {
        let rank = |found: &Diagnostic| match (found.rule, found.severity) {
            ("unused-suppression", _) => 4,
            (_, Severity::Error) => 0,
            (_, Severity::Warning) => 1,
            (_, Severity::Info) => 2,
            (_, Severity::Hint) => 3,
        };
        let mut counts = [0_usize; 5];
        analysis.diagnostics.iter().for_each(|found| counts[rank(found)] += 1);
        counts
    };
    no_new_error(before, after, |_| false) && count(after) < count(before)
}

/// Whether every error of the second was one of the first, or is of no account.
pub fn no_new_error(before: &Analysis, after: &Analysis, is_of_no_account: impl Fn(&Diagnostic) -> bool) -> bool {
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
    let all = analysis.diagnostics.iter().chain(&analysis.suppressed);
    all.filter(|found| found.severity == Severity::Error || found.refused)
}
