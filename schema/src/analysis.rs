//! A text, read and judged.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Span;
use crate::syntax::Tree;
use crate::workflow::Workflow;
use crate::{model, workflow};

/// What is known of the machine on which the DAG is checked. Everything has a neutral default.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The file's name without folder and extension; the engine takes the DAG's name from it.
    pub file_stem: Option<String>,
    /// Names of variables that are set in the environment of the process, where that is known.
    pub variables: BTreeSet<String>,
    /// Names that the DAG's dotenv files define, where that is known.
    pub dotenv: BTreeSet<String>,
    /// Whether the machine runs macOS.
    pub macos: bool,
}

/// A text with all that was found out about it.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The syntax tree.
    pub tree: Tree,
    /// One workflow for each document that is a mapping.
    pub workflows: Vec<Workflow>,
    /// The findings, by place; at one place by rule.
    pub diagnostics: Vec<Diagnostic>,
}

/// The dotenv files of the first document, relative to its folder: what [`Facts::dotenv`] is read
/// from.
pub fn dotenv_files(text: &str) -> Vec<String> {
    if !text.contains("dotenv") {
        return vec![".env".to_owned()];
    }
    let (tree, _) = Tree::parse(text);
    let first = tree.documents.first().and_then(|document| workflow::resolve::document(&tree, document));
    first.map(|workflow| workflow.dotenv).unwrap_or_default()
}

/// Reads and checks the text of a DAG file. Never fails and never panics.
pub fn analyze(text: &str, facts: &Facts) -> Analysis {
    let (tree, mut diagnostics) = Tree::parse(text);
    let workflows: Vec<Workflow> = tree.documents.iter().filter_map(|document| workflow::resolve::document(&tree, document)).collect();
    let mut found = model::validate::documents(&tree);
    for number in 0..workflows.len() {
        found.extend(rules::check(&tree, &workflows, number, facts));
    }
    found.retain(|diagnostic| !is_consequence(diagnostic, &tree));
    diagnostics.append(&mut found);
    for diagnostic in &mut diagnostics {
        diagnostic.span = visible(diagnostic.span, text);
        diagnostic.message = printable(std::mem::take(&mut diagnostic.message));
        diagnostic.help = diagnostic.help.take().map(printable);
        for related in &mut diagnostic.related {
            related.span = visible(related.span, text);
            related.message = printable(std::mem::take(&mut related.message));
        }
    }
    diagnostics.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
    diagnostics.dedup();
    Analysis { tree, workflows, diagnostics }
}

/// Whether a finding only says what a syntax error already said: it lies in a part that could
/// not be read, or misses something in a document of which a part could not be read.
fn is_consequence(diagnostic: &Diagnostic, tree: &Tree) -> bool {
    if tree.repaired.is_empty() {
        return false;
    }
    let absence = rules::find(diagnostic.rule).is_some_and(|rule| rule.absence);
    absence || tree.is_repaired(diagnostic.span)
}

/// A message of one line that does nothing to a terminal: what it quotes from the file may hold
/// line breaks, escapes, and marks that turn the direction of the text.
fn printable(message: String) -> String {
    let harmful = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !message.contains(harmful) {
        return message;
    }
    message
        .chars()
        .flat_map(|c| if harmful(c) { c.escape_default().collect::<String>() } else { c.to_string() }.chars().collect::<Vec<_>>())
        .collect()
}

/// A span with something to show: an empty one grows by one character, forwards on its line, else
/// backwards.
fn visible(span: Span, text: &str) -> Span {
    if span.start != span.end {
        return span;
    }
    let after = text.get(span.start..).and_then(|rest| rest.chars().next()).filter(|c| !matches!(c, '\n' | '\r'));
    if let Some(c) = after {
        return Span::new(span.start, span.start + c.len_utf8());
    }
    let before = text.get(..span.start).and_then(|rest| rest.chars().next_back()).filter(|c| !matches!(c, '\n' | '\r'));
    before.map_or(span, |c| Span::new(span.start - c.len_utf8(), span.start))
}
