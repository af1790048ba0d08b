//! `textDocument/definition` and `textDocument/declaration`: where a name is given, in this file, in
//! the base configuration or in a dotenv file; the file that a text names.

use std::path::Path;

use dagu_schema::symbols::{self, FileKind, FileName, Kind, Symbol};
use dagu_schema::{Analysis, Encoding, LineIndex, Span};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::Machine;
use crate::convert::Converter;
use crate::documents::Snapshot;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::OneOf<bool, lsp::DefinitionOptions>> {
    Some(lsp::OneOf::Left(true))
}

/// The same for declarations, of which a DAG has no others.
pub(crate) fn declaration_capability() -> Option<lsp::DeclarationCapability> {
    Some(lsp::DeclarationCapability::Simple(true))
}

/// Where the thing at a byte is defined. `linked`: whether the client takes the place that it is asked about.
pub(crate) fn definition(
    machine: &dyn Machine,
    snapshot: &Snapshot,
    analysis: &Analysis,
    converter: Converter<'_>,
    offset: usize,
    linked: bool,
) -> Option<lsp::GotoDefinitionResponse> {
    let path = snapshot.uri.to_file_path().ok();
    let (origin, locations) = match symbols::at(analysis, offset) {
        Some(place) => (place.span, of_symbol(machine, snapshot, analysis, converter, &place.symbol)),
        None => (Span::at(offset), Vec::new()),
    };
    let (origin, locations) = match symbols::file_at(analysis, offset).filter(|_| locations.is_empty()) {
        Some(name) => {
            let file = machine.file(path.as_deref()?, &name)?;
            (name.span, vec![start_of(&file)?])
        }
        None => (origin, locations),
    };
    if locations.is_empty() {
        return None;
    }
    if !linked {
        return Some(lsp::GotoDefinitionResponse::Array(locations));
    }
    let origin_selection_range = Some(converter.range(origin));
    let link = |location: lsp::Location| lsp::LocationLink {
        origin_selection_range,
        target_uri: location.uri,
        target_range: location.range,
        target_selection_range: location.range,
    };
    Some(lsp::GotoDefinitionResponse::Link(locations.into_iter().map(link).collect()))
}

fn of_symbol(
    machine: &dyn Machine,
    snapshot: &Snapshot,
    analysis: &Analysis,
    converter: Converter<'_>,
    symbol: &Symbol,
) -> Vec<lsp::Location> {
    if symbol.kind == Kind::Dotenv {
        return in_dotenv(machine, snapshot, analysis, converter.encoding(), &symbol.name);
    }
    let base = analysis.workflows.get(symbol.document).and_then(|workflow| workflow.base.as_deref());
    let locate = |span: Span| {
        if !span.is_beyond() {
            return Some(lsp::Location { uri: snapshot.uri.clone(), range: converter.range(span) });
        }
        let (path, tree, span) = base?.locate(span)?;
        let uri = Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
        Some(lsp::Location { uri, range: Converter::new(&tree.text, &tree.lines, converter.encoding()).range(span) })
    };
    symbols::declarations(analysis, symbol).into_iter().filter_map(locate).collect()
}

/// The start of a file.
pub(crate) fn start_of(path: &Path) -> Option<lsp::Location> {
    let uri = Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    Some(lsp::Location { uri, range: lsp::Range::default() })
}

/// The lines of dotenv files that give a name its value.
fn in_dotenv(machine: &dyn Machine, snapshot: &Snapshot, analysis: &Analysis, encoding: Encoding, name: &str) -> Vec<lsp::Location> {
    let Some((from, workflow)) = snapshot.uri.to_file_path().ok().zip(analysis.workflows.first()) else { return Vec::new() };
    let folders: Vec<String> = workflow.working_dir.iter().map(|folder| folder.value.clone()).collect();
    let mut found = Vec::new();
    for written in &workflow.dotenv {
        let file = FileName { span: Span::at(0), written: written.clone(), kind: FileKind::Dotenv, folders: folders.clone() };
        let Some(path) = machine.file(&from, &file) else { continue };
        let Some(text) = machine.read(&path) else { continue };
        let lines = LineIndex::new(&text);
        for number in 0..lines.len() {
            let line = lines.line_span(&text, number);
            let content = text.get(line.range()).unwrap_or_default();
            let assignment = content.trim_start();
            let assignment = assignment.strip_prefix("export ").map_or(assignment, str::trim_start);
            let is_it = assignment.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(['=', ':']));
            if let Some(mut location) = start_of(&path).filter(|_| is_it) {
                let start = line.start + content.len() - assignment.len();
                location.range = Converter::new(&text, &lines, encoding).range(Span::new(start, start + name.len()));
                found.push(location);
            }
        }
    }
    found
}
