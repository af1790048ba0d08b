//! `textDocument/semanticTokens`: what the parts of scalars are, as numbers that an editor colours by.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dagu_schema::tokens::{TokenKind, tokens};
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::convert::Converter;

/// The types of tokens, in the order of their numbers.
const TYPES: [lsp::SemanticTokenType; 9] = [
    lsp::SemanticTokenType::VARIABLE,
    lsp::SemanticTokenType::PARAMETER,
    lsp::SemanticTokenType::PROPERTY,
    lsp::SemanticTokenType::FUNCTION,
    lsp::SemanticTokenType::STRING,
    lsp::SemanticTokenType::COMMENT,
    lsp::SemanticTokenType::ENUM_MEMBER,
    lsp::SemanticTokenType::NUMBER,
    lsp::SemanticTokenType::OPERATOR,
];

/// The bit of the only modifier.
const READONLY: u32 = 1;

fn number(kind: TokenKind) -> u32 {
    match kind {
        TokenKind::Variable => 0,
        TokenKind::Parameter => 1,
        TokenKind::Property => 2,
        TokenKind::Step => 3,
        TokenKind::Literal => 4,
        TokenKind::Comment => 5,
        TokenKind::Word => 6,
        TokenKind::Number => 7,
        TokenKind::Operator => 8,
    }
}

/// What the server can do.
pub(crate) fn capability() -> lsp::SemanticTokensServerCapabilities {
    let legend = lsp::SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers: vec![lsp::SemanticTokenModifier::READONLY] };
    let options = lsp::SemanticTokensOptions {
        legend,
        range: Some(true),
        full: Some(lsp::SemanticTokensFullOptions::Delta { delta: Some(true) }),
        ..lsp::SemanticTokensOptions::default()
    };
    options.into()
}

/// The tokens within a span, each on one line and counted from the one before it.
pub(crate) fn encoded(analysis: &Analysis, within: Span, converter: Converter<'_>) -> Vec<lsp::SemanticToken> {
    let mut out = Vec::new();
    let mut last = lsp::Position::default();
    for token in tokens(analysis, within) {
        for span in lines(&analysis.tree.text, token.span) {
            let lsp::Range { start, end } = converter.range(span);
            if start.line != end.line || start.character >= end.character || start < last {
                continue;
            }
            let delta_line = start.line - last.line;
            let delta_start = if delta_line == 0 { start.character - last.character } else { start.character };
            let readonly = if token.readonly { READONLY } else { 0 };
            let (length, token_type) = (end.character - start.character, number(token.kind));
            out.push(lsp::SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset: readonly });
            last = start;
        }
    }
    out
}

/// The parts of a span on each of its lines.
fn lines(text: &str, span: Span) -> impl Iterator<Item = Span> {
    let written = text.get(span.range()).unwrap_or_default();
    let mut start = span.start;
    written.split_inclusive(['\n', '\r']).map(move |line| {
        let from = start + line.len() - line.trim_start().len();
        start += line.len();
        Span::new(from.min(start), (start - (line.len() - line.trim_end().len())).max(from.min(start)))
    })
}

/// The tokens that each document had when the client last asked for all of them.
#[derive(Default)]
pub(crate) struct Last {
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    count: u64,
    documents: HashMap<Url, (String, Vec<lsp::SemanticToken>)>,
}

impl Last {
    /// All tokens of a document, with a name for the change that is asked for next.
    pub(crate) fn full(&self, uri: &Url, tokens: Vec<lsp::SemanticToken>) -> lsp::SemanticTokens {
        let (id, _) = self.replace(uri, tokens.clone());
        lsp::SemanticTokens { result_id: Some(id), data: tokens }
    }

    /// What has changed since a named answer; all, when that is not known any more.
    pub(crate) fn delta(&self, uri: &Url, since: &str, tokens: Vec<lsp::SemanticToken>) -> lsp::SemanticTokensFullDeltaResult {
        let (id, before) = self.replace(uri, tokens.clone());
        match before.filter(|(known, _)| known == since) {
            Some((_, before)) => {
                lsp::SemanticTokensDelta { result_id: Some(id), edits: change(&before, &tokens).into_iter().collect() }.into()
            }
            None => lsp::SemanticTokens { result_id: Some(id), data: tokens }.into(),
        }
    }

    /// Lets go of a document.
    pub(crate) fn forget(&self, uri: &Url) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).documents.remove(uri);
    }

    fn replace(&self, uri: &Url, tokens: Vec<lsp::SemanticToken>) -> (String, Option<(String, Vec<lsp::SemanticToken>)>) {
        let mut last = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        last.count += 1;
        let id = last.count.to_string();
        let before = last.documents.insert(uri.clone(), (id.clone(), tokens));
        (id, before)
    }
}

/// The one edit that leads from some tokens to others, in numbers of which each token has five.
fn change(before: &[lsp::SemanticToken], after: &[lsp::SemanticToken]) -> Option<lsp::SemanticTokensEdit> {
    let same = |pairs: &mut dyn Iterator<Item = (&lsp::SemanticToken, &lsp::SemanticToken)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut before.iter().zip(after));
    let most = before.len().min(after.len()) - head;
    let tail = same(&mut before.iter().rev().zip(after.iter().rev())).min(most);
    let new = after.get(head..after.len() - tail).unwrap_or_default().to_vec();
    let gone = before.len() - tail - head;
    let count = |tokens: usize| u32::try_from(tokens * 5).unwrap_or(u32::MAX);
    (gone > 0 || !new.is_empty()).then(|| lsp::SemanticTokensEdit { start: count(head), delete_count: count(gone), data: Some(new) })
}
