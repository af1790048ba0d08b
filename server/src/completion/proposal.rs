//! A proposal, and the order and the number of several.

use std::collections::HashSet;

use dagu_schema::Span;
use tower_lsp::lsp_types as lsp;

use super::Traits;
use super::insertion::Insertion;
use crate::convert::{self, Converter};

/// Proposals of one answer, at the most: what is typed next narrows them.
pub(crate) const MOST: usize = 200;

/// Something that may be written at the cursor.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) label: String,
    pub(crate) kind: lsp::CompletionItemKind,
    pub(crate) detail: String,
    pub(crate) documentation: String,
    pub(crate) insert: Insertion,
    pub(crate) replace: Span,
    /// What the text that is typed is compared with, where that is not the label.
    pub(crate) filter: Option<String>,
    /// The group in which it is shown.
    pub(crate) rank: u8,
}

impl Proposal {
    /// The proposal in the protocol's terms; `number` is its place among all.
    pub(crate) fn convert(&self, number: usize, converter: Converter<'_>, traits: Traits) -> lsp::CompletionItem {
        let is_snippet = traits.snippets && self.insert.has_holes();
        let new_text = if is_snippet { self.insert.snippet() } else { self.insert.plain() };
        let edit = lsp::TextEdit { range: converter.range(self.replace), new_text };
        let documentation = (!self.documentation.is_empty() && !traits.resolves).then(|| self.documentation(traits));
        lsp::CompletionItem {
            label: self.label.clone(),
            kind: Some(self.kind),
            detail: (!self.detail.is_empty()).then(|| self.detail.clone()),
            documentation,
            sort_text: Some(format!("{}{number:04}", self.rank)),
            filter_text: self.filter.clone(),
            insert_text_format: is_snippet.then_some(lsp::InsertTextFormat::SNIPPET),
            // The lines of the text carry their own indentation.
            insert_text_mode: Some(lsp::InsertTextMode::AS_IS),
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            ..lsp::CompletionItem::default()
        }
    }

    fn documentation(&self, traits: Traits) -> lsp::Documentation {
        lsp::Documentation::MarkupContent(convert::markup(traits.markdown, self.documentation.clone()))
    }
}

/// The proposals in the order of their groups, each label once; and whether some were left out.
pub(crate) fn in_order(mut found: Vec<Proposal>, typed: &str) -> (Vec<Proposal>, bool) {
    let mut seen = HashSet::new();
    found.retain(|proposal| seen.insert(proposal.label.clone()));
    found.sort_by_key(|proposal| proposal.rank);
    let is_cut = found.len() > MOST;
    if is_cut {
        found.retain(|proposal| matches(proposal.filter.as_deref().unwrap_or(&proposal.label), typed));
        found.truncate(MOST);
    }
    (found, is_cut)
}

/// Whether the letters typed occur in a text in this order, as editors compare them.
pub(crate) fn matches(text: &str, typed: &str) -> bool {
    let mut letters = text.chars();
    typed.chars().all(|typed| letters.any(|letter| letter.eq_ignore_ascii_case(&typed)))
}
