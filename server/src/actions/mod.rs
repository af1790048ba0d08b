//! `textDocument/codeAction`: what can be done about the findings at a place, with what stands there, and
//! with the whole document.

mod ignore;
mod quick_fix;
mod refactor;
mod source;

use std::collections::{HashMap, HashSet};

use dagu_schema::{Analysis, Diagnostic, Span};
use tower_lsp::lsp_types as lsp;

use crate::Machine;
use crate::convert::Converter;
use crate::diagnostics;
use crate::documents::Snapshot;

pub(crate) use source::resolve;

/// The kinds of actions, in the order in which they are offered.
const KINDS: [lsp::CodeActionKind; 7] = [
    lsp::CodeActionKind::QUICKFIX,
    lsp::CodeActionKind::REFACTOR_REWRITE,
    lsp::CodeActionKind::REFACTOR_EXTRACT,
    lsp::CodeActionKind::REFACTOR_INLINE,
    lsp::CodeActionKind::SOURCE_FIX_ALL,
    source::FIX_ALL,
    source::MIGRATE,
];

/// What the server can do.
pub(crate) fn capability() -> lsp::CodeActionProviderCapability {
    lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
        code_action_kinds: Some(KINDS.to_vec()),
        resolve_provider: Some(true),
        ..lsp::CodeActionOptions::default()
    })
}

/// What the client can do with actions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    /// Whether it can refuse an edit that was made for another version of the text.
    pub(crate) versioned: bool,
    /// Whether it asks for the edit of an action once that is chosen.
    pub(crate) resolves: bool,
}

impl Abilities {
    /// What a client says that it can do.
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let edits = client.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
        let action = client.text_document.as_ref().and_then(|text| text.code_action.as_ref());
        let resolved = action.and_then(|action| action.resolve_support.as_ref()).map(|support| support.properties.as_slice());
        Self {
            versioned: edits.and_then(|edits| edits.document_changes).unwrap_or(false),
            resolves: action.and_then(|action| action.data_support).unwrap_or(false)
                && resolved.is_some_and(|properties| properties.iter().any(|property| property == "edit")),
        }
    }
}

/// What a client asks for.
pub(crate) struct Request<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) analysis: &'a Analysis,
    pub(crate) converter: Converter<'a>,
    /// For places in the text as the client has it.
    pub(crate) plain: Converter<'a>,
    pub(crate) machine: &'a dyn Machine,
    pub(crate) client: Abilities,
    /// What it understands of findings.
    pub(crate) told: diagnostics::Traits,
    pub(crate) range: lsp::Range,
    /// The same in the text as it was read.
    pub(crate) span: Span,
    pub(crate) context: lsp::CodeActionContext,
}

/// The actions that a client asks for; `None` when it asks for none of those that there are.
pub(crate) fn actions(request: &Request<'_>) -> Option<lsp::CodeActionResponse> {
    if !KINDS.iter().any(|kind| request.wants(kind)) {
        return None;
    }
    let mut actions = Vec::new();
    if request.wants(&lsp::CodeActionKind::QUICKFIX) {
        let findings = request.findings();
        actions.extend(quick_fix::fixes(request, &findings));
        actions.extend(ignore::ignores(request, &findings));
    }
    actions.extend(refactor::refactorings(request));
    actions.extend(source::actions(request));
    Some(actions.into_iter().map(lsp::CodeActionOrCommand::CodeAction).collect())
}

impl Request<'_> {
    /// Whether actions of a kind are asked for, among others or alone.
    fn wants(&self, kind: &lsp::CodeActionKind) -> bool {
        self.context.only.as_ref().is_none_or(|only| only.iter().any(|asked| is_within(kind.as_str(), asked.as_str())))
    }

    /// Whether they are asked for by name, so that they may take their time.
    fn insists_on(&self, kind: &lsp::CodeActionKind) -> bool {
        self.context.only.is_some() && self.wants(kind)
    }

    /// The findings that touch the span, and those that the client names; each once.
    fn findings(&self) -> Vec<&Diagnostic> {
        let named = self.context.diagnostics.iter().filter_map(|named| match &named.code {
            Some(lsp::NumberOrString::String(rule)) => Some((self.converter.span(named.range), rule.as_str())),
            _ => None,
        });
        let named: HashSet<(Span, &str)> = named.collect();
        let is_asked = |finding: &&Diagnostic| {
            let touches = finding.span.start <= self.span.end && self.span.start <= finding.span.end;
            touches || named.contains(&(finding.span, finding.rule))
        };
        self.analysis.diagnostics.iter().filter(is_asked).collect()
    }

    /// A change of the text, in the protocol's terms.
    fn change(&self, edits: Vec<lsp::TextEdit>) -> lsp::WorkspaceEdit {
        change(self.snapshot, edits, self.client.versioned)
    }
}

/// Whether a kind is another one, or a more special one of it.
fn is_within(kind: &str, asked: &str) -> bool {
    asked.is_empty() || kind.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A change of a document, in the protocol's terms. `versioned`: for a client that can refuse one of another version.
pub(crate) fn change(snapshot: &Snapshot, edits: Vec<lsp::TextEdit>, versioned: bool) -> lsp::WorkspaceEdit {
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
