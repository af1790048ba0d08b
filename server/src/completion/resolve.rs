//! `completionItem/resolve`: the documentation of a proposal, once the author looks at it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use tower_lsp::lsp_types as lsp;

use crate::convert;

/// Answers whose documentation is kept. A client asks about the one that it shows.
const KEPT: usize = 8;

/// The documentation of the last answers.
#[derive(Debug, Default)]
pub(crate) struct Documentation(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    next: u64,
    kept: VecDeque<(u64, Vec<String>)>,
}

impl Documentation {
    /// Keeps the documentation of an answer; gives its number.
    pub(crate) fn keep(&self, texts: Vec<String>) -> u64 {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = answers.next;
        answers.next += 1;
        answers.kept.push_back((number, texts));
        if answers.kept.len() > KEPT {
            answers.kept.pop_front();
        }
        number
    }

    /// The item with its documentation; as it is, when nothing is known of it any more.
    pub(crate) fn resolve(&self, item: lsp::CompletionItem, markdown: bool) -> lsp::CompletionItem {
        let text = item.data.as_ref().and_then(|data| self.text(data)).filter(|text| !text.is_empty());
        let documentation = text.map(|text| lsp::Documentation::MarkupContent(convert::markup(markdown, text)));
        lsp::CompletionItem { documentation: documentation.or(item.documentation), ..item }
    }

    fn text(&self, data: &Value) -> Option<String> {
        let (answer, item) = (data.get(0)?.as_u64()?, usize::try_from(data.get(1)?.as_u64()?).ok()?);
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, texts) = answers.kept.iter().find(|(number, _)| *number == answer)?;
        texts.get(item).cloned()
    }
}

/// How an item says which it is.
pub(crate) fn data(answer: u64, item: usize) -> Value {
    json!([answer, item])
}
