//! `textDocument/codeLens`: what can be done with a DAG, above its first key; how many steps wait for a
//! step, above that.

use dagu_schema::workflow::Workflow;
use dagu_schema::{Analysis, Span};
use serde_json::{Value, json};
use tower_lsp::lsp_types as lsp;

use crate::commands;
use crate::convert::Converter;
use crate::documents::Snapshot;
use crate::settings::CodeLenses;

/// What the server can do.
pub(crate) fn capability() -> lsp::CodeLensOptions {
    lsp::CodeLensOptions { resolve_provider: Some(false) }
}

/// A command of some clients that shows a list of places.
const SHOW_REFERENCES: &str = "editor.action.showReferences";

/// Whether the client has that command: it names its commands as rust-analyzer has it.
pub(crate) fn shows_references(client: &lsp::ClientCapabilities) -> bool {
    let commands = client.experimental.as_ref().and_then(|more| more.pointer("/commands/commands")?.as_array());
    commands.is_some_and(|commands| commands.iter().any(|command| command == SHOW_REFERENCES))
}

/// The lenses of a document. `shows_references`: see [`shows_references`].
pub(crate) fn lenses(
    snapshot: &Snapshot,
    analysis: &Analysis,
    converter: Converter<'_>,
    wanted: &CodeLenses,
    shows_references: bool,
) -> Vec<lsp::CodeLens> {
    let lens = |span: Span, title: String, command: &str, arguments: Vec<Value>| lsp::CodeLens {
        range: converter.range(span),
        command: Some(lsp::Command { title, command: command.to_owned(), arguments: Some(arguments) }),
        data: None,
    };
    let mut lenses = Vec::new();
    // A command runs the first document of a file.
    let first = analysis.workflows.first().map(Workflow::first_key).filter(|key| !key.is_beyond());
    if let Some(key) = first.filter(|_| wanted.tasks && snapshot.uri.to_file_path().is_ok()) {
        let tasks = [("Run DAG", commands::RUN), ("Plan", commands::PLAN), ("Preview", commands::PREVIEW)];
        lenses.extend(tasks.map(|(title, command)| lens(key, title.to_owned(), command, vec![json!(snapshot.uri)])));
    }
    for workflow in analysis.workflows.iter().filter(|_| wanted.dependents) {
        for (step, dependents) in workflow.steps.iter().zip(dependents(workflow)) {
            if dependents.is_empty() || step.label.is_beyond() {
                continue;
            }
            let title = if dependents.len() == 1 { "1 dependent".to_owned() } else { format!("{} dependents", dependents.len()) };
            let position = converter.position(step.label.start);
            let mut arguments = vec![json!(snapshot.uri), json!(position)];
            if shows_references {
                let steps = dependents.iter().filter_map(|&at| workflow.steps.get(at));
                let places = steps.map(|step| lsp::Location { uri: snapshot.uri.clone(), range: converter.range(step.label) });
                arguments.push(json!(places.collect::<Vec<_>>()));
            }
            let command = if shows_references { SHOW_REFERENCES } else { commands::SHOW_DEPENDENTS };
            lenses.push(lens(step.label, title, command, arguments));
        }
    }
    lenses
}

/// For each step those that wait for it.
pub(crate) fn dependents(workflow: &Workflow) -> Vec<Vec<usize>> {
    let mut dependents = vec![Vec::new(); workflow.steps.len()];
    for (later, edges) in workflow.edges.iter().enumerate() {
        for edge in edges {
            if let Some(of) = dependents.get_mut(edge.from).filter(|of: &&mut Vec<usize>| of.last() != Some(&later)) {
                of.push(later);
            }
        }
    }
    dependents
}
