//! `textDocument/references`: all places of a name in its file.

use dagu_schema::Analysis;
use dagu_schema::symbols::{self, Role};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;
use crate::documents::Snapshot;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::OneOf<bool, lsp::ReferencesOptions>> {
    Some(lsp::OneOf::Left(true))
}

/// The places of the name at a byte, with or without those that declare it.
pub(crate) fn references(
    snapshot: &Snapshot,
    analysis: &Analysis,
    converter: Converter<'_>,
    offset: usize,
    with_declaration: bool,
) -> Option<Vec<lsp::Location>> {
    let place = symbols::at(analysis, offset)?;
    let places = symbols::places(analysis, &place.symbol);
    let wanted = places.iter().filter(|place| !place.span.is_beyond() && (with_declaration || place.role != Role::Declaration));
    Some(wanted.map(|place| lsp::Location { uri: snapshot.uri.clone(), range: converter.range(place.span) }).collect())
}
