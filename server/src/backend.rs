//! The requests and notifications, each handed to its file.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dagu_schema::{Analysis, Encoding, LARGEST_TEXT, Span};
use serde_json::Value;
use tokio::sync::Semaphore;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;
use tower_lsp::{Client, LanguageServer};

use crate::configuration::Configuration;
use crate::connection::Connection;
use crate::convert::{self, Converter};
use crate::documents::{Documents, Snapshot};
use crate::pull_diagnostics::Surveyed;
use crate::shown::ShownFiles;
use crate::task::Tasks;
use crate::watching::Reload;
use crate::workspace::Workspace;
use crate::{
    Machine, actions, calls, code_lens, commands, completion, configuration, definition, diagnostics, folding, formatting, highlight,
    hover, inlay_hints, links, preview, progress, pull_diagnostics, references, rename, selection, semantic_tokens, shown, symbols,
    watching, workspace, workspace_symbols,
};

/// The server. A clone is the same one, for a task of its own.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) client: Client,
    pub(crate) connection: Arc<Connection>,
    pub(crate) machine: Arc<dyn Machine>,
    pub(crate) documents: Arc<Documents>,
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) surveyed: Arc<Surveyed>,
    pub(crate) reload: Arc<Reload>,
    pub(crate) shown: Arc<ShownFiles>,
    pub(crate) tasks: Arc<Tasks>,
    /// The document that was opened or changed last.
    last: Arc<Mutex<Option<Url>>>,
    /// As many requests are worked on at a time as there are processors; the others wait, and can be cancelled.
    turns: Arc<Semaphore>,
    traits: Arc<OnceLock<Traits>>,
    documentation: Arc<completion::Documentation>,
    tokens: Arc<semantic_tokens::Last>,
}

/// What was agreed with the client at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub(crate) encoding: Encoding,
    /// Whether the client asks for findings.
    pub(crate) pulls: bool,
    /// Whether it shows progress that the server begins.
    pub(crate) progress: bool,
    pub(crate) shows_documents: bool,
    pub(crate) configuration: configuration::Traits,
    pub(crate) diagnostics: diagnostics::Traits,
    pub(crate) watching: watching::Traits,
    actions: actions::Abilities,
    nested_symbols: bool,
    /// Whether it has a command that shows a list of places.
    shows_references: bool,
    markdown_hover: bool,
    completion: completion::Traits,
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
        let folding = text.and_then(|text| text.folding_range.as_ref());
        Self {
            encoding: convert::encoding(encodings),
            pulls: pull_diagnostics::is_asked(client),
            progress: progress::is_shown(client),
            shows_documents: shown::is_able(client),
            configuration: configuration::Traits::of(client),
            diagnostics: diagnostics::Traits::of(client),
            watching: watching::Traits::of(client),
            actions: actions::Abilities::of(client),
            nested_symbols: symbols.and_then(|symbols| symbols.hierarchical_document_symbol_support).unwrap_or(false),
            shows_references: code_lens::shows_references(client),
            markdown_hover: markdown(text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_ref())),
            completion: completion::Traits::of(client),
            definition_links: text.and_then(|text| text.definition.as_ref()?.link_support).unwrap_or(false),
            folding_limit: folding.and_then(|folding| folding.range_limit),
            prepares_rename: text.and_then(|text| text.rename.as_ref()?.prepare_support).unwrap_or(false),
        }
    }
}

impl Backend {
    /// A server that speaks to this client.
    pub(crate) fn new(client: Client, connection: Arc<Connection>, machine: Arc<dyn Machine>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            client,
            connection,
            machine,
            documents: Arc::default(),
            configuration: Arc::default(),
            workspace: Arc::default(),
            surveyed: Arc::default(),
            reload: Arc::default(),
            shown: Arc::default(),
            tasks: Arc::default(),
            documentation: Arc::default(),
            tokens: Arc::default(),
            last: Arc::default(),
            turns: Arc::new(Semaphore::new(processors)),
            traits: Arc::default(),
        }
    }

    /// The document that was opened or changed last.
    pub(crate) fn last(&self) -> Option<Url> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, uri: &Url) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(uri.clone());
    }

    /// Looks anew at what is open when the settings are others than before.
    async fn reconfigured(&self, taken: std::result::Result<bool, String>) {
        match taken {
            Ok(is_new) => {
                self.trace(None);
                if is_new {
                    self.reload.want();
                }
            }
            Err(trouble) => self.client.log_message(lsp::MessageType::WARNING, trouble).await,
        }
    }

    /// Asks the client for its settings. On a task of its own, since an answer for which nobody waits any more would end the
    /// server.
    fn ask_for_settings(&self) {
        let server = self.clone();
        tokio::spawn(async move { server.reconfigured(server.configuration.ask(&server.client).await).await });
    }

    /// Reports of the conversation what the settings say, else what the client says.
    fn trace(&self, client: Option<lsp::TraceValue>) {
        let own = self.configuration.settings().trace.map(|trace| trace.value());
        own.or(client).into_iter().for_each(|trace| self.connection.set_trace(trace));
    }

    /// `$/setTrace`.
    pub(crate) async fn set_trace(&self, params: lsp::SetTraceParams) {
        self.trace(Some(params.value));
    }

    /// `dagu-rs/preview`.
    pub(crate) async fn preview(&self, params: preview::Params) -> Result<Option<preview::Preview>> {
        preview::preview(self, params).await
    }

    pub(crate) fn traits(&self) -> Traits {
        *self.traits.get_or_init(|| Traits::of(&lsp::ClientCapabilities::default()))
    }

    /// Answers a request about a document from its newest text, on a thread of its own; `None`
    /// for a document that is not open or no DAG.
    pub(crate) async fn answer<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &Analysis, Converter<'_>) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let encoding = self.traits().encoding;
        // Before the first await: the text as it was when the request came.
        let Some(snapshot) = self.documents.get(uri) else { return Ok(None) };
        let _turn = self.turns.acquire().await;
        let Some(analysis) = snapshot.analysis().await else { return Ok(None) };
        let answer = move || answer(&snapshot, &analysis, converter_of(&snapshot, &analysis, encoding));
        match tokio::task::spawn_blocking(answer).await {
            Ok(answer) => Ok(Some(answer)),
            Err(_) => Err(Error::internal_error()),
        }
    }
}

/// From the places of an open document's analysis to positions in its text, and back.
pub(crate) fn converter_of<'a>(snapshot: &'a Snapshot, analysis: &'a Analysis, encoding: Encoding) -> Converter<'a> {
    plain_converter_of(snapshot, encoding).of(analysis)
}

/// From places in an open document's text to positions, and back.
fn plain_converter_of(snapshot: &Snapshot, encoding: Encoding) -> Converter<'_> {
    Converter::new(&snapshot.text, &snapshot.lines, encoding)
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

    /// The edits that lay out a document, or a part of it; nothing for YAML that is no DAG.
    async fn laid_out(&self, uri: &Url, options: lsp::FormattingOptions, range: Option<lsp::Range>) -> Result<Option<Vec<lsp::TextEdit>>> {
        let encoding = self.traits().encoding;
        let Some(snapshot) = self.documents.get(uri).filter(|snapshot| snapshot.is_dag()) else { return Ok(None) };
        let edits = move || formatting::edits(&snapshot, &options, range, plain_converter_of(&snapshot, encoding));
        tokio::task::spawn_blocking(edits).await.map_err(|_| Error::internal_error())
    }

    /// `window/workDoneProgress/cancel`.
    pub(crate) async fn progress_cancelled(&self, params: lsp::WorkDoneProgressCancelParams) {
        self.tasks.stop(&params.token);
    }

    /// The tokens of a document, or of a part of it.
    async fn tokens(&self, uri: &Url, range: Option<lsp::Range>) -> Result<Option<Vec<lsp::SemanticToken>>> {
        let tokens = self.answer(uri, move |_, analysis, converter| {
            let within = range.map_or(Span::new(0, analysis.tree.text.len()), |range| converter.span(range));
            semantic_tokens::encoded(analysis, within, converter)
        });
        tokens.await
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let traits = *self.traits.get_or_init(|| Traits::of(&params.capabilities));
        self.workspace.begin(&params);
        if let Some(Err(trouble)) = params.initialization_options.as_ref().map(|options| self.configuration.begin(options)) {
            self.client.log_message(lsp::MessageType::WARNING, trouble).await;
        }
        self.trace(params.trace);
        params.process_id.into_iter().for_each(|client| self.connection.lasts_as_long_as(client));
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
            completion_provider: Some(completion::capability()),
            document_symbol_provider: Some(lsp::OneOf::Left(true)),
            diagnostic_provider: traits.pulls.then(pull_diagnostics::capability),
            workspace: Some(workspace::capability()),
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
            code_action_provider: Some(actions::capability()),
            code_lens_provider: Some(code_lens::capability()),
            document_formatting_provider: Some(formatting::capability()),
            document_range_formatting_provider: Some(formatting::range_capability()),
            execute_command_provider: Some(commands::capability()),
            semantic_tokens_provider: Some(semantic_tokens::capability()),
            ..lsp::ServerCapabilities::default()
        };
        let server = lsp::ServerInfo { name: "dagu-rs".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        Ok(lsp::InitializeResult { capabilities, server_info: Some(server) })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        let traits = self.traits();
        let files = traits.watching.registration(&*self.machine);
        let settings = traits.configuration.registers.then(configuration::registration);
        let registrations: Vec<lsp::Registration> = files.into_iter().chain(settings).collect();
        tokio::spawn(watching::follow(self.clone()));
        // Nothing waits for these answers: the client may begin with its documents.
        let client = self.client.clone();
        if !registrations.is_empty() {
            // A client that refuses has the server look again when a document changes.
            tokio::spawn(async move { client.register_capability(registrations).await });
        }
        if traits.configuration.is_asked {
            self.ask_for_settings();
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.tasks.end().await;
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        self.note(&uri);
        if let Some(updates) = self.documents.open(params.text_document, self.machine.clone())
            && !self.traits().pulls
        {
            tokio::spawn(diagnostics::follow(self.clone(), uri.clone(), updates));
        }
        watching::say_troubles(self).await;
        if self.documents.get(&uri).is_some_and(|snapshot| snapshot.is_too_large()) {
            let message = format!("{uri} is too large to be a DAG: dagu-rs reads files of up to {} MiB", LARGEST_TEXT >> 20);
            self.client.log_message(lsp::MessageType::WARNING, message).await;
        }
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let document = params.text_document;
        self.note(&document.uri);
        self.documents.change(&document.uri, document.version, params.content_changes, self.traits().encoding);
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        self.documents.close(&uri);
        self.tokens.forget(&uri);
        if self.traits().pulls {
            self.documents.forget(&uri);
        }
    }

    async fn diagnostic(&self, params: lsp::DocumentDiagnosticParams) -> Result<lsp::DocumentDiagnosticReportResult> {
        pull_diagnostics::of_document(self, params).await
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        if self.traits().configuration.is_asked {
            self.ask_for_settings();
        } else {
            self.reconfigured(self.configuration.take(&params.settings)).await;
        }
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        // That the only open document was saved is nothing new to it.
        let open = self.documents.all();
        let is_itself = |uri: &Url| matches!(open.as_slice(), [only] if only.uri == *uri);
        let mut others = params.changes.iter().filter(|change| !is_itself(&change.uri));
        if others.any(|change| change.uri.to_file_path().is_ok_and(|path| self.machine.bears(&path))) {
            self.reload.want();
        }
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        self.workspace.change(&params.event);
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {
        // Other documents may rest on the file. Where files are watched, that says so.
        if !self.traits().watching.watches && self.documents.all().len() > 1 {
            self.reload.want();
        }
    }

    async fn will_save(&self, _: lsp::WillSaveTextDocumentParams) {}

    async fn workspace_diagnostic(&self, params: lsp::WorkspaceDiagnosticParams) -> Result<lsp::WorkspaceDiagnosticReportResult> {
        pull_diagnostics::of_workspace(self, params).await
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
        let (to, versioned) = (params.new_name, self.traits().actions.versioned);
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
        let folders = self.workspace.outermost();
        let mut open = Vec::new();
        let mut documents = self.documents.all();
        documents.sort_by(|a, b| a.uri.cmp(&b.uri));
        for snapshot in documents {
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
            let hover = hover::hover(analysis, converter.offset(position), converter, jiff::Timestamp::now())?;
            Some(hover::convert(converter, markdown, hover))
        });
        Ok(hover.await?.flatten())
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let lsp::TextDocumentPositionParams { text_document, position } = params.text_document_position;
        let (traits, machine, documentation) = (self.traits().completion, self.machine.clone(), self.documentation.clone());
        let path = text_document.uri.to_file_path().ok();
        let answer = self.answer(&text_document.uri, move |_, analysis, converter| {
            let request = completion::Request { analysis, offset: converter.offset(position), path, machine };
            completion::answer(&request, converter, traits, &documentation)
        });
        answer.await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        Ok(self.documentation.resolve(item, self.traits().completion.markdown))
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
        let (traits, machine) = (self.traits(), self.machine.clone());
        let actions = self.answer(&params.text_document.uri, move |snapshot, analysis, converter| {
            actions::actions(&actions::Request {
                snapshot,
                analysis,
                converter,
                plain: plain_converter_of(snapshot, traits.encoding),
                machine: &*machine,
                client: traits.actions,
                told: traits.diagnostics,
                range: params.range,
                span: converter.span(params.range),
                context: params.context,
            })
        });
        Ok(actions.await?.flatten())
    }

    async fn code_action_resolve(&self, params: lsp::CodeAction) -> Result<lsp::CodeAction> {
        let (traits, machine) = (self.traits(), self.machine.clone());
        let Some(resolve) = actions::resolve(&params) else { return Ok(params) };
        let uri = resolve.uri().clone();
        let edit = self.answer(&uri, move |snapshot, _, _| {
            resolve.edit(&*machine, snapshot, plain_converter_of(snapshot, traits.encoding), traits.actions.versioned)
        });
        let edit = edit.await?;
        edit.flatten().map(|edit| lsp::CodeAction { edit: Some(edit), ..params }).ok_or_else(Error::content_modified)
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        let (wanted, shows_references) = (self.configuration.settings().code_lenses, self.traits().shows_references);
        let lenses = self.answer(&params.text_document.uri, move |snapshot, analysis, converter| {
            code_lens::lenses(snapshot, analysis, converter, &wanted, shows_references)
        });
        lenses.await
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        commands::execute(self, params).await
    }

    async fn formatting(&self, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.laid_out(&params.text_document.uri, params.options, None).await
    }

    async fn range_formatting(&self, params: lsp::DocumentRangeFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.laid_out(&params.text_document.uri, params.options, Some(params.range)).await
    }

    async fn semantic_tokens_full(&self, params: lsp::SemanticTokensParams) -> Result<Option<lsp::SemanticTokensResult>> {
        let uri = params.text_document.uri;
        Ok(self.tokens(&uri, None).await?.map(|tokens| self.tokens.full(&uri, tokens).into()))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        let uri = params.text_document.uri;
        Ok(self.tokens(&uri, None).await?.map(|tokens| self.tokens.delta(&uri, &params.previous_result_id, tokens)))
    }

    async fn semantic_tokens_range(&self, params: lsp::SemanticTokensRangeParams) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        let tokens = self.tokens(&params.text_document.uri, Some(params.range)).await?;
        Ok(tokens.map(|data| lsp::SemanticTokens { result_id: None, data }.into()))
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        let wanted = self.configuration.settings().inlay_hints;
        let hints = self.answer(&params.text_document.uri, move |_, analysis, converter| {
            inlay_hints::hints(analysis, converter.span(params.range), converter, &wanted)
        });
        hints.await
    }
}
