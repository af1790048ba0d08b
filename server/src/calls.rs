//! Call hierarchy as the tree of dependencies: who comes in waits for a step, what goes out it waits
//! for. A step that starts another DAG leads there, and the DAG to the steps that it ends with.

use std::path::Path;

use dagu_schema::symbols::{self, FileKind, FileName, Kind};
use dagu_schema::workflow::{Step, Workflow, account, call};
use dagu_schema::{Analysis, Span};
use serde_json::{Value, json};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::Machine;
use crate::convert::Converter;

/// What the server offers.
pub(crate) fn capability() -> Option<lsp::CallHierarchyServerCapability> {
    Some(lsp::CallHierarchyServerCapability::Simple(true))
}

/// A file with its DAGs.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    /// Its name.
    pub(crate) uri: &'a Url,
    /// What it holds.
    pub(crate) analysis: &'a Analysis,
    /// Its places.
    pub(crate) converter: Converter<'a>,
}

/// What an item stands for: a document of a file, or a step of it.
#[derive(Clone, Copy)]
struct Node<'a> {
    document: usize,
    workflow: &'a Workflow,
    /// The step's index; `None` for the DAG as a whole.
    step: Option<usize>,
}

/// The step at a byte: the one that is named there, else the one that the byte is in.
pub(crate) fn prepare(file: File<'_>, offset: usize) -> Option<Vec<lsp::CallHierarchyItem>> {
    let workflows = file.analysis.workflows.iter().enumerate();
    let named = symbols::at(file.analysis, offset).map(|place| place.symbol);
    if let Some(dag) = named.as_ref().filter(|symbol| symbol.kind == Kind::Dag) {
        let workflow = file.analysis.workflows.get(dag.document)?;
        return Some(vec![item(file, Node { document: dag.document, workflow, step: None })]);
    }
    let named = named.filter(|symbol| matches!(symbol.kind, Kind::Step | Kind::StepName));
    let home = |step: &Step| match &named {
        Some(symbol) => step.node.span.start == symbol.home,
        None => step.label.to(step.node.span).touches(offset),
    };
    let mut found = workflows.filter_map(|(document, workflow)| {
        let step = workflow.steps.iter().position(home)?;
        Some(item(file, Node { document, workflow, step: Some(step) }))
    });
    Some(vec![found.next()?])
}

fn item(file: File<'_>, node: Node<'_>) -> lsp::CallHierarchyItem {
    let Node { document, workflow, step } = node;
    let step = step.and_then(|step| workflow.steps.get(step));
    let (name, detail, kind, span, label) = match step {
        Some(step) => {
            (step.called().to_owned(), account::step(workflow, step), lsp::SymbolKind::FUNCTION, step.label.to(step.node.span), step.label)
        }
        None => {
            let name = workflow.name.as_ref().map(|name| name.value.clone()).filter(|_| document > 0);
            let stem = || file.uri.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
            (name.unwrap_or_else(stem), "DAG".to_owned(), lsp::SymbolKind::MODULE, workflow.node.span, workflow.first_key())
        }
    };
    let label = if span.contains(label) { label } else { span };
    lsp::CallHierarchyItem {
        data: Some(json!({"document": document, "step": step.map(Step::called)})),
        name: if name.trim().is_empty() { "(unnamed)".to_owned() } else { name },
        kind,
        tags: None,
        detail: (!detail.is_empty()).then_some(detail),
        uri: file.uri.clone(),
        range: file.converter.range(span),
        selection_range: file.converter.range(label),
    }
}

/// What an item that was handed out stands for now.
fn node<'a>(analysis: &'a Analysis, data: Option<&Value>) -> Option<Node<'a>> {
    let data = data?;
    let document = usize::try_from(data.get("document")?.as_u64()?).ok()?;
    let workflow = analysis.workflows.get(document)?;
    let step = match data.get("step").and_then(Value::as_str) {
        Some(step) => Some(workflow.step_index(step)?),
        None => None,
    };
    Some(Node { document, workflow, step })
}

/// Who waits for a step; who starts a DAG, as far as the file says.
pub(crate) fn incoming(file: File<'_>, data: Option<&Value>) -> Vec<lsp::CallHierarchyIncomingCall> {
    let Some(Node { document, workflow, step }) = node(file.analysis, data) else { return Vec::new() };
    let call = |document: usize, workflow: &Workflow, from: usize, span: Option<Span>| {
        let label = workflow.steps.get(from).map(|step| step.label);
        lsp::CallHierarchyIncomingCall {
            from: item(file, Node { document, workflow, step: Some(from) }),
            from_ranges: span.or(label).filter(|span| !span.is_beyond()).map(|span| file.converter.range(span)).into_iter().collect(),
        }
    };
    let Some(step) = step else {
        let name = workflow.name.as_ref().map(|name| name.value.as_str()).filter(|_| document > 0);
        let mut out = Vec::new();
        for (document, workflow) in file.analysis.workflows.iter().enumerate() {
            for (at, step) in workflow.steps.iter().enumerate() {
                let found = call::call_of(&file.analysis.tree, step).filter(|call| Some(call.target.value) == name);
                out.extend(found.map(|found| call(document, workflow, at, Some(found.target.span))));
            }
        }
        return out;
    };
    let mut out = Vec::new();
    for (later, edges) in workflow.edges.iter().enumerate() {
        out.extend(edges.iter().filter(|edge| edge.from == step).map(|edge| call(document, workflow, later, edge.span)));
    }
    out
}

/// What a step waits for and which DAG it starts; of a DAG, the steps that it ends with.
pub(crate) fn outgoing(machine: &dyn Machine, file: File<'_>, data: Option<&Value>) -> Vec<lsp::CallHierarchyOutgoingCall> {
    let Some(Node { document, workflow, step: at }) = node(file.analysis, data) else { return Vec::new() };
    let call = |to: usize, span: Option<Span>| lsp::CallHierarchyOutgoingCall {
        to: item(file, Node { document, workflow, step: Some(to) }),
        from_ranges: span.filter(|span| !span.is_beyond()).map(|span| file.converter.range(span)).into_iter().collect(),
    };
    let Some((at, step)) = at.and_then(|at| Some((at, workflow.steps.get(at)?))) else {
        let mut waited_for = vec![false; workflow.steps.len()];
        for edge in workflow.edges.iter().flatten() {
            if let Some(waited_for) = waited_for.get_mut(edge.from) {
                *waited_for = true;
            }
        }
        return waited_for.iter().enumerate().filter(|(_, waited_for)| !**waited_for).map(|(last, _)| call(last, None)).collect();
    };
    let mut out: Vec<_> =
        workflow.edges.get(at).into_iter().flatten().map(|edge| call(edge.from, edge.span.or(Some(step.label)))).collect();
    if let Some(found) = call::call_of(&file.analysis.tree, step) {
        let from_ranges = vec![file.converter.range(found.target.span)];
        let is_it = |workflow: &Workflow| workflow.name.as_ref().is_some_and(|name| name.value == found.target.value);
        let local = file.analysis.workflows.iter().enumerate().skip(1).find(|(_, workflow)| is_it(workflow));
        let to = match local {
            Some((document, workflow)) => Some(item(file, Node { document, workflow, step: None })),
            None => in_file(machine, file, found.target.value, found.target.span),
        };
        out.extend(to.map(|to| lsp::CallHierarchyOutgoingCall { to, from_ranges }));
    }
    out
}

/// The DAG of another file.
fn in_file(machine: &dyn Machine, file: File<'_>, name: &str, span: Span) -> Option<lsp::CallHierarchyItem> {
    let from = file.uri.to_file_path().ok()?;
    let name = FileName { span, written: name.to_owned(), kind: FileKind::Dag, folders: Vec::new() };
    let path = machine.file(&from, &name)?;
    let (uri, analysis) = read(machine, &path)?;
    let converter = Converter::new(&analysis.tree.text, &analysis.tree.lines, file.converter.encoding());
    let workflow = analysis.workflows.first()?;
    Some(item(File { uri: &uri, analysis: &analysis, converter }, Node { document: 0, workflow, step: None }))
}

/// A file that is not open, read.
pub(crate) fn read(machine: &dyn Machine, path: &Path) -> Option<(Url, Analysis)> {
    let uri = Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    let text = machine.read(path)?;
    Some((uri, symbols::read(&text, None)))
}
