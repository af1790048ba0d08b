//! `workspace/executeCommand`: a DAG run, planned or drawn by this program, and steps that wait for one shown.
//!
//! A command is answered at once, and what it started goes on beside all other requests.

use std::path::PathBuf;

use dagu_schema::Analysis;
use serde_json::Value;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::Task;
use crate::backend::Backend;
use crate::code_lens::dependents;
use crate::convert::Converter;
use crate::preview;
use crate::task::Job;

/// Runs a DAG file.
pub(crate) const RUN: &str = "dagu-rs.run";
/// Shows what a run would do.
pub(crate) const PLAN: &str = "dagu-rs.plan";
/// Shows a picture of the DAG.
pub(crate) const PREVIEW: &str = "dagu-rs.preview";
/// Shows the steps that wait for one.
pub(crate) const SHOW_DEPENDENTS: &str = "dagu-rs.showDependents";

/// Steps that a person is given to choose from.
const MOST_SHOWN: usize = 20;

/// What the server can do.
pub(crate) fn capability() -> lsp::ExecuteCommandOptions {
    lsp::ExecuteCommandOptions {
        commands: [RUN, PLAN, PREVIEW, SHOW_DEPENDENTS].map(str::to_owned).to_vec(),
        ..lsp::ExecuteCommandOptions::default()
    }
}

/// Does what a command says.
pub(crate) async fn execute(server: &Backend, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
    if params.command == PREVIEW {
        return preview::show(server, &params.arguments).await;
    }
    match Command::read(params)? {
        Command::Task { task, path, uri } => {
            let open = server.documents.get(&uri);
            tokio::spawn(Job { server: server.clone(), task, uri, path, open }.perform());
        }
        Command::Dependents { uri, position } => {
            let steps = server.answer(&uri, move |_, analysis, converter| waiting(analysis, position, converter)).await?;
            tokio::spawn(show(server.clone(), uri, steps.unwrap_or_default()));
        }
    }
    Ok(None)
}

/// A command as it was asked for.
enum Command {
    /// Something to be done with a file.
    Task { task: Task, path: PathBuf, uri: Url },
    /// The steps that wait for the one at a place.
    Dependents { uri: Url, position: lsp::Position },
}

impl Command {
    /// Reads a command with its arguments.
    fn read(params: lsp::ExecuteCommandParams) -> Result<Self> {
        let mut arguments = params.arguments.into_iter();
        let uri = match arguments.next() {
            Some(Value::String(uri)) => Url::parse(&uri).map_err(|_| Error::invalid_params(format!("`{uri}` is no URI")))?,
            _ => return Err(Error::invalid_params("the first argument is the URI of a document")),
        };
        let task = match params.command.as_str() {
            RUN => Task::Run,
            PLAN => Task::Plan,
            SHOW_DEPENDENTS => {
                let position = arguments.next().and_then(|position| serde_json::from_value(position).ok());
                let position = position.ok_or_else(|| Error::invalid_params("the second argument is a position"))?;
                return Ok(Self::Dependents { uri, position });
            }
            other => return Err(Error::invalid_params(format!("there is no command `{other}`"))),
        };
        let path = uri.to_file_path().map_err(|()| Error::invalid_params(format!("{uri} is no file")))?;
        Ok(Self::Task { task, path, uri })
    }
}

/// The steps that wait for the one at a place, by name.
fn waiting(analysis: &Analysis, position: lsp::Position, converter: Converter<'_>) -> Vec<(String, lsp::Range)> {
    let offset = converter.offset(position);
    let found = analysis.workflows.iter().find_map(|workflow| {
        let at = workflow.steps.iter().position(|step| step.label.touches(offset))?;
        Some((workflow, dependents(workflow).into_iter().nth(at)?))
    });
    let Some((workflow, waiting)) = found else { return Vec::new() };
    let steps = waiting.into_iter().filter_map(|at| workflow.steps.get(at));
    steps.map(|step| (step.called().to_owned(), converter.range(step.label))).collect()
}

/// Shows steps of a document: the only one at once, of several the one that is chosen.
async fn show(server: Backend, uri: Url, mut steps: Vec<(String, lsp::Range)>) {
    let described = |(name, range): &(String, lsp::Range)| format!("{name} (line {})", range.start.line.saturating_add(1));
    let client = &server.client;
    if !server.traits().shows_documents {
        let names: Vec<String> = steps.iter().map(described).collect();
        let text = if names.is_empty() { "no step waits for it".to_owned() } else { format!("dependents: {}", names.join(", ")) };
        return client.show_message(lsp::MessageType::INFO, text).await;
    }
    let chosen = if steps.len() > 1 {
        let left = steps.len().saturating_sub(MOST_SHOWN);
        let question = if left == 0 { "Which dependent?".to_owned() } else { format!("Which dependent? {left} more are not listed.") };
        let choices =
            steps.iter().take(MOST_SHOWN).map(|step| lsp::MessageActionItem { title: described(step), properties: Default::default() });
        let choice = client.show_message_request(lsp::MessageType::INFO, question, Some(choices.collect())).await;
        let Ok(Some(choice)) = choice else { return };
        steps.into_iter().find(|step| described(step) == choice.title)
    } else {
        steps.pop()
    };
    if let Some((_, range)) = chosen {
        let params = lsp::ShowDocumentParams { uri, external: None, take_focus: Some(true), selection: Some(range) };
        // Whether it could be shown, the person sees.
        let _ = client.show_document(params).await;
    }
}
