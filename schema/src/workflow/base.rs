//! The base configuration: a file of root fields that every DAG of a machine inherits.

use crate::analysis;
use crate::diagnostic::Diagnostic;
use crate::source::{BEYOND, Encoding, Position, Span};
use crate::syntax::{NodeRef, Tree};

/// A base configuration, read once for all DAGs that inherit it.
#[derive(Clone, Debug)]
pub struct Base {
    /// The path that it is reported under.
    pub path: String,
    tree: Tree,
    root: Option<NodeRef>,
    found: Vec<Diagnostic>,
    trouble: Option<String>,
}

impl Base {
    /// Reads and checks the text of a base configuration.
    pub fn read(path: impl Into<String>, text: &str) -> Self {
        let (tree, found) = analysis::base(text);
        // The engine uses the first document only.
        let root = tree.documents_beyond().into_iter().next().and_then(|document| document.root);
        let path = path.into();
        // A syntax error explains what comes of it.
        let refused = |found: &&Diagnostic| found.refused;
        let syntax = found.iter().filter(refused).find(|found| found.rule.starts_with("yaml-"));
        let trouble = syntax.or_else(|| found.iter().find(refused)).map(|first| {
            let Position { line, .. } = tree.lines.position(&tree.text, first.span.start, Encoding::Chars);
            format!("{path}:{}: {}", line + 1, first.message)
        });
        Self { path, root: root.filter(|root| root.entries().is_some()), tree, found, trouble }
    }

    /// A base configuration that is there but cannot be read.
    pub fn unreadable(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { trouble: Some(reason.into()), ..Self::read(path, "") }
    }

    /// Its first document, when that is a mapping. Its places lie beyond the text of every DAG.
    pub fn root(&self) -> Option<&NodeRef> {
        self.root.as_ref()
    }

    /// Why the engine refuses every DAG with it, if it does: the first fault with its place.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Whether the base itself, without a DAG, has a finding of this rule at a place in it.
    pub(crate) fn has(&self, rule: &str, span: Span) -> bool {
        self.found.iter().any(|found| found.rule == rule && found.span.start == span.start - BEYOND)
    }

    /// The line of a place in it, from 1.
    pub fn line(&self, span: Span) -> usize {
        self.tree.lines.line_of(span.start.saturating_sub(BEYOND)) + 1
    }
}
