//! The requests and notifications, each handed to its file.

use std::sync::{Arc, OnceLock};

use dagu_schema::{Analysis, Encoding, LARGEST_TEXT};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;
use tower_lsp::{Client, LanguageServer};

use crate::convert::{self, Converter};
use crate::documents::{Documents, Snapshot};
use crate::settings::Settings;
use crate::{Machine, code_action, completion, diagnostics, hover, ignore_action, inlay_hints, symbols};

/// The server.
pub(crate) struct Backend {
    client: Client,
    machine: Arc<dyn Machine>,
    documents: Arc<Documents>,
    settings: OnceLock<Settings>,
    traits: OnceLock<Traits>,
}

/// What was agreed with the client at the start.
#[derive(Clone, Copy, Debug)]
struct Traits {
    encoding: Encoding,
    nested_symbols: bool,
    versioned_edits: bool,
    markdown_hover: bool,
    markdown_completion: bool,
}

impl Traits {
    fn of(client: &lsp::ClientCapabilities) -> Self {
        let encodings = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let text = client.text_document.as_ref();
        let markdown = |formats: Option<&Vec<lsp::MarkupKind>>| formats.is_none_or(|formats| formats.contains(&lsp::MarkupKind::Markdown));
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        let edits = client.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
        let item = text.and_then(|text| text.completion.as_ref()).and_then(|completion| completion.completion_item.as_ref());
        Self {
            encoding: convert::encoding(encodings),
            nested_symbols: symbols.and_then(|symbols| symbols.hierarchical_document_symbol_support).unwrap_or(false),
            versioned_edits: edits.and_then(|edits| edits.document_changes).unwrap_or(false),
            markdown_hover: markdown(text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref())),
            markdown_completion: markdown(item.and_then(|item| item.documentation_format.as_ref())),
        }
    }
}

impl Backend {
    /// A server that speaks to this client.
    pub(crate) fn new(client: Client, machine: Arc<dyn Machine>) -> Self {
        Self { client, machine, documents: Arc::default(), settings: OnceLock::new(), traits: OnceLock::new() }
    }

    fn settings(&self) -> Settings {
        self.settings.get().cloned().unwrap_or_default()
    }

    fn traits(&self) -> Traits {
        *self.traits.get_or_init(|| Traits::of(&lsp::ClientCapabilities::default()))
    }

    /// Answers a request about a document from its newest text, on a thread of its own; `None`
    /// for a document that is not open or no DAG.
    async fn answer<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &Analysis, Converter<'_>) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let encoding = self.traits().encoding;
        // Before the first await: the text as it was when the request came.
        let Some(snapshot) = self.documents.get(uri) else { return Ok(None) };
        let Some(analysis) = snapshot.analysis().await else { return Ok(None) };
        let answer = move || answer(&snapshot, &analysis, Converter::new(&snapshot.text, &snapshot.lines, encoding));
        match tokio::task::spawn_blocking(answer).await {
            Ok(answer) => Ok(Some(answer)),
            Err(_) => Err(Error::internal_error()),
        }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let traits = *self.traits.get_or_init(|| Traits::of(&params.capabilities));
        self.settings.get_or_init(|| Settings::of(params.initialization_options.as_ref()));
        let sync = lsp::TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
            ..lsp::TextDocumentSyncOptions::default()
        };
        let capabilities = lsp::ServerCapabilities {
            position_encoding: Some(convert::encoding_kind(traits.encoding)),
            text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
            hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
            inlay_hint_provider: Some(inlay_hints::capability()),
            completion_provider: Some(lsp::CompletionOptions {
                trigger_characters: Some([":", " ", "-"].map(str::to_owned).to_vec()),
                ..lsp::CompletionOptions::default()
            }),
            document_symbol_provider: Some(lsp::OneOf::Left(true)),
            code_action_provider: Some(lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
                code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX]),
                ..lsp::CodeActionOptions::default()
            })),
            ..lsp::ServerCapabilities::default()
        };
        let server = lsp::ServerInfo { name: "dagu-rs".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        Ok(lsp::InitializeResult { capabilities, server_info: Some(server) })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        if let Some(updates) = self.documents.open(params.text_document, self.machine.clone()) {
            let (documents, client, encoding) = (self.documents.clone(), self.client.clone(), self.traits().encoding);
            tokio::spawn(diagnostics::follow(uri.clone(), updates, documents, client, encoding));
        }
        let is_dag = self.documents.get(&uri).is_some_and(|snapshot| snapshot.is_dag());
        if let Some(trouble) = self.machine.trouble(uri.to_file_path().ok().as_deref()).filter(|_| is_dag) {
            self.client.show_message(lsp::MessageType::ERROR, trouble).await;
        }
        if self.documents.get(&uri).is_some_and(|snapshot| snapshot.is_too_large()) {
            let message = format!("{uri} is too large to be a DAG: dagu-rs reads files of up to {} MiB", LARGEST_TEXT >> 20);
            self.client.log_message(lsp::MessageType::WARNING, message).await;
        }
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let document = params.text_document;
        self.documents.change(&document.uri, document.version, params.content_changes, self.traits().encoding);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.documents.close(&params.text_document.uri);
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let markdown = self.traits().markdown_hover;
        let hover = self.answer(&text_document.uri, move |_, analysis, converter| {
            let hover = hover::hover(analysis, converter.offset(position), converter, jiff::Timestamp::now())?;
            Some(hover::convert(converter, markdown, hover))
        });
        Ok(hover.await?.flatten())
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let markdown = self.traits().markdown_completion;
        let items = self.answer(&text_document.uri, move |_, analysis, converter| {
            let proposals = completion::complete(analysis, converter.offset(position));
            proposals.into_iter().map(|proposal| proposal.convert(converter, markdown)).collect()
        });
        Ok(items.await?.map(lsp::CompletionResponse::Array))
    }

    async fn document_symbol(&self, params: lsp::DocumentSymbolParams) -> Result<Option<lsp::DocumentSymbolResponse>> {
        let nested = self.traits().nested_symbols;
        let outline = self.answer(&params.text_document.uri, move |snapshot, analysis, converter| {
            let outline = symbols::outline(analysis, converter);
            if nested {
                lsp::DocumentSymbolResponse::Nested(outline)
            } else {
                lsp::DocumentSymbolResponse::Flat(symbols::flat(outline, &snapshot.uri))
            }
        });
        outline.await
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        if !code_action::wants_quick_fixes(params.context.only.as_deref()) {
            return Ok(None);
        }
        let versioned = self.traits().versioned_edits;
        let actions = self.answer(&params.text_document.uri, move |snapshot, analysis, converter| {
            let span = converter.span(params.range);
            let mut actions = code_action::quick_fixes(snapshot, analysis, span, converter, versioned);
            actions.extend(ignore_action::ignores(snapshot, analysis, span, converter, versioned));
            actions
        });
        actions.await
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        let wanted = self.settings().inlay_hints;
        let hints = self.answer(&params.text_document.uri, move |_, analysis, converter| {
            inlay_hints::hints(analysis, converter.span(params.range), converter, &wanted)
        });
        hints.await
    }
}
