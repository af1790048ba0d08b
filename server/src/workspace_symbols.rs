//! `workspace/symbol`: DAGs, steps and what else has a name in the open documents and in the DAG
//! files of the workspace folders.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dagu_schema::{Analysis, Encoding};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::Machine;
use crate::backend::converter_of;
use crate::calls;
use crate::convert::Converter;
use crate::documents::Snapshot;
use crate::symbols;

/// Files that are looked at, at most.
const MOST_FILES: usize = 2000;

/// Names that are given, at most.
const MOST: usize = 500;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::OneOf<bool, lsp::WorkspaceSymbolOptions>> {
    Some(lsp::OneOf::Left(true))
}

/// Stops a search when it is dropped: the client did not want to wait for it any longer.
#[derive(Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether it was dropped, to be asked from another thread.
    pub(crate) fn asked(&self) -> impl Fn() -> bool + Send + 'static {
        let stopped = self.0.clone();
        move || stopped.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The names that fit what was typed, those of open documents first.
pub(crate) fn search(
    machine: &dyn Machine,
    open: &[(Arc<Snapshot>, Arc<Analysis>)],
    folders: &[PathBuf],
    query: &str,
    encoding: Encoding,
    stop: &dyn Fn() -> bool,
) -> Vec<lsp::SymbolInformation> {
    let mut found = Vec::new();
    let query: Vec<char> = query.to_lowercase().chars().collect();
    let mut add = |uri: &Url, analysis: &Analysis, converter: Converter<'_>| {
        let outline = symbols::outline(analysis, converter);
        let named = symbols::of_file(uri).into_iter().chain(symbols::flat(outline, uri));
        found.extend(named.filter(|symbol| is_name(symbol.kind) && is_meant(&query, &symbol.name)));
        found.len() < MOST
    };
    for (snapshot, analysis) in open {
        if stop() || !add(&snapshot.uri, analysis, converter_of(snapshot, analysis, encoding)) {
            break;
        }
    }
    let known: HashSet<PathBuf> = open.iter().filter_map(|(snapshot, _)| snapshot.uri.to_file_path().ok()).collect();
    for path in machine.dag_files(folders, MOST_FILES, stop) {
        if stop() {
            break;
        }
        let Some((uri, analysis)) = calls::read(machine, &path).filter(|_| !known.contains(&path)) else { continue };
        if !add(&uri, &analysis, Converter::new(&analysis.tree.text, &analysis.tree.lines, encoding)) {
            break;
        }
    }
    found.truncate(MOST);
    found
}

/// Whether it has a name of the author's choice: sections are called the same everywhere.
fn is_name(kind: lsp::SymbolKind) -> bool {
    !matches!(kind, lsp::SymbolKind::ARRAY | lsp::SymbolKind::OBJECT | lsp::SymbolKind::NAMESPACE | lsp::SymbolKind::EVENT)
}

/// Whether the letters typed stand in the name in this order.
fn is_meant(query: &[char], name: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.iter().filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|letter| letter == *wanted))
}
