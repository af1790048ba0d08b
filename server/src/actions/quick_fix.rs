//! The fixes of findings.

use dagu_schema::{Diagnostic, Safety};
use tower_lsp::lsp_types as lsp;

use super::Request;
use crate::diagnostics;

/// All fixes of the findings. The preferred one is that which `check --fix` takes.
pub(super) fn fixes(request: &Request<'_>, findings: &[&Diagnostic]) -> Vec<lsp::CodeAction> {
    let mut actions = Vec::new();
    for finding in findings {
        let preferred = finding.fixes.iter().position(|fix| fix.safety == Safety::Safe);
        for (number, fix) in finding.fixes.iter().enumerate() {
            let edits = fix.edits.iter().map(|edit| request.converter.edit(edit)).collect();
            actions.push(lsp::CodeAction {
                title: fix.title.clone(),
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostics::diagnostic_for(&request.snapshot.uri, request.converter, request.told, finding)]),
                is_preferred: Some(preferred == Some(number)),
                edit: Some(request.change(edits)),
                ..lsp::CodeAction::default()
            });
        }
    }
    actions
}
