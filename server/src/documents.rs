//! The open documents. A change is applied here at once, before the handler's first await; the
//! store keeps, for each document, the newest text only.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dagu_schema::incremental::first_difference;
use dagu_schema::{Analysis, Encoding, LARGEST_TEXT, LineIndex, Span};
use tokio::sync::watch;
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Url};

use crate::Machine;
use crate::convert::Converter;

/// A document's text at one version. Never changes; analysed at most once.
pub(crate) struct Snapshot {
    /// The document's name.
    pub(crate) uri: Url,
    /// The client's number for this state of the text.
    pub(crate) version: i32,
    /// The text.
    pub(crate) text: Arc<String>,
    /// Its lines.
    pub(crate) lines: LineIndex,
    language: Arc<str>,
    machine: Arc<dyn Machine>,
    work: Mutex<Work>,
}

/// How far the analysis of a text is. While it is being made, the lock is held.
enum Work {
    /// Not begun. What was before the last edits may make it quick.
    Ahead(Option<Arc<Snapshot>>),
    /// Done; nothing for a document that is no DAG.
    Done(Option<Arc<Analysis>>),
}

impl Snapshot {
    pub(crate) fn new(item: TextDocumentItem, machine: Arc<dyn Machine>) -> Self {
        Self {
            uri: item.uri,
            version: item.version,
            lines: LineIndex::new(&item.text),
            text: Arc::new(item.text),
            language: item.language_id.into(),
            machine,
            work: Mutex::new(Work::Ahead(None)),
        }
    }

    /// The text after some changes, each of which applies to what the one before it left.
    fn changed(self: &Arc<Self>, version: i32, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) -> Self {
        // Room for what comes: a text that grows would be copied again.
        let grown: usize = changes.iter().map(|change| change.text.len()).sum();
        let mut text = String::with_capacity(self.text.len() + grown);
        text.push_str(&self.text);
        let mut lines = self.lines.clone();
        for change in changes {
            match change.range {
                Some(range) => {
                    let old = Converter::new(&text, &lines, encoding).span(range);
                    text.replace_range(old.range(), &change.text);
                    lines.replace(&text, old, Span::new(old.start, old.start + change.text.len()));
                }
                None => {
                    text = change.text;
                    lines = LineIndex::new(&text);
                }
            }
        }
        let (uri, language, machine) = (self.uri.clone(), self.language.clone(), self.machine.clone());
        let work = Mutex::new(Work::Ahead(self.analysed()));
        Self { uri, version, text: Arc::new(text), lines, language, machine, work }
    }

    /// The newest text that is analysed, or being so: this one, or one before it.
    fn analysed(self: &Arc<Self>) -> Option<Arc<Self>> {
        match self.work.try_lock() {
            Ok(mut work) => match &mut *work {
                Work::Ahead(earlier) => earlier.take(),
                Work::Done(_) => Some(self.clone()),
            },
            Err(_) => Some(self.clone()),
        }
    }

    /// The same text, to be looked at anew.
    fn renewed(&self) -> Self {
        let (uri, language, machine) = (self.uri.clone(), self.language.clone(), self.machine.clone());
        let (text, lines) = (self.text.clone(), self.lines.clone());
        Self { uri, version: self.version, text, lines, language, machine, work: Mutex::new(Work::Ahead(None)) }
    }

    /// Whether the text is too large to be read.
    pub(crate) fn is_too_large(&self) -> bool {
        self.text.len() > LARGEST_TEXT
    }

    /// Whether there is something to say about the document: it was opened as a DAG, or the
    /// machine takes it for one.
    pub(crate) fn is_dag(&self) -> bool {
        let is_dag = || self.machine.is_dag(self.uri.to_file_path().ok().as_deref(), &self.text);
        // Some editors name a dialect behind the language: `yaml.dagu`.
        let is_said_so = self.language.split('.').any(|part| part == "dagu");
        !self.is_too_large() && (is_said_so || is_dag())
    }

    /// The text, read and judged; `None` for a document that is no DAG. Whoever asks first has it
    /// made, on a thread of its own; a panic there leaves the document without analysis and the
    /// server alive.
    pub(crate) async fn analysis(self: &Arc<Self>) -> Option<Arc<Analysis>> {
        if let Ok(work) = self.work.try_lock()
            && let Work::Done(analysis) = &*work
        {
            return analysis.clone();
        }
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.analyze()).await.ok().flatten()
    }

    /// Waits for whoever is at it already.
    fn analyze(&self) -> Option<Arc<Analysis>> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = match &mut *work {
            Work::Done(analysis) => return analysis.clone(),
            Work::Ahead(earlier) => earlier.take(),
        };
        let path = self.uri.to_file_path().ok();
        let earlier = earlier.and_then(|earlier| Some((earlier.text.clone(), earlier.analyze()?)));
        let (before, analysis) = earlier.unzip();
        // Nobody else holds it any more, as a rule, and it need not be copied. A DAG stays one while a step of it is edited.
        let edited = before.as_ref().zip(analysis).and_then(|(before, analysis)| {
            self.machine.analyze_edited(path.as_deref(), Arc::unwrap_or_clone(analysis), before, &self.text)
        });
        let at = || before.as_ref().map(|before| first_difference(before, &self.text));
        let whole = || self.is_dag().then(|| self.machine.analyze(path.as_deref(), &self.text, at()));
        let analysis = edited.or_else(whole).map(Arc::new);
        *work = Work::Done(analysis.clone());
        analysis
    }
}

/// The newest state of a document, to be followed; `None` once it is closed.
pub(crate) type Updates = watch::Receiver<Option<Arc<Snapshot>>>;

/// The open documents, by name.
#[derive(Default)]
pub(crate) struct Documents {
    states: Mutex<HashMap<Url, watch::Sender<Option<Arc<Snapshot>>>>>,
}

impl Documents {
    /// Opens a document. Gives its states to follow, unless somebody still follows that document
    /// from when it was open before.
    pub(crate) fn open(&self, item: TextDocumentItem, machine: Arc<dyn Machine>) -> Option<Updates> {
        let uri = item.uri.clone();
        let state = Some(Arc::new(Snapshot::new(item, machine)));
        match self.states().entry(uri) {
            Entry::Occupied(entry) => {
                entry.get().send_replace(state);
                None
            }
            Entry::Vacant(entry) => {
                let (sender, updates) = watch::channel(state);
                entry.insert(sender);
                Some(updates)
            }
        }
    }

    /// Applies changes to a document; one that is not open stays so.
    pub(crate) fn change(&self, uri: &Url, version: i32, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        if let Some(sender) = self.states().get(uri) {
            sender.send_if_modified(|state| {
                let changed = state.as_ref().map(|state| Arc::new(state.changed(version, changes, encoding)));
                let is_open = changed.is_some();
                *state = changed;
                is_open
            });
        }
    }

    /// Looks at all open documents anew: what lies outside of their texts has changed.
    pub(crate) fn renew(&self) {
        for sender in self.states().values() {
            sender.send_if_modified(|state| {
                *state = state.as_ref().map(|state| Arc::new(state.renewed()));
                state.is_some()
            });
        }
    }

    /// The newest states of all open documents.
    pub(crate) fn all(&self) -> Vec<Arc<Snapshot>> {
        self.states().values().filter_map(|sender| sender.borrow().clone()).collect()
    }

    /// Closes a document.
    pub(crate) fn close(&self, uri: &Url) {
        if let Some(sender) = self.states().get(uri) {
            sender.send_replace(None);
        }
    }

    /// The newest state of an open document.
    pub(crate) fn get(&self, uri: &Url) -> Option<Arc<Snapshot>> {
        self.states().get(uri)?.borrow().clone()
    }

    /// Lets go of a closed document; false when it has been opened again.
    pub(crate) fn forget(&self, uri: &Url) -> bool {
        let mut states = self.states();
        let closed = states.get(uri).is_none_or(|sender| sender.borrow().is_none());
        if closed {
            states.remove(uri);
        }
        closed
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Url, watch::Sender<Option<Arc<Snapshot>>>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
