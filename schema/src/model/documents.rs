//! The documents of a file: each must be a DAG with steps, and each but the first needs a name.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::source::Span;
use crate::syntax::{Document, Entry, Kind, Node, Tree};

/// What is wrong with the documents as such.
pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if tree.documents.is_empty() {
        found.push(empty(Span::at(0), 0));
    }
    let mut names: HashMap<&str, Span> = HashMap::new();
    let mut read = 0;
    for (number, document) in tree.documents.iter().enumerate() {
        found.extend(directive(tree, Span::new(read, document.span.start.max(read))));
        read = document.span.end;
        let Some(entries) = content(document) else {
            found.push(empty(first_line(tree, document), number));
            continue;
        };
        let name = own_entry(entries, "name");
        match (number, name) {
            (0, Some(name)) => found.push(entry_name(tree, name)),
            (1.., None) => found.push(unnamed(start(entries, document), number)),
            (1.., Some(name)) => found.extend(later_name(name, number, &mut names)),
            (0, None) => {}
        }
        found.extend(steps(entries, document));
    }
    found
}

/// A directive (`%YAML 1.2`) before a document: the engine's parser takes it for a document.
fn directive(tree: &Tree, before: Span) -> Option<Diagnostic> {
    let mut start = before.start;
    for line in tree.text.get(before.range())?.split_inclusive('\n') {
        if line.starts_with('%') {
            let whole = Span::new(start, start + line.len());
            let span = Span::new(start, start + line.trim_end().len());
            let message = "the engine takes a directive for a document of its own, an empty one, and rejects the file";
            let fix = Fix::replace("Remove the directive", Safety::Unsafe, whole, "");
            return Some(Diagnostic::new("empty-document", Severity::Error, span, message).help("leave it out").fix(fix));
        }
        start += line.len();
    }
    None
}

/// The entries of a document that the engine accepts as one: a mapping without anchor or tag.
fn content(document: &Document) -> Option<&[Entry]> {
    let root = document.root.as_deref()?;
    let plain = root.properties.is_none() && matches!(root.kind, Kind::Mapping(_));
    root.entries().filter(|entries| plain && !entries.is_empty())
}

/// The engine looks for these keys in the text itself, before merges are resolved.
fn own_entry<'t>(entries: &'t [Entry], key: &str) -> Option<&'t Entry> {
    entries.iter().find(|entry| !entry.merged && entry.name() == key)
}

fn start(entries: &[Entry], document: &Document) -> Span {
    entries.iter().find(|entry| !entry.merged).map_or(Span::at(document.span.start), |entry| entry.key.span)
}

/// The first line of what the document holds, or that of its `---`.
fn first_line(tree: &Tree, document: &Document) -> Span {
    let line = |offset| tree.lines.line_span(&tree.text, tree.lines.line_of(offset));
    match &document.root {
        Some(root) if root.span.start < root.span.end => Span::new(root.span.start, line(root.span.start).end.max(root.span.start)),
        _ => line(document.span.start),
    }
}

fn empty(span: Span, number: usize) -> Diagnostic {
    let message = match number {
        0 => "the file holds no DAG: the engine expects a mapping with `steps`".to_owned(),
        _ => format!("document {} holds no DAG: the engine rejects the whole file", number + 1),
    };
    let help = match number {
        0 => "write at least `steps:` with one step under it",
        _ => "give it `name` and `steps`, or remove the `---` before it",
    };
    Diagnostic::new("empty-document", Severity::Error, span, message).help(help)
}

fn entry_name(tree: &Tree, name: &Entry) -> Diagnostic {
    let message = "the first document must not have a `name`: the DAG is named after its file";
    let line = tree.lines.line_of(name.key.span.start);
    let first = tree.lines.line_span(&tree.text, line).start;
    let next = tree.lines.line_span(&tree.text, tree.lines.line_of(name.value_span().end) + 1).start;
    let diagnostic = Diagnostic::new("entry-document-name", Severity::Error, name.key.span, message)
        .help("remove the line, and rename the file if the name has to stay");
    let alone = tree.text.get(first..name.key.span.start).is_some_and(|before| before.trim().is_empty());
    let whole = tree.text.get(name.value_span().end..next).is_some_and(|after| after.trim().is_empty() || after.trim().starts_with('#'));
    if !alone || !whole {
        return diagnostic;
    }
    diagnostic.fix(Fix::replace("Remove `name`", Safety::Unsafe, Span::new(first, next), ""))
}

fn unnamed(span: Span, number: usize) -> Diagnostic {
    let message = format!("document {} needs a `name`: that is how other DAGs of the file call it", number + 1);
    Diagnostic::new("missing-key", Severity::Error, span, message).help("add `name: ...` at its top")
}

fn later_name<'t>(entry: &'t Entry, number: usize, names: &mut HashMap<&'t str, Span>) -> Option<Diagnostic> {
    let is_plain = matches!(entry.value.kind, Kind::Scalar(_)) && entry.value.properties.is_none();
    let Some(name) = entry.value.string().filter(|name| is_plain && !name.trim().is_empty()) else {
        let is_reported_as_a_field = entry.value.string().is_none() && !entry.value.is_null();
        if entry.value.is_unresolved() || is_reported_as_a_field {
            return None;
        }
        let message = format!("the `name` of document {} must be a string that is not empty", number + 1);
        let rule = if entry.value.string().is_some() { "invalid-value" } else { "wrong-type" };
        return Some(Diagnostic::new(rule, Severity::Error, entry.value_span(), message));
    };
    if let Some(&first) = names.get(name) {
        let message = format!("two documents of the file are named `{name}`; the engine rejects the file");
        let diagnostic = Diagnostic::new("duplicate-document-name", Severity::Error, entry.value_span(), message);
        return Some(diagnostic.related(first, "the other one is here").help("give each document its own name"));
    }
    names.insert(name, entry.value_span());
    None
}

fn steps(entries: &[Entry], document: &Document) -> Option<Diagnostic> {
    let rule = "missing-steps";
    let Some(entry) = own_entry(entries, "steps") else {
        let message = "the DAG has no `steps`: there is nothing to run";
        return Some(Diagnostic::new(rule, Severity::Error, start(entries, document), message).help("add `steps:` with at least one step"));
    };
    let value: &Node = &entry.value;
    if value.is_unresolved() {
        return None;
    }
    let message = match &value.kind {
        Kind::Alias(_) => "`steps` must be written out: the engine does not accept an alias here".to_owned(),
        Kind::Sequence(_) if value.properties.is_some() => {
            "`steps` must not have an anchor or a tag of its own: the engine then takes it for empty".to_owned()
        }
        Kind::Sequence(items) if !items.is_empty() => return None,
        Kind::Sequence(_) => "`steps` is empty: there is nothing to run".to_owned(),
        Kind::Scalar(_) if value.is_null() => "`steps` is empty: there is nothing to run".to_owned(),
        Kind::Scalar(_) | Kind::Mapping(_) => format!("`steps` must be a list, but this is {}", value.type_name()),
    };
    let span = if matches!(value.kind, Kind::Mapping(_)) { entry.key.span } else { entry.value_span() };
    Some(Diagnostic::new(rule, Severity::Error, span, message).help("write a list: each step starts with `- `"))
}
