//! `textDocument/codeAction`: the fixes of the findings at a place, as quick fixes.

use std::collections::HashMap;

use dagu_schema::{Analysis, Diagnostic, Fix, Safety, Span};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;
use crate::diagnostics;
use crate::documents::Snapshot;

/// Whether the client asks for quick fixes, among others or alone.
pub(crate) fn wants_quick_fixes(only: Option<&[lsp::CodeActionKind]>) -> bool {
    only.is_none_or(|only| only.iter().any(|kind| matches!(kind.as_str(), "" | "quickfix")))
}

/// The findings that touch a span.
pub(crate) fn findings_at(analysis: &Analysis, span: Span) -> impl Iterator<Item = &Diagnostic> {
    analysis.diagnostics.iter().filter(move |finding| finding.span.start <= span.end && span.start <= finding.span.end)
}

/// The quick fixes for the findings that touch the span. `versioned`: whether the client can
/// refuse an edit that was made for another version of the text.
pub(crate) fn quick_fixes(
    snapshot: &Snapshot,
    analysis: &Analysis,
    span: Span,
    converter: Converter<'_>,
    versioned: bool,
) -> Vec<lsp::CodeActionOrCommand> {
    let mut actions = Vec::new();
    for finding in findings_at(analysis, span) {
        for fix in &finding.fixes {
            actions.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: fix.title.clone(),
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostics::diagnostic_for(&snapshot.uri, converter, finding)]),
                is_preferred: Some(fix.safety == Safety::Safe && finding.fixes.len() == 1),
                edit: Some(edit(snapshot, fix, converter, versioned)),
                ..lsp::CodeAction::default()
            }));
        }
    }
    actions
}

/// The change of a fix, in the protocol's terms.
pub(crate) fn edit(snapshot: &Snapshot, fix: &Fix, converter: Converter<'_>, versioned: bool) -> lsp::WorkspaceEdit {
    let edits: Vec<lsp::TextEdit> = fix.edits.iter().map(|edit| converter.edit(edit)).collect();
    if !versioned {
        let changes = HashMap::from([(snapshot.uri.clone(), edits)]);
        return lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() };
    }
    let document = lsp::TextDocumentEdit {
        text_document: lsp::OptionalVersionedTextDocumentIdentifier { uri: snapshot.uri.clone(), version: Some(snapshot.version) },
        edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
    };
    lsp::WorkspaceEdit { document_changes: Some(lsp::DocumentChanges::Edits(vec![document])), ..lsp::WorkspaceEdit::default() }
}
