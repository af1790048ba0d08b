//! The requests and notifications, each handed to its file.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use dagu_schema::{Analysis, Encoding, LARGEST_TEXT};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;
use tower_lsp::{Client, LanguageServer};

use crate::convert::{self, Converter};
use crate::documents::{Documents, Snapshot};
use crate::{Machine, calls, code_action, completion, definition, diagnostics, folding, highlight, hover, ignore_action, links};
use crate::{references, rename, selection, symbols, workspace_symbols};

/// The server.
pub(crate) struct Backend {
    client: Client,
    machine: Arc<dyn Machine>,
    documents: Arc<Documents>,
    traits: OnceLock<Traits>,
    folders: OnceLock<Vec<PathBuf>>,
    opened: workspace_symbols::Opened,
}

/// What was agreed with the client at the start.
#[derive(Clone, Copy, Debug)]
struct Traits {
    encoding: Encoding,
    nested_symbols: bool,
    versioned_edits: bool,
    markdown_hover: bool,
    markdown_completion: bool,
    definition_links: bool,
    folding_limit: Option<u32>,
    prepares_rename: bool,
}

impl Traits {
    fn of(client: &lsp::ClientCapabilities) -> Self {
        let encodings = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let text = client.text_document.as_ref();
        let markdown = |formats: Option<&Vec<lsp::MarkupKind>>| formats.is_none_or(|formats| formats.contains(&lsp::MarkupKind::Markdown));
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        let edits = client.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
        let folding = text.and_then(|text| text.folding_range.as_ref());
        let item = text.and_then(|text| text.completion.as_ref()).and_then(|completion| completion.completion_item.as_ref());
        Self {
            encoding: convert::encoding(encodings),
            nested_symbols: symbols.and_then(|symbols| symbols.hierarchical_document_symbol_support).unwrap_or(false),
            versioned_edits: edits.and_then(|edits| edits.document_changes).unwrap_or(false),
            markdown_hover: markdown(text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref())),
            markdown_completion: markdown(item.and_then(|item| item.documentation_format.as_ref())),
            definition_links: text.and_then(|text| text.definition.as_ref()?.link_support).unwrap_or(false),
            folding_limit: folding.and_then(|folding| folding.range_limit),
            prepares_rename: text.and_then(|text| text.rename.as_ref()?.prepare_support).unwrap_or(false),
        }
    }
}

impl Backend {
    /// A server that speaks to this client.
    pub(crate) fn new(client: Client, machine: Arc<dyn Machine>) -> Self {
        Self {
            client,
            machine,
            documents: Arc::default(),
            traits: OnceLock::new(),
            folders: OnceLock::new(),
            opened: workspace_symbols::Opened::default(),
        }
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
        let answer = move || answer(&snapshot, &analysis, converter_of(&snapshot, encoding));
        match tokio::task::spawn_blocking(answer).await {
            Ok(answer) => Ok(Some(answer)),
            Err(_) => Err(Error::internal_error()),
        }
    }
}

/// From the places of an open document's analysis to positions in its text, and back.
pub(crate) fn converter_of(snapshot: &Snapshot, encoding: Encoding) -> Converter<'_> {
    Converter::new(&snapshot.text, &snapshot.lines, encoding)
}

/// The folders that the client has opened.
fn folders(params: &lsp::InitializeParams) -> Vec<PathBuf> {
    let several = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let one = params.root_uri.iter().filter(|_| params.workspace_folders.is_none());
    several.chain(one).filter_map(|uri| uri.to_file_path().ok()).collect()
}

impl Backend {
    /// Answers a request about a file that may be open or not.
    async fn answer_in_file<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(calls::File<'_>) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        if self.documents.get(uri).is_some() {
            return self
                .answer(uri, move |snapshot, analysis, converter| answer(calls::File { uri: &snapshot.uri, analysis, converter }))
                .await;
        }
        let (machine, encoding, path) = (self.machine.clone(), self.traits().encoding, uri.to_file_path().ok());
        let read = move || {
            let (uri, analysis) = calls::read(&*machine, &path?)?;
            let converter = Converter::new(&analysis.tree.text, &analysis.tree.lines, encoding);
            Some(answer(calls::File { uri: &uri, analysis: &analysis, converter }))
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| Error::internal_error())
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let traits = *self.traits.get_or_init(|| Traits::of(&params.capabilities));
        let _ = self.folders.set(folders(&params));
        let sync = lsp::TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
            ..lsp::TextDocumentSyncOptions::default()
        };
        let capabilities = lsp::ServerCapabilities {
            position_encoding: Some(convert::encoding_kind(traits.encoding)),
            text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
            hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
            completion_provider: Some(lsp::CompletionOptions {
                trigger_characters: Some([":", " ", "-"].map(str::to_owned).to_vec()),
                ..lsp::CompletionOptions::default()
            }),
            document_symbol_provider: Some(lsp::OneOf::Left(true)),
            code_action_provider: Some(lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
                code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX]),
                ..lsp::CodeActionOptions::default()
            })),
            definition_provider: definition::capability(),
            declaration_provider: definition::declaration_capability(),
            references_provider: references::capability(),
            document_highlight_provider: highlight::capability(),
            rename_provider: rename::capability(traits.prepares_rename),
            folding_range_provider: folding::capability(),
            selection_range_provider: selection::capability(),
            document_link_provider: links::capability(),
            call_hierarchy_provider: calls::capability(),
            workspace_symbol_provider: workspace_symbols::capability(),
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
        self.opened.add(&uri);
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
        self.opened.remove(&params.text_document.uri);
        self.documents.close(&params.text_document.uri);
    }

    async fn document_highlight(&self, params: lsp::DocumentHighlightParams) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let highlights = self.answer(&text_document.uri, move |_, analysis, converter| {
            highlight::highlights(analysis, converter, converter.offset(position))
        });
        Ok(highlights.await?.flatten())
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        let machine = self.machine.clone();
        self.answer(&params.text_document.uri, move |snapshot, analysis, converter| links::links(&*machine, snapshot, analysis, converter))
            .await
    }

    async fn document_link_resolve(&self, link: lsp::DocumentLink) -> Result<lsp::DocumentLink> {
        Ok(links::resolve(&*self.machine, link))
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        let limit = self.traits().folding_limit;
        self.answer(&params.text_document.uri, move |_, analysis, converter| folding::ranges(analysis, converter, limit)).await
    }

    async fn goto_declaration(&self, params: lsp::request::GotoDeclarationParams) -> Result<Option<lsp::request::GotoDeclarationResponse>> {
        self.goto_definition(params).await
    }

    async fn goto_definition(&self, params: lsp::GotoDefinitionParams) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let (machine, linked) = (self.machine.clone(), self.traits().definition_links);
        let definition = self.answer(&text_document.uri, move |snapshot, analysis, converter| {
            definition::definition(&*machine, snapshot, analysis, converter, converter.offset(position), linked)
        });
        Ok(definition.await?.flatten())
    }

    async fn incoming_calls(&self, params: lsp::CallHierarchyIncomingCallsParams) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
        let data = params.item.data;
        self.answer_in_file(&params.item.uri, move |file| calls::incoming(file, data.as_ref())).await
    }

    async fn outgoing_calls(&self, params: lsp::CallHierarchyOutgoingCallsParams) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
        let (machine, data) = (self.machine.clone(), params.item.data);
        self.answer_in_file(&params.item.uri, move |file| calls::outgoing(&*machine, file, data.as_ref())).await
    }

    async fn prepare_call_hierarchy(&self, params: lsp::CallHierarchyPrepareParams) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let items = self.answer(&text_document.uri, move |snapshot, analysis, converter| {
            calls::prepare(calls::File { uri: &snapshot.uri, analysis, converter }, converter.offset(position))
        });
        Ok(items.await?.flatten())
    }

    async fn prepare_rename(&self, params: lsp::TextDocumentPositionParams) -> Result<Option<lsp::PrepareRenameResponse>> {
        let position = params.position;
        let prepared = self.answer(&params.text_document.uri, move |_, analysis, converter| {
            rename::prepare(analysis, converter, converter.offset(position))
        });
        prepared.await?.map_or(Ok(None), |prepared| prepared.map_err(rename::refused))
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let with_declaration = params.context.include_declaration;
        let references = self.answer(&text_document.uri, move |snapshot, analysis, converter| {
            references::references(snapshot, analysis, converter, converter.offset(position), with_declaration)
        });
        Ok(references.await?.flatten())
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let (to, versioned) = (params.new_name, self.traits().versioned_edits);
        let renamed = self.answer(&text_document.uri, move |snapshot, analysis, converter| {
            rename::rename(snapshot, analysis, converter, converter.offset(position), &to, versioned)
        });
        renamed.await?.map_or(Ok(None), |renamed| renamed.map_err(rename::refused))
    }

    async fn selection_range(&self, params: lsp::SelectionRangeParams) -> Result<Option<Vec<lsp::SelectionRange>>> {
        let positions = params.positions;
        let ranges = self.answer(&params.text_document.uri, move |_, analysis, converter| {
            positions.into_iter().map(|position| selection::range(analysis, converter, converter.offset(position))).collect()
        });
        ranges.await
    }

    async fn symbol(&self, params: lsp::WorkspaceSymbolParams) -> Result<Option<Vec<lsp::SymbolInformation>>> {
        let (machine, encoding) = (self.machine.clone(), self.traits().encoding);
        let folders = self.folders.get().cloned().unwrap_or_default();
        let mut open = Vec::new();
        for snapshot in self.opened.uris().iter().filter_map(|uri| self.documents.get(uri)) {
            open.extend(snapshot.analysis().await.map(|analysis| (snapshot, analysis)));
        }
        // Dropped with this future when the client cancels the request.
        let stop = workspace_symbols::Stop::default();
        let asked = stop.asked();
        let search = move || workspace_symbols::search(&*machine, &open, &folders, &params.query, encoding, &asked);
        tokio::task::spawn_blocking(search).await.map(Some).map_err(|_| Error::internal_error())
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
        let markdown = self.traits().markdown_hover;
        let hover = self.answer(&text_document.uri, move |_, analysis, converter| {
            let hover = hover::hover(analysis, converter.offset(position))?;
            Some(convert::hover(converter, markdown, hover))
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
}
