//! `textDocument/completion`: what may be written at the cursor.

mod insertion;
mod keys;
mod places;
mod proposal;
mod references;
mod resolve;
mod snippet;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

use dagu_schema::Analysis;
use tower_lsp::lsp_types as lsp;

use crate::Machine;
use crate::convert::Converter;
use crate::cursor::{Cursor, Spot};
use crate::forms::{self, Place};

use insertion::Insertion;
use proposal::{Proposal, in_order};
pub(crate) use resolve::Documentation;

/// What the client can do with proposals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// Whether it shows Markdown.
    pub(crate) markdown: bool,
    /// Whether it knows texts with holes.
    pub(crate) snippets: bool,
    /// Whether it asks for the documentation of an item when it shows it.
    pub(crate) resolves: bool,
}

impl Traits {
    /// What a client says of itself.
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let text = client.text_document.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()).and_then(|completion| completion.completion_item.as_ref());
        let formats = item.and_then(|item| item.documentation_format.as_ref());
        let resolved = item.and_then(|item| item.resolve_support.as_ref());
        Self {
            markdown: formats.is_none_or(|formats| formats.contains(&lsp::MarkupKind::Markdown)),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            resolves: resolved.is_some_and(|support| support.properties.iter().any(|property| property == "documentation")),
        }
    }
}

/// What the server offers.
pub(crate) fn capability() -> lsp::CompletionOptions {
    let triggers = [":", " ", "-", "$", "{", ".", "/", "[", ",", "\"", "'"];
    lsp::CompletionOptions {
        trigger_characters: Some(triggers.map(str::to_owned).to_vec()),
        resolve_provider: Some(true),
        ..lsp::CompletionOptions::default()
    }
}

/// A place at which something is to be proposed.
pub(crate) struct Request<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) offset: usize,
    /// The file, where the document is one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) machine: Arc<dyn Machine>,
}

/// What may be written at a place.
#[derive(Debug, Default)]
struct Proposals {
    list: Vec<Proposal>,
    /// Whether more may be proposed when more is typed, or a little later.
    is_incomplete: bool,
}

/// The answer to a request.
pub(crate) fn answer(
    request: &Request<'_>,
    converter: Converter<'_>,
    traits: Traits,
    documentation: &Documentation,
) -> lsp::CompletionResponse {
    let Proposals { list, is_incomplete } = complete(request);
    let mut items: Vec<lsp::CompletionItem> =
        list.iter().enumerate().map(|(number, proposal)| proposal.convert(number, converter, traits)).collect();
    if traits.resolves && list.iter().any(|proposal| !proposal.documentation.is_empty()) {
        let answer = documentation.keep(list.into_iter().map(|proposal| proposal.documentation).collect());
        items.iter_mut().enumerate().for_each(|(number, item)| item.data = Some(resolve::data(answer, number)));
    }
    lsp::CompletionResponse::List(lsp::CompletionList { is_incomplete, items })
}

/// What may be written at a place, the likeliest first.
fn complete(request: &Request<'_>) -> Proposals {
    let tree = &request.analysis.tree;
    let Some(cursor) = Cursor::at(tree, request.offset) else { return Proposals::default() };
    let typed = tree.text.get(cursor.word.start..request.offset).unwrap_or_default();
    if let Some(found) = references::proposals(request, &cursor) {
        let is_long = request.analysis.workflows.iter().any(|workflow| workflow.steps.len() > FEW_STEPS);
        let (list, is_cut) = in_order(found, "");
        return Proposals { list, is_incomplete: is_cut || is_long };
    }
    if cursor.spot == Spot::Text {
        return Proposals::default();
    }
    let place = forms::at(tree, &cursor.path);
    let mut list = List { request, cursor: &cursor, typed, line_break: line_break(&tree.text), found: Vec::new(), is_incomplete: false };
    match cursor.spot {
        Spot::Entry { colon, .. } => {
            list.entries(&place);
            if cursor.siblings.is_empty() && !colon {
                list.values(&place);
            }
        }
        Spot::Value => list.values(&place),
        Spot::Text => {}
    }
    let is_incomplete = list.is_incomplete;
    let typed = if list.found.iter().any(|proposal| proposal.replace != cursor.word) { "" } else { typed };
    let (list, is_cut) = in_order(list.found, typed);
    Proposals { list, is_incomplete: is_incomplete || is_cut }
}

/// Steps up to which all of them are looked through for an answer.
const FEW_STEPS: usize = 100;

/// How the lines of a text end.
fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        None if text.contains('\r') => "\r",
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// What was found so far.
struct List<'a> {
    request: &'a Request<'a>,
    cursor: &'a Cursor,
    typed: &'a str,
    line_break: &'static str,
    found: Vec<Proposal>,
    is_incomplete: bool,
}

impl List<'_> {
    fn add(&mut self, label: &str, kind: lsp::CompletionItemKind, detail: impl Into<String>, documentation: impl Into<String>, rank: u8) {
        self.insert(label, Insertion::text(label), kind, detail, documentation, rank);
    }

    fn insert(
        &mut self,
        label: &str,
        insert: Insertion,
        kind: lsp::CompletionItemKind,
        detail: impl Into<String>,
        documentation: impl Into<String>,
        rank: u8,
    ) {
        let insert = if self.cursor.tight { Insertion::text(" ").then(insert) } else { insert };
        self.found.push(Proposal {
            label: label.to_owned(),
            kind,
            detail: detail.into(),
            documentation: documentation.into(),
            insert,
            replace: self.cursor.word,
            filter: None,
            rank,
        });
    }

    fn is_present(&self, key: &str) -> bool {
        self.cursor.siblings.iter().any(|sibling| sibling.name == key)
    }

    /// Whether nothing but a comment stands behind the cursor's word on its line.
    fn ends_line(&self) -> bool {
        let text = &self.request.analysis.tree.text;
        let rest = text.get(self.cursor.word.end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        rest.trim().is_empty()
    }

    /// The mappings that hold the last key of the path, and that key.
    fn owners<'p>(&self, place: &'p Place) -> impl Iterator<Item = &'p &'static dagu_schema::model::Object> {
        place.owners.iter()
    }
}
