//! `textDocument/documentSymbol`: the outline. Documents, their container, harnesses, steps and
//! handlers.

use dagu_schema::syntax::{Entry, Tree};
use dagu_schema::workflow::account;
use dagu_schema::workflow::{Step, Workflow};
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::convert::Converter;

/// The outline of a file.
pub(crate) fn outline(analysis: &Analysis, converter: Converter<'_>) -> Vec<lsp::DocumentSymbol> {
    let Analysis { tree, workflows, .. } = analysis;
    let symbols = match &workflows[..] {
        [workflow] => document(tree, workflow),
        workflows => workflows.iter().enumerate().map(|(number, workflow)| titled(tree, workflow, number)).collect(),
    };
    symbols.iter().map(|symbol| symbol.convert(converter)).collect()
}

/// The outline for a client that knows no hierarchy.
pub(crate) fn flat(symbols: Vec<lsp::DocumentSymbol>, uri: &Url) -> Vec<lsp::SymbolInformation> {
    let mut out = Vec::new();
    let mut open: Vec<(lsp::DocumentSymbol, Option<String>)> = symbols.into_iter().rev().map(|symbol| (symbol, None)).collect();
    while let Some((symbol, container_name)) = open.pop() {
        let children = symbol.children.unwrap_or_default();
        open.extend(children.into_iter().rev().map(|child| (child, Some(symbol.name.clone()))));
        #[expect(deprecated, reason = "the type has the field, and no other constructor")]
        out.push(lsp::SymbolInformation {
            name: symbol.name,
            kind: symbol.kind,
            tags: None,
            deprecated: None,
            location: lsp::Location { uri: uri.clone(), range: symbol.range },
            container_name,
        });
    }
    out
}

struct Symbol {
    name: String,
    detail: String,
    kind: lsp::SymbolKind,
    span: Span,
    label: Span,
    children: Vec<Symbol>,
}

impl Symbol {
    fn of_entry(entry: &Entry, kind: lsp::SymbolKind, detail: String, children: Vec<Symbol>) -> Self {
        let span = entry.key.span.to(entry.value_span());
        Self { name: entry.name().to_owned(), detail, kind, span, label: entry.key.span, children }
    }

    fn convert(&self, converter: Converter<'_>) -> lsp::DocumentSymbol {
        // An alias may bring in a label that stands elsewhere; the protocol wants it inside.
        let inside = self.span.start <= self.label.start && self.label.end <= self.span.end;
        let label = if inside { self.label } else { self.span };
        #[expect(deprecated, reason = "the type has the field, and no other constructor")]
        lsp::DocumentSymbol {
            // Clients reject an empty name.
            name: if self.name.trim().is_empty() { "(unnamed)".to_owned() } else { self.name.clone() },
            detail: (!self.detail.is_empty()).then(|| self.detail.clone()),
            kind: self.kind,
            tags: None,
            deprecated: None,
            range: converter.range(self.span),
            selection_range: converter.range(label),
            children: Some(self.children.iter().map(|child| child.convert(converter)).collect()),
        }
    }
}

/// One of several documents of a file.
fn titled(tree: &Tree, workflow: &Workflow, number: usize) -> Symbol {
    let (name, label) = match &workflow.name {
        Some(name) => (name.value.clone(), name.span),
        None => (format!("document {}", number + 1), workflow.first_key()),
    };
    let (span, children) = (workflow.node.span, document(tree, workflow));
    Symbol { name, detail: "DAG".to_owned(), kind: lsp::SymbolKind::MODULE, span, label, children }
}

fn document(tree: &Tree, workflow: &Workflow) -> Vec<Symbol> {
    let entries = workflow.node.entries().unwrap_or_default().iter().filter(|entry| !entry.merged);
    entries
        .filter_map(|entry| match entry.name() {
            "container" => {
                let detail = workflow.container.as_ref().map(account::container).unwrap_or_default();
                Some(Symbol::of_entry(entry, lsp::SymbolKind::OBJECT, detail, Vec::new()))
            }
            "harnesses" => Some(Symbol::of_entry(entry, lsp::SymbolKind::NAMESPACE, String::new(), harnesses(workflow, entry))),
            "steps" => {
                let steps = workflow.steps.iter().map(|each| step(tree, workflow, each, each.called().to_owned())).collect();
                Some(Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), steps))
            }
            "handler_on" => {
                let handlers = workflow.handlers.iter().filter(|(event, _)| !event.span.is_beyond());
                let handlers = handlers.map(|(event, each)| step(tree, workflow, each, event.value.clone())).collect();
                Some(Symbol::of_entry(entry, lsp::SymbolKind::EVENT, String::new(), handlers))
            }
            _ => None,
        })
        .collect()
}

fn harnesses(workflow: &Workflow, entry: &Entry) -> Vec<Symbol> {
    let entries = entry.value.entries().unwrap_or_default().iter();
    entries
        .filter(|entry| !entry.key.span.is_beyond())
        .map(|entry| {
            let binary = workflow.harnesses.get(entry.name()).map(|definition| definition.binary.clone()).unwrap_or_default();
            Symbol::of_entry(entry, lsp::SymbolKind::INTERFACE, binary, Vec::new())
        })
        .collect()
}

fn step(tree: &Tree, workflow: &Workflow, step: &Step, name: String) -> Symbol {
    let label = step.label;
    // A handler's label is its event, which stands before the step's mapping. One that an alias
    // brings in from elsewhere does not count.
    let before = tree.text.get(label.end..step.node.span.start).is_some_and(|between| between.trim_start_matches(':').trim().is_empty());
    let span = if before { label.to(step.node.span) } else { step.node.span };
    Symbol { name, detail: account::step(workflow, step), kind: lsp::SymbolKind::FUNCTION, span, label, children: Vec::new() }
}
