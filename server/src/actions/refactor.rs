//! Other forms of what stands at a place. Each is offered once its result was checked.

use dagu_schema::fix::edited;
use dagu_schema::refactor::{self, Kind};
use tower_lsp::lsp_types as lsp;

use super::Request;

/// Bytes of a text above which results are checked only for a client that asks for refactorings by
/// name: others ask at every move of the cursor.
const LARGEST: usize = 128 << 10;

/// The refactorings at the place that do no harm.
pub(super) fn refactorings(request: &Request<'_>) -> Vec<lsp::CodeAction> {
    let Request { analysis, plain, .. } = request;
    let kinds = [Kind::Rewrite, Kind::Extract, Kind::Inline];
    let is_timely = |kind: Kind| analysis.tree.text.len() <= LARGEST || request.insists_on(&name(kind));
    if !kinds.into_iter().any(|kind| request.wants(&name(kind)) && is_timely(kind)) {
        return Vec::new();
    }
    let is_wanted = |kind: Kind| request.wants(&name(kind)) && is_timely(kind);
    let offered = refactor::at(analysis, request.span);
    if !offered.iter().any(|found| is_wanted(found.kind)) {
        return Vec::new();
    }
    // What it writes comes out of the text, which must be the client's.
    let (path, text) = (request.snapshot.uri.to_file_path().ok(), &request.snapshot.text);
    let check = |text: &str| request.machine.check(path.as_deref(), text);
    let plain_analysis = analysis.layout().map(|_| check(text));
    let (analysis, offered) = match &plain_analysis {
        Some(plain) => (plain, refactor::at(plain, request.plain.span(request.range))),
        None => (*analysis, offered),
    };
    let held = offered.into_iter().filter(|found| is_wanted(found.kind) && found.holds(analysis, &check(&edited(text, &found.edits))));
    held.map(|found| lsp::CodeAction {
        title: found.title,
        kind: Some(name(found.kind)),
        edit: Some(request.change(found.edits.iter().map(|edit| plain.edit(edit)).collect())),
        ..lsp::CodeAction::default()
    })
    .collect()
}

fn name(kind: Kind) -> lsp::CodeActionKind {
    match kind {
        Kind::Rewrite => lsp::CodeActionKind::REFACTOR_REWRITE,
        Kind::Extract => lsp::CodeActionKind::REFACTOR_EXTRACT,
        Kind::Inline => lsp::CodeActionKind::REFACTOR_INLINE,
    }
}
