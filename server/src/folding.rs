//! `textDocument/foldingRange`: mappings, lists and texts of several lines, and comments.

use std::collections::BTreeMap;

use dagu_schema::Analysis;
use dagu_schema::Span;
use dagu_schema::syntax::{Kind, Node};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::FoldingRangeProviderCapability> {
    Some(lsp::FoldingRangeProviderCapability::Simple(true))
}

/// What can be folded: of all that starts on a line, the largest. At most `limit`, the outermost first.
pub(crate) fn ranges(analysis: &Analysis, converter: Converter<'_>, limit: Option<u32>) -> Vec<lsp::FoldingRange> {
    let line = |offset: usize| converter.position(offset).line;
    let mut folds: BTreeMap<u32, Fold> = BTreeMap::new();
    let lines = &analysis.tree.lines;
    let mut add = |span: Span, depth: usize, kind: Option<lsp::FoldingRangeKind>| {
        if lines.line_of(span.start) == lines.line_of(span.end) {
            return;
        }
        let (start, end) = (line(span.start), line(span.end));
        if start < end && folds.get(&start).is_none_or(|known| known.end < end) {
            folds.insert(start, Fold { end, depth, kind });
        }
    };
    let documents = &analysis.tree.documents;
    let mut open: Vec<(&Node, usize)> = documents.iter().filter_map(|document| Some((document.root.as_deref()?, 1))).collect();
    if documents.len() > 1 {
        documents.iter().filter_map(|document| document.root.as_ref()).for_each(|root| add(root.span, 0, None));
    }
    while let Some((node, depth)) = open.pop() {
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    add(entry.key.span.to(entry.value_span()), depth, None);
                    open.push((&entry.value, depth + 1));
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    add(item.span, depth, None);
                    open.push((item, depth + 1));
                }
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
    for span in comments(analysis) {
        add(span, 1, Some(lsp::FoldingRangeKind::Comment));
    }
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if folds.len() > limit {
        let mut depths: Vec<usize> = folds.values().map(|fold| fold.depth).collect();
        depths.sort_unstable();
        let deepest = depths.get(limit).copied().unwrap_or(0);
        folds.retain(|_, fold| fold.depth < deepest);
    }
    let range = |(start_line, fold): (u32, Fold)| lsp::FoldingRange {
        start_line,
        end_line: fold.end,
        kind: fold.kind,
        ..lsp::FoldingRange::default()
    };
    folds.into_iter().map(range).collect()
}

struct Fold {
    end: u32,
    depth: usize,
    kind: Option<lsp::FoldingRangeKind>,
}

/// Comments that follow each other with nothing but blanks and one line break between them.
fn comments(analysis: &Analysis) -> Vec<Span> {
    let tree = &analysis.tree;
    let mut blocks: Vec<Span> = Vec::new();
    for &comment in &tree.comments {
        let before = tree.text.get(..comment.start).unwrap_or_default();
        let is_alone = before.rsplit(['\n', '\r']).next().is_some_and(|line| line.trim().is_empty());
        let between = |last: &Span| tree.text.get(last.end..comment.start).unwrap_or_default();
        let goes_on = |last: &&mut Span| {
            let between = between(last);
            between.trim().is_empty() && between.replace("\r\n", "\n").matches(['\n', '\r']).count() == 1
        };
        match blocks.last_mut().filter(|last| is_alone && goes_on(last)) {
            Some(last) => last.end = comment.end,
            None if is_alone => blocks.push(comment),
            None => {}
        }
    }
    blocks
}
