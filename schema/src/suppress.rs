//! Findings that a comment of the author suppresses: `# dagu-rs: ignore[rule] reason`.
//!
//! A comment beside something covers its line, and the text that starts there. On a line of its
//! own it covers the key, with its value, or the list item that starts on the next line.
//! `# dagu-rs: file-ignore[rule] reason` covers the file.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use crate::analysis::Analysis;
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::rules;
use crate::source::Span;
use crate::suggest::nearest;
use crate::syntax::{Kind, Node, Tree};

/// The rule about comments that suppress nothing.
const UNUSED: &str = "unused-suppression";

/// What a comment that suppresses findings starts with.
pub const DIRECTIVE: &str = "dagu-rs:";

/// What no comment suppresses: what could not be read is not judged, so all else is uncertain.
pub const NEVER: &str = "yaml-syntax";

/// A comment that suppresses findings.
struct Directive {
    /// The whole comment that it is in, from its `#`.
    comment: Span,
    /// From its own `#` to its end.
    span: Span,
    /// `ignore` or `file-ignore`.
    word: Span,
    /// The names in brackets; `None` without brackets.
    names: Option<Names>,
    /// Where findings start that it covers; `None` for the whole file.
    covered: Option<Range<usize>>,
    /// Whether nothing else stands on its line.
    own_line: bool,
}

struct Names {
    /// What stands between the brackets.
    inner: Span,
    each: Vec<Name>,
}

struct Name {
    span: Span,
    /// Whether it suppressed a finding.
    used: bool,
}

impl Analysis {
    /// Takes out the findings that comments in the text suppress, and reports the comments that
    /// suppress nothing.
    #[must_use]
    pub fn suppress(mut self) -> Self {
        let mut directives = directives(&self.tree);
        if directives.is_empty() {
            return self;
        }
        let found = std::mem::take(&mut self.diagnostics);
        self.take(&mut directives, found, &|_| true);
        let unused = unused(&self.tree, &directives, |name| name != UNUSED);
        self.take(&mut directives, unused, &|name| name == UNUSED);
        self.diagnostics.extend(unused_of_itself(&self.tree, &directives));
        self.diagnostics.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
        self
    }

    /// Sorts findings into those that are suppressed and those that are not. `by`: the names that
    /// count.
    fn take(&mut self, directives: &mut [Directive], mut found: Vec<Diagnostic>, by: &dyn Fn(&str) -> bool) {
        let text = self.tree.text.clone();
        let mut of_file: HashMap<&str, bool> = HashMap::new();
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for (at, directive) in directives.iter().enumerate() {
            match &directive.covered {
                Some(range) => waiting.push((range.start, at)),
                None => of_file.extend(directive.names().filter_map(|name| Some((text.get(name.span.range())?, false)))),
            }
        }
        let mut covering: Vec<usize> = Vec::new();
        found.sort_by_key(|found| found.span.start);
        waiting.sort_unstable();
        let mut waiting = waiting.into_iter().peekable();
        for found in found {
            let start = found.span.start;
            while let Some((_, at)) = waiting.next_if(|(first, _)| *first <= start) {
                covering.push(at);
            }
            let covers =
                |at: usize| directives.get(at).and_then(|directive| directive.covered.as_ref()).is_some_and(|range| start < range.end);
            covering.retain(|&at| covers(at));
            let mut suppressed = false;
            if found.rule != NEVER && by(found.rule) {
                for at in &covering {
                    for name in
                        directives.get_mut(*at).and_then(|directive| directive.names.as_mut()).into_iter().flat_map(|names| &mut names.each)
                    {
                        if text.get(name.span.range()) == Some(found.rule) {
                            (name.used, suppressed) = (true, true);
                        }
                    }
                }
                if let Some(used) = of_file.get_mut(found.rule) {
                    (*used, suppressed) = (true, true);
                }
            }
            if suppressed { self.suppressed.push(found) } else { self.diagnostics.push(found) }
        }
        for name in directives
            .iter_mut()
            .filter(|directive| directive.covered.is_none())
            .filter_map(|directive| directive.names.as_mut())
            .flat_map(|names| &mut names.each)
        {
            name.used |= text.get(name.span.range()).and_then(|text| of_file.get(text)).is_some_and(|used| *used);
        }
    }
}

impl Directive {
    fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().flat_map(|names| &names.each)
    }
}

/// The directives of a text.
fn directives(tree: &Tree) -> Vec<Directive> {
    let is_candidate = |comment: &&Span| tree.text.get(comment.range()).is_some_and(|text| text.contains(DIRECTIVE));
    let mut directives: Vec<Directive> = tree.comments.iter().filter(is_candidate).filter_map(|&comment| read(tree, comment)).collect();
    if directives.is_empty() {
        return directives;
    }
    let units = units_of(tree);
    // From the last on, so that comments on top of each other are each gone through once.
    let mut below = None;
    for directive in directives.iter_mut().rev() {
        let number = tree.lines.line_of(directive.comment.start);
        let covered = covered(tree, &units, directive.comment, directive.own_line, below.take());
        if directive.own_line {
            below = Some((number, covered.clone()));
        }
        let is_file = tree.text.get(directive.word.range()) == Some("file-ignore");
        directive.covered = (!is_file).then_some(covered);
    }
    directives
}

/// Reads a comment; `None` for one that is no directive, nor meant to be one.
fn read(tree: &Tree, comment: Span) -> Option<Directive> {
    const PREFIX: &str = "dagu-rs:";
    let text = tree.text.get(comment.range())?;
    let (hash, rest) = text.match_indices('#').find_map(|(at, _)| {
        let is_start = at == 0 || text[..at].ends_with([' ', '\t']);
        Some((at, text[at + 1..].trim_start().strip_prefix(PREFIX)?)).filter(|_| is_start)
    })?;
    let at = |part: &str| comment.start + text.len() - part.len();
    let rest = rest.trim_start();
    let word = rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or_default();
    let after = &rest[word.len()..];
    let in_brackets = after.trim_start().strip_prefix('[').and_then(|inner| Some(&inner[..inner.find(']')?]));
    let is_meant = matches!(word, "ignore" | "file-ignore") || (in_brackets.is_some() && !word.is_empty());
    if !is_meant {
        return None;
    }
    let names = in_brackets.map(|inner| {
        let start = at(after.trim_start()) + 1;
        let mut each = Vec::new();
        let mut offset = start;
        for part in inner.split(',') {
            let name = part.trim();
            let from = offset + (part.len() - part.trim_start().len());
            if !name.is_empty() {
                each.push(Name { span: Span::new(from, from + name.len()), used: false });
            }
            offset += part.len() + 1;
        }
        Names { inner: Span::new(start, start + inner.len()), each }
    });
    let line = tree.lines.line_span(&tree.text, tree.lines.line_of(comment.start));
    let own_line = tree.text.get(line.start..comment.start).is_some_and(|before| before.trim().is_empty());
    Some(Directive {
        comment,
        span: Span::new(comment.start + hash, comment.end),
        word: Span::new(at(rest), at(rest) + word.len()),
        names,
        covered: None,
        own_line,
    })
}

/// Each key with its value, and each list item, by place.
fn units_of(tree: &Tree) -> Vec<Span> {
    let mut units = Vec::new();
    let mut open: Vec<&Node> = tree.documents.iter().filter_map(|document| document.root.as_deref()).collect();
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    units.push(entry.key.span.to(entry.value_span()));
                    open.push(&entry.value);
                }
            }
            Kind::Sequence(items) => {
                units.extend(items.iter().map(|item| item.span));
                open.extend(items.iter().map(|item| &**item));
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
    // Of those that start at one place the widest comes first.
    units.sort_by_key(|unit| (unit.start, Reverse(unit.end)));
    units
}

/// Where findings start that a comment covers. `below`: the line of the next comment on a line of its
/// own, with what that one covers.
fn covered(tree: &Tree, units: &[Span], comment: Span, own_line: bool, below: Option<(usize, Range<usize>)>) -> Range<usize> {
    let number = tree.lines.line_of(comment.start);
    if own_line {
        return unit_below(tree, units, number, below).unwrap_or(comment.end..comment.end);
    }
    let line = tree.lines.line_span(&tree.text, number);
    let from = units.partition_point(|unit| unit.start < line.start);
    let here = units.get(from..).unwrap_or_default().iter().take_while(|unit| unit.start <= line.end);
    // A text that starts here goes on below, as in a block; what else starts here does not count.
    let last = here.map(|unit| unit.end).filter(|&end| is_one_text(units, line.end, end)).max();
    line.start..last.unwrap_or(line.end).max(line.end) + 1
}

/// Whether no key and no list item starts between two places.
fn is_one_text(units: &[Span], from: usize, to: usize) -> bool {
    let next = units.get(units.partition_point(|unit| unit.start <= from));
    next.is_none_or(|next| next.start >= to)
}

/// The lines of what starts on the line below a comment, where more comments may stand in between.
fn unit_below(tree: &Tree, units: &[Span], number: usize, known: Option<(usize, Range<usize>)>) -> Option<Range<usize>> {
    let mut below = number + 1;
    while below < tree.lines.len() {
        if let Some((_, covered)) = known.as_ref().filter(|(line, _)| *line == below) {
            return Some(covered.clone());
        }
        let line = tree.lines.line_span(&tree.text, below);
        if !tree.text.get(line.range())?.trim_start().starts_with('#') {
            let unit = units.get(units.partition_point(|unit| unit.start < line.start)).filter(|unit| unit.start <= line.end)?;
            return Some(line.start..unit.end.max(line.end) + 1);
        }
        below += 1;
    }
    None
}

/// Findings about comments that suppress nothing, or are not written as they have to be.
fn unused(tree: &Tree, directives: &[Directive], concerns: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for directive in directives {
        let word = tree.text.get(directive.word.range()).unwrap_or_default();
        if !matches!(word, "ignore" | "file-ignore") {
            let finding = finding(directive.word, format!("`{word}` suppresses nothing: write `ignore` or `file-ignore`"));
            out.push(match nearest(word, ["ignore", "file-ignore"]) {
                Some(near) => finding.fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, directive.word, near)),
                None => finding,
            });
            continue;
        }
        let Some(names) = directive.names.as_ref().filter(|names| !names.each.is_empty()) else {
            out.push(
                finding(directive.word, format!("`{word}` names no rule, so it suppresses nothing"))
                    .help(format!("name the rules: `# dagu-rs: {word}[rule, rule2] reason`")),
            );
            continue;
        };
        for name in names.each.iter().filter(|name| !name.used) {
            let text = tree.text.get(name.span.range()).unwrap_or_default();
            if !concerns(text) {
                continue;
            }
            if rules::find(text).is_none() {
                out.push(unknown(text, name.span));
            } else if text == NEVER {
                let finding = finding(name.span, format!("`{NEVER}` cannot be suppressed: what cannot be read cannot be checked"));
                out.push(with(finding, removal(tree, directive, names)));
            } else if tree.repaired.is_empty() {
                // With a syntax error, what is suppressed may be what could not be read.
                let place = if directive.covered.is_some() { "here" } else { "in this file" };
                let finding = finding(name.span, format!("nothing {place} is reported as `{text}`, so the comment suppresses nothing"));
                out.push(with(finding, removal(tree, directive, names)));
            }
        }
    }
    out
}

/// The same for the names of this rule itself.
fn unused_of_itself(tree: &Tree, directives: &[Directive]) -> Vec<Diagnostic> {
    let found = unused(tree, directives, |name| name == UNUSED);
    found.into_iter().filter(|found| tree.text.get(found.span.range()) == Some(UNUSED)).collect()
}

fn finding(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(UNUSED, Severity::Warning, span, message)
}

fn with(finding: Diagnostic, fix: Option<Fix>) -> Diagnostic {
    match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let finding = finding(span, format!("no rule is called `{name}`, so the comment suppresses nothing"));
    match nearest(name, rules::ALL.iter().map(|rule| rule.name)) {
        Some(near) => {
            finding.help(format!("did you mean `{near}`?")).fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, span, near))
        }
        None => finding.help("`dagu-rs rules` lists them"),
    }
}

/// Removes what is not used: names, or the whole comment.
fn removal(tree: &Tree, directive: &Directive, names: &Names) -> Option<Fix> {
    // Each unused name carries it.
    const MOST_NAMES: usize = 64;
    if names.each.len() > MOST_NAMES {
        return None;
    }
    let is_of_use = |name: &&Name| {
        let text = tree.text.get(name.span.range()).unwrap_or_default();
        name.used || rules::find(text).is_none()
    };
    let kept: Vec<&str> = names.each.iter().filter(is_of_use).filter_map(|name| tree.text.get(name.span.range())).collect();
    if !kept.is_empty() {
        return Some(Fix::replace("Remove what suppresses nothing", Safety::Safe, names.inner, kept.join(", ")));
    }
    let number = tree.lines.line_of(directive.comment.start);
    let line = tree.lines.line_span(&tree.text, number);
    let is_whole = directive.span == directive.comment;
    let whole = if directive.own_line && is_whole && number + 1 < tree.lines.len() {
        Span::new(line.start, tree.lines.line_span(&tree.text, number + 1).start)
    } else {
        let before = tree.text.get(line.start..directive.span.start).unwrap_or_default();
        Span::new(line.start + before.trim_end().len(), directive.span.end)
    };
    Some(Fix::replace("Remove the comment", Safety::Safe, whole, ""))
}

/// The change that suppresses a finding where it is: a comment above the innermost key or list item
/// that holds it and starts a line; `None` where there is none. The reason may be empty; where there is a comment already,
/// its own stays.
pub fn ignore_here(tree: &Tree, found: &Diagnostic, reason: &str) -> Option<Fix> {
    if matches!(found.rule, NEVER | UNUSED) {
        return None;
    }
    let title = format!("Ignore `{}` here", found.rule);
    let prefix = |start: usize| {
        let line = tree.lines.line_span(&tree.text, tree.lines.line_of(start));
        Some((line, tree.text.get(line.start..start)?))
    };
    let starts_line = |unit: &Span| prefix(unit.start).is_some_and(|(_, before)| before.chars().all(|c| matches!(c, ' ' | '-')));
    let units = units_of(tree);
    let holds = |unit: &&Span| unit.start <= found.span.start && found.span.start <= unit.end && starts_line(unit);
    let unit = units.iter().filter(holds).max_by_key(|unit| unit.start)?;
    // The same place as it will be looked for: the widest that starts there.
    let (line, before) = prefix(unit.start)?;
    let number = tree.lines.line_of(line.start);
    let names_above = tree.comments.iter().filter_map(|&comment| read(tree, comment)).find(|directive| {
        let above = tree.lines.line_of(directive.comment.start) + 1 == number && directive.own_line;
        above && tree.text.get(directive.word.range()) == Some("ignore")
    });
    if let Some(Names { each, .. }) = names_above.and_then(|directive| directive.names)
        && let Some(last) = each.last()
    {
        return Some(Fix::replace(title, Safety::Safe, Span::at(last.span.end), format!(", {}", found.rule)));
    }
    let indent = &before[..before.len() - before.trim_start_matches(' ').len()];
    let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
    let text = format!("{indent}# dagu-rs: ignore[{}]{reason}\n", found.rule);
    Some(Fix { title, safety: Safety::Safe, edits: vec![Edit { span: Span::at(line.start), text: with_breaks_of(&tree.text, text) }] })
}

/// The text of an edit with the line breaks of the text that it goes into.
pub(crate) fn with_breaks_of(text: &str, edit: String) -> String {
    let breaks = match text.find('\n') {
        None if text.contains('\r') => "\r",
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => return edit,
    };
    if edit.contains('\n') { edit.replace("\r\n", "\n").replace('\n', breaks) } else { edit }
}
