//! `textDocument/documentHighlight`: the places of a name, by whether it is read or given a value.

use dagu_schema::Analysis;
use dagu_schema::symbols::{self, Role};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::OneOf<bool, lsp::DocumentHighlightOptions>> {
    Some(lsp::OneOf::Left(true))
}

/// The places of the name at a byte.
pub(crate) fn highlights(analysis: &Analysis, converter: Converter<'_>, offset: usize) -> Option<Vec<lsp::DocumentHighlight>> {
    let place = symbols::at(analysis, offset)?;
    let places = symbols::places(analysis, &place.symbol).into_iter().filter(|place| !place.span.is_beyond());
    let highlight = |place: symbols::Place| lsp::DocumentHighlight {
        range: converter.range(place.span),
        kind: Some(if place.role == Role::Read { lsp::DocumentHighlightKind::READ } else { lsp::DocumentHighlightKind::WRITE }),
    };
    Some(places.map(highlight).collect())
}
