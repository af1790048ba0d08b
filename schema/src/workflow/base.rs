//! The base configuration: a file of root fields that every DAG of a machine inherits, and over it,
//! for DAGs that are labelled with a workspace, that of the workspace.

use std::sync::Arc;

use crate::analysis;
use crate::diagnostic::Diagnostic;
use crate::source::{BEYOND, FURTHER, Span};
use crate::syntax::{Node, NodeRef, Tree};
use crate::workflow::inherit;

/// A base configuration, read once for all DAGs that inherit it.
#[derive(Clone, Debug)]
pub struct Base {
    files: Vec<Arc<File>>,
    root: Option<NodeRef>,
    trouble: Option<String>,
}

/// One of the files that a base configuration is read from.
#[derive(Debug)]
struct File {
    path: String,
    tree: Tree,
    found: Vec<Diagnostic>,
    /// Where its spans begin.
    offset: usize,
}

impl Base {
    /// Reads and checks the text of a base configuration; the path is what it is reported under.
    pub fn read(path: impl Into<String>, text: &str) -> Self {
        Self::of(path.into(), text, BEYOND)
    }

    /// A base configuration that is there but cannot be read.
    pub fn unreadable(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { trouble: Some(reason.into()), ..Self::read(path, "") }
    }

    /// Reads and checks the text of a workspace's base configuration, and lays it over the other.
    pub fn of_workspace(global: Option<&Self>, path: impl Into<String>, text: &str) -> Self {
        let own = Self::of(path.into(), text, FURTHER);
        let Some(global) = global else { return own };
        let root = match (&own.root, &global.root) {
            (Some(own), Some(global)) => Some(inherit::overlay(own, global)),
            (own, global) => own.clone().or_else(|| global.clone()),
        };
        let files = global.files.iter().chain(&own.files).cloned().collect();
        Self { files, root, trouble: global.trouble.clone().or(own.trouble) }
    }

    fn of(path: String, text: &str, offset: usize) -> Self {
        let (tree, found) = analysis::base(text);
        // The engine uses the first document only.
        let root = tree.documents_at(offset).into_iter().next().and_then(|document| document.root);
        // A syntax error explains what comes of it.
        let refused = |found: &&Diagnostic| found.refused;
        let syntax = found.iter().filter(refused).find(|found| found.rule.starts_with("yaml-"));
        let trouble = syntax.or_else(|| found.iter().find(refused));
        let trouble = trouble.map(|first| format!("{path}:{}: {}", tree.lines.line_of(first.span.start) + 1, first.message));
        let file = File { path, tree, found, offset };
        Self { files: vec![Arc::new(file)], root: root.filter(|root| root.entries().is_some()), trouble }
    }

    /// Its root mapping. Its places lie beyond the text of every DAG.
    pub fn root(&self) -> Option<&Node> {
        self.root.as_deref()
    }

    /// Why the engine refuses every DAG with it, if it does: the first fault with its place.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn file(&self, span: Span) -> Option<&File> {
        self.files.iter().map(|file| &**file).rfind(|file| file.offset <= span.start)
    }

    /// Whether the base itself, without a DAG, has a finding of this rule at a place in it. What is a
    /// fault only because a DAG calls it is not had by the base.
    pub(crate) fn has(&self, found: &Diagnostic) -> bool {
        let is_it = |file: &File, own: &Diagnostic| {
            own.rule == found.rule && own.span.start == found.span.start - file.offset && (own.refused || !found.refused)
        };
        self.file(found.span).is_some_and(|file| file.found.iter().any(|own| is_it(file, own)))
    }

    /// The path and the text that a place of it is in, with the place there.
    pub fn locate(&self, span: Span) -> Option<(&str, &Tree, Span)> {
        let file = self.file(span)?;
        Some((&file.path, &file.tree, Span::new(span.start.checked_sub(file.offset)?, span.end.checked_sub(file.offset)?)))
    }

    /// The path and the line, from 1, of a place in it.
    pub fn place(&self, span: Span) -> String {
        let line = |file: &File| file.tree.lines.line_of(span.start - file.offset) + 1;
        self.file(span).map(|file| format!("{}:{}", file.path, line(file))).unwrap_or_default()
    }
}
