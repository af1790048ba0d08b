//! `textDocument/codeAction`: a comment that suppresses a finding where it is.

use std::collections::HashSet;

use dagu_schema::suppress::ignore_here;
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;

use crate::code_action::{edit, findings_at};
use crate::convert::Converter;
use crate::diagnostics;
use crate::documents::Snapshot;

/// The comments for the findings that touch the span: of one rule at one place, one.
pub(crate) fn ignores(
    snapshot: &Snapshot,
    analysis: &Analysis,
    span: Span,
    converter: Converter<'_>,
    versioned: bool,
) -> Vec<lsp::CodeActionOrCommand> {
    let mut offered = HashSet::new();
    let mut actions = Vec::new();
    for finding in findings_at(analysis, span) {
        let Some(fix) = ignore_here(&analysis.tree, finding, "") else { continue };
        let place = fix.edits.first().map(|edit| edit.span);
        if !offered.insert((finding.rule, place)) {
            continue;
        }
        actions.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
            title: fix.title.clone(),
            kind: Some(lsp::CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostics::diagnostic_for(&snapshot.uri, converter, finding)]),
            is_preferred: Some(false),
            edit: Some(edit(snapshot, &fix, converter, versioned)),
            ..lsp::CodeAction::default()
        }));
    }
    actions
}
