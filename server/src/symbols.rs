//! `textDocument/documentSymbol`: the outline. Documents; their parameters, constants, variables and
//! secrets; containers, harnesses, custom actions; steps with what is within them, and handlers.

use dagu_schema::syntax::{Entry, Tree};
use dagu_schema::workflow::account;
use dagu_schema::workflow::{Container, EnvEntry, Step, Workflow};
use dagu_schema::{Analysis, Span, Spanned};
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

/// The DAG that a file is named after.
pub(crate) fn of_file(uri: &Url) -> Option<lsp::SymbolInformation> {
    let name = uri.to_file_path().ok()?.file_stem()?.to_str()?.to_owned();
    #[expect(deprecated, reason = "the type has the field, and no other constructor")]
    Some(lsp::SymbolInformation {
        name,
        kind: lsp::SymbolKind::MODULE,
        tags: None,
        deprecated: None,
        location: lsp::Location { uri: uri.clone(), range: lsp::Range::default() },
        container_name: None,
    })
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
            "params" => {
                let params = workflow.params.iter().map(|param| &param.name);
                Some(Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), names(entry, params, lsp::SymbolKind::VARIABLE)))
            }
            "consts" => {
                let consts = workflow.consts.iter().map(|(name, _)| name);
                Some(Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), names(entry, consts, lsp::SymbolKind::CONSTANT)))
            }
            "env" => Some(env(entry, &workflow.env)),
            "secrets" => {
                let secrets = workflow.secrets.iter().map(|secret| &secret.name);
                Some(Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), names(entry, secrets, lsp::SymbolKind::KEY)))
            }
            "actions" | "step_types" => {
                let actions = entry.value.entries().unwrap_or_default().iter().filter(|action| is_here(action.key.span));
                let action = |entry: &Entry| Symbol::of_entry(entry, lsp::SymbolKind::INTERFACE, String::new(), Vec::new());
                Some(Symbol::of_entry(entry, lsp::SymbolKind::NAMESPACE, String::new(), actions.map(action).collect()))
            }
            "container" => {
                let detail = workflow.container.as_ref().map(account::container).unwrap_or_default();
                let children = workflow.container.as_ref().map(|container| in_container(entry, container)).unwrap_or_default();
                Some(Symbol::of_entry(entry, lsp::SymbolKind::OBJECT, detail, children))
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
    let children = inside(tree, workflow, step);
    Symbol { name, detail: account::step(workflow, step), kind: lsp::SymbolKind::FUNCTION, span, label, children }
}

/// The variables, the container and the body of a step.
fn inside(tree: &Tree, workflow: &Workflow, step: &Step) -> Vec<Symbol> {
    // An alias brings them in from elsewhere.
    let is_within = |entry: &&Entry| !entry.merged && step.node.span.contains(entry.key.span);
    let entries = step.node.entries().unwrap_or_default().iter().filter(is_within);
    let symbol = |entry: &Entry| match (entry.name(), &step.container) {
        ("env", _) => Some(env(entry, &step.env)),
        ("container", Some(container)) => {
            Some(Symbol::of_entry(entry, lsp::SymbolKind::OBJECT, account::container(container), in_container(entry, container)))
        }
        ("foreach", _) => {
            let body = step.body.iter().filter(|inner| entry.value.span.contains(inner.node.span));
            let body = body.map(|inner| self::step(tree, workflow, inner, inner.called().to_owned())).collect();
            Some(Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), body))
        }
        _ => None,
    };
    entries.filter_map(symbol).collect()
}

fn in_container(entry: &Entry, container: &Container) -> Vec<Symbol> {
    let of_container = entry.value.entry("env").filter(|env| !env.merged && entry.value.span.contains(env.key.span));
    of_container.map(|entry| env(entry, &container.env)).into_iter().collect()
}

fn env(entry: &Entry, env: &[EnvEntry]) -> Symbol {
    let variables = names(entry, env.iter().map(|variable| &variable.name), lsp::SymbolKind::VARIABLE);
    Symbol::of_entry(entry, lsp::SymbolKind::ARRAY, String::new(), variables)
}

/// Names that stand in the value of an entry; their values may be secrets, and are not shown.
fn names<'a>(entry: &Entry, names: impl Iterator<Item = &'a Spanned<String>>, kind: lsp::SymbolKind) -> Vec<Symbol> {
    let is_within = |name: &&Spanned<String>| is_here(name.span) && entry.value.span.contains(name.span);
    let symbol = |name: &Spanned<String>| Symbol {
        name: name.value.clone(),
        detail: String::new(),
        kind,
        span: name.span,
        label: name.span,
        children: Vec::new(),
    };
    names.filter(is_within).map(symbol).collect()
}

fn is_here(span: Span) -> bool {
    !span.is_beyond()
}
