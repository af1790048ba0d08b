//! A comment that suppresses a finding where it is.

use std::collections::HashSet;

use dagu_schema::Diagnostic;
use dagu_schema::suppress::ignore_here;
use tower_lsp::lsp_types as lsp;

use super::Request;
use crate::diagnostics;

/// The comments for the findings: of one rule at one place, one.
pub(super) fn ignores(request: &Request<'_>, findings: &[&Diagnostic]) -> Vec<lsp::CodeAction> {
    let mut offered = HashSet::new();
    let mut actions = Vec::new();
    for finding in findings {
        let Some(fix) = ignore_here(&request.analysis.tree, finding, "") else { continue };
        let place = fix.edits.first().map(|edit| edit.span);
        if !offered.insert((finding.rule, place)) {
            continue;
        }
        let edits = fix.edits.iter().map(|edit| request.converter.edit(edit)).collect();
        actions.push(lsp::CodeAction {
            title: fix.title,
            kind: Some(lsp::CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostics::diagnostic_for(&request.snapshot.uri, request.converter, request.told, finding)]),
            is_preferred: Some(false),
            edit: Some(request.change(edits)),
            ..lsp::CodeAction::default()
        });
    }
    actions
}
