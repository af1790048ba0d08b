//! `textDocument/hover`: what a step does and sees, what a name or a reference stands for, who can read a
//! credential, when a schedule comes round, what a field means and has here. Values of credentials are not shown.

mod container;
mod field;
mod harness;
mod markdown;
mod name;
mod reference;
mod schedule;
mod step;

use dagu_schema::model::{self, Place};
use dagu_schema::spot::{Owner, Part, Rung, Spot};
use dagu_schema::syntax::{Entry, Node};
use dagu_schema::workflow::{Step, Workflow};
use dagu_schema::{Analysis, Span, Spanned};
use jiff::Timestamp;
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;

/// What there is to say about a byte offset, as Markdown, and what it is about. `now` is the time of day.
pub(crate) fn hover(analysis: &Analysis, offset: usize, converter: Converter<'_>, now: Timestamp) -> Option<Spanned<String>> {
    let spot = Spot::at(&analysis.tree, offset)?;
    let workflow = analysis.workflows.iter().find(|workflow| workflow.node.span.start == spot.root.span.start)?;
    let owner = spot.owner(workflow);
    View { analysis, workflow, spot, owner, offset, converter, now }.about()
}

/// The hover in the protocol's terms.
pub(crate) fn convert(converter: Converter<'_>, markdown: bool, hover: Spanned<String>) -> lsp::Hover {
    let (kind, value) = match markdown {
        true => (lsp::MarkupKind::Markdown, hover.value),
        false => (lsp::MarkupKind::PlainText, markdown::plain(&hover.value)),
    };
    let contents = lsp::HoverContents::Markup(lsp::MarkupContent { kind, value });
    lsp::Hover { contents, range: Some(converter.range(hover.span)) }
}

/// A place of a document, and what is around it.
struct View<'a> {
    analysis: &'a Analysis,
    workflow: &'a Workflow,
    spot: Spot<'a>,
    owner: Owner<'a, 'a>,
    offset: usize,
    converter: Converter<'a>,
    now: Timestamp,
}

impl<'a> View<'a> {
    fn about(&self) -> Option<Spanned<String>> {
        if let Some(found) = reference::at(self).or_else(|| schedule::at(self)) {
            return Some(found);
        }
        match (self.spot.part, self.spot.last()?) {
            (Part::Dash, Rung::Item { item, .. }) => self.at_dash(item),
            (Part::Key, Rung::Entry { holder, entry }) => self.at_key(holder, entry),
            (Part::Value, rung) => self.at_value(rung.node()),
            _ => None,
        }
    }

    /// The dash of a step.
    fn at_dash(&self, item: &Node) -> Option<Spanned<String>> {
        let step = self.owner.step.filter(|step| std::ptr::eq(&*step.node, item))?;
        let line = self.analysis.tree.text.get(..item.span.start)?;
        let dash = line.trim_end_matches(' ').len().checked_sub(1)?;
        Some(Spanned::new(step::describe(self, step), Span::new(dash, dash + 1)))
    }

    fn at_key(&self, holder: &'a Node, entry: &'a Entry) -> Option<Spanned<String>> {
        let span = entry.key.span;
        if let Some(found) = name::at(self) {
            return Some(found);
        }
        let field = field::key(self, entry);
        let step = self.owner.step.filter(|step| {
            let is_first = self.owner.keys.len() == 1
                && holder.entries().and_then(|entries| entries.first()).is_some_and(|first| std::ptr::eq(first, entry));
            let is_named_by_key = self.owner.keys.is_empty();
            (is_first && std::ptr::eq(&*step.node, holder)) || is_named_by_key
        });
        let step = step.map(|step| step::describe(self, step));
        let text = match (step, field) {
            (Some(step), Some(field)) => format!("{step}\n---\n\n{field}"),
            (Some(text), None) | (None, Some(text)) => text,
            (None, None) => harness::key(self, holder, entry).or_else(|| field::custom(self, entry))?,
        };
        Some(Spanned::new(text, span))
    }

    fn at_value(&self, node: &'a Node) -> Option<Spanned<String>> {
        if let Some(step) = self.owner.step.filter(|step| std::ptr::eq(&*step.node, node)) {
            return Some(Spanned::new(step::describe(self, step), node.span));
        }
        let scalar = node.scalar()?;
        if let Some(found) = name::at(self) {
            return Some(found);
        }
        let text = self.step_called(scalar.text.trim()).map(|step| step::describe(self, step));
        let text =
            text.or_else(|| container::value(self, node)).or_else(|| harness::value(self, node)).or_else(|| field::value(self, node));
        Some(Spanned::new(text?, node.span))
    }

    /// The step that a value names: the step itself by its id or name, or another one.
    fn step_called(&self, text: &str) -> Option<&'a Step> {
        let keys = self.owner.keys.as_slice();
        match (self.owner.step, keys) {
            (Some(step), ["id" | "name"]) => Some(step),
            (Some(_), ["depends"] | [.., "rewind_to"] | ["with", "routes", ..] | ["routes", ..]) => {
                let siblings = self.siblings();
                siblings.iter().find(|step| step.is_called(text))
            }
            _ => None,
        }
    }

    /// The steps among which the step stands.
    fn siblings(&self) -> &'a [Step] {
        let Some(step) = self.owner.step else { return &[] };
        if step.standing.depth == 0 {
            return &self.workflow.steps;
        }
        let mut list: &'a [Step] = &self.workflow.steps;
        let handlers = self.workflow.handlers.iter().map(|(_, handler)| handler);
        let mut holder = list.iter().chain(handlers).find(|outer| outer.node.span.contains(step.node.span));
        while let Some(outer) = holder.filter(|outer| !std::ptr::eq(*outer, step)) {
            list = &outer.body;
            holder = list.iter().find(|inner| inner.node.span.contains(step.node.span));
        }
        list
    }

    /// The last key.
    fn key(&self) -> &'a str {
        self.owner.keys.last().copied().unwrap_or_default()
    }

    /// What the model knows of the place.
    fn model(&self) -> Option<Place<'a>> {
        model::at(&self.analysis.tree, self.offset)
    }

    /// A place of the file, or of the base configuration.
    fn place(&self, span: Span) -> String {
        match (&self.workflow.base, span.is_beyond()) {
            (Some(base), true) => base.place(span),
            _ => format!("line {}", self.converter.position(span.start).line + 1),
        }
    }
}

/// The names of steps, each as code; of very many the first.
fn called<'s>(steps: impl IntoIterator<Item = &'s Step>) -> String {
    dagu_schema::rules::listed(steps.into_iter().map(Step::called))
}
