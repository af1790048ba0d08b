//! `textDocument/prepareRename` and `textDocument/rename`.

use dagu_schema::Analysis;
use dagu_schema::symbols::{self, Refusal};
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::lsp_types as lsp;

use crate::actions::change;
use crate::convert::Converter;
use crate::documents::Snapshot;

/// The protocol's code for a request that is right and cannot be done.
const REQUEST_FAILED: i64 = -32803;

/// What the server offers a client that may ask beforehand, or not.
pub(crate) fn capability(prepares: bool) -> Option<lsp::OneOf<bool, lsp::RenameOptions>> {
    let options = lsp::RenameOptions { prepare_provider: Some(true), work_done_progress_options: lsp::WorkDoneProgressOptions::default() };
    Some(if prepares { lsp::OneOf::Right(options) } else { lsp::OneOf::Left(true) })
}

/// The name at a byte, if it can be renamed.
pub(crate) fn prepare(analysis: &Analysis, converter: Converter<'_>, offset: usize) -> Result<Option<lsp::PrepareRenameResponse>, Refusal> {
    let place = symbols::can_rename(analysis, offset)?;
    Ok(place.map(|place| lsp::PrepareRenameResponse::RangeWithPlaceholder {
        range: converter.range(place.span),
        placeholder: place.symbol.name,
    }))
}

/// The edits that rename the thing at a byte.
pub(crate) fn rename(
    snapshot: &Snapshot,
    analysis: &Analysis,
    converter: Converter<'_>,
    offset: usize,
    to: &str,
    versioned: bool,
) -> Result<Option<lsp::WorkspaceEdit>, Refusal> {
    let edits = symbols::rename(analysis, offset, to)?;
    Ok(edits.map(|edits| change(snapshot, edits.iter().map(|edit| converter.edit(edit)).collect(), versioned)))
}

/// A refusal as the answer to a request.
pub(crate) fn refused(Refusal(message): Refusal) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None }
}
