//! `textDocument/completion`: keys, words, providers and their flags, step ids, actions.

use std::collections::HashSet;

use dagu_schema::model::{self, Field, Object, Other, action};
use dagu_schema::workflow::account;
use dagu_schema::workflow::{Workflow, provider};
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;

use crate::convert::{self, Converter};
use crate::cursor::{Cursor, Link, Spot};
use crate::describe;
use crate::forms::{self, Form, Place};

/// Something that may be written at the cursor.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    label: String,
    kind: lsp::CompletionItemKind,
    detail: String,
    documentation: String,
    insert: String,
    replace: Span,
    sort: String,
}

impl Proposal {
    /// The proposal in the protocol's terms.
    pub(crate) fn convert(self, converter: Converter<'_>, markdown: bool) -> lsp::CompletionItem {
        let documentation = lsp::Documentation::MarkupContent(convert::markup(markdown, self.documentation.clone()));
        let edit = lsp::TextEdit { range: converter.range(self.replace), new_text: self.insert };
        lsp::CompletionItem {
            label: self.label,
            kind: Some(self.kind),
            detail: (!self.detail.is_empty()).then_some(self.detail),
            documentation: (!self.documentation.is_empty()).then_some(documentation),
            sort_text: Some(self.sort),
            // The lines of the text carry their own indentation.
            insert_text_mode: Some(lsp::InsertTextMode::AS_IS),
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            ..lsp::CompletionItem::default()
        }
    }
}

/// What may be written at a byte offset, the likeliest first.
pub(crate) fn complete(analysis: &Analysis, offset: usize) -> Vec<Proposal> {
    let Some(cursor) = Cursor::at(&analysis.tree, offset) else { return Vec::new() };
    let place = forms::at(&analysis.tree, &cursor.path);
    let mut list = List { cursor: &cursor, found: Vec::new() };
    match cursor.spot {
        Spot::Entry { colon, .. } => {
            for object in place.objects() {
                list.keys(object);
                if takes_flags(object) {
                    list.flags(analysis, offset);
                }
            }
            if cursor.siblings.is_empty() && !colon {
                list.values(analysis, offset, &place);
            }
        }
        Spot::Value => list.values(analysis, offset, &place),
    }
    list.in_order()
}

/// Whether every further key of a mapping is a flag of the harness provider that it names.
fn takes_flags(object: &Object) -> bool {
    matches!(object.other, Other::Open) && object.field("provider").is_some()
}

/// The document that an offset lies in.
fn workflow_at(analysis: &Analysis, offset: usize) -> Option<&Workflow> {
    let before = analysis.workflows.iter().rfind(|workflow| workflow.node.span.start <= offset);
    before.or_else(|| analysis.workflows.first())
}

struct List<'a> {
    cursor: &'a Cursor,
    found: Vec<Proposal>,
}

impl List<'_> {
    fn add(&mut self, label: &str, kind: lsp::CompletionItemKind, detail: String, documentation: String, rank: u8) {
        self.add_as(label.to_owned(), label, kind, detail, documentation, rank);
    }

    fn add_as(&mut self, insert: String, label: &str, kind: lsp::CompletionItemKind, detail: String, documentation: String, rank: u8) {
        let blank = if self.cursor.tight { " " } else { "" };
        self.found.push(Proposal {
            label: label.to_owned(),
            kind,
            detail,
            documentation,
            insert: format!("{blank}{insert}"),
            replace: self.cursor.word,
            sort: format!("{rank}{:03}", self.found.len()),
        });
    }

    /// The proposals in order, each name once.
    fn in_order(mut self) -> Vec<Proposal> {
        let mut seen = HashSet::new();
        self.found.retain(|proposal| seen.insert(proposal.label.clone()));
        self.found.sort_by(|a, b| a.sort.cmp(&b.sort));
        self.found
    }

    fn is_present(&self, key: &str) -> bool {
        self.cursor.siblings.iter().any(|sibling| sibling.name == key)
    }

    /// The keys of a mapping that are not there yet, those that must be first.
    fn keys(&mut self, object: &'static Object) {
        for field in object.fields.iter().filter(|field| field.deprecated.is_none()) {
            if !self.is_present(field.name) {
                let rank = if field.required { 0 } else { 1 };
                let insert = self.key_text(field.name, opening(field));
                let detail = describe::forms(&field.shape);
                self.add_as(insert, field.name, lsp::CompletionItemKind::PROPERTY, detail, describe::field(field), rank);
            }
        }
    }

    /// A key with what comes behind it: a colon, unless it is there, and the start of its value.
    fn key_text(&self, name: &str, opening: Opening) -> String {
        match (&self.cursor.spot, opening) {
            (Spot::Entry { colon: true, .. } | Spot::Value, _) => name.to_owned(),
            (Spot::Entry { column: Some(column), .. }, Opening::Mapping) => format!("{name}:\n{:1$}", "", column + 2),
            (Spot::Entry { column: Some(column), .. }, Opening::List) => format!("{name}:\n{:1$}- ", "", column + 2),
            _ => format!("{name}: "),
        }
    }

    /// The flags of the provider that the mapping names, or takes from the root's `harness`.
    fn flags(&mut self, analysis: &Analysis, offset: usize) {
        let Some(workflow) = workflow_at(analysis, offset) else { return };
        let own = self.cursor.siblings.iter().find(|sibling| sibling.name == "provider").map(|sibling| sibling.value.clone());
        let default = || Some(workflow.harness_defaults.as_ref()?.get_some("provider")?.string()?.trim().to_owned());
        let Some(name) = own.or_else(default) else { return };
        let flags: Vec<(String, String)> = match (workflow.harnesses.get(&name), provider::find(&name)) {
            (Some(custom), _) => {
                custom.option_flags.iter().map(|(key, flag)| (key.clone(), format!("`{flag}` of `{}`", custom.binary))).collect()
            }
            (None, Some(provider)) => {
                let flag = |key: &&str| ((*key).to_owned(), format!("`--{}` of {}", key.replace('_', "-"), provider.title));
                provider.flags.iter().map(flag).collect()
            }
            (None, None) => Vec::new(),
        };
        for (key, doc) in flags {
            if !self.is_present(&key) {
                let insert = self.key_text(&key, Opening::Value);
                self.add_as(insert, &key, lsp::CompletionItemKind::PROPERTY, format!("flag of {name}"), doc, 2);
            }
        }
    }

    /// The values that may stand at the cursor.
    fn values(&mut self, analysis: &Analysis, offset: usize, place: &Place) {
        if let (Some(workflow), Some(link)) = (workflow_at(analysis, offset), self.cursor.path.last()) {
            if link.name == "depends" && place.owners.iter().any(|owner| std::ptr::eq(*owner, &model::STEP)) {
                self.step_ids(workflow, offset);
            }
            if link.name == "provider" && place.owners.iter().any(|owner| takes_flags(owner)) {
                self.providers(workflow);
            }
        }
        for form in &place.forms {
            match form {
                Form::Words(words) => self.words(words),
                Form::Bool => {
                    self.add("true", lsp::CompletionItemKind::VALUE, String::new(), String::new(), 1);
                    self.add("false", lsp::CompletionItemKind::VALUE, String::new(), String::new(), 1);
                }
                Form::ActionName => self.actions(analysis, offset),
                Form::Object(_) | Form::List(_) | Form::Free => {}
            }
        }
    }

    /// The words of a field; those without a word of explanation are other spellings of the rest.
    fn words(&mut self, words: &'static [model::Word]) {
        let explained = words.iter().any(|word| !word.doc.is_empty());
        for word in words.iter().filter(|word| !word.name.is_empty() && (!explained || !word.doc.is_empty())) {
            self.add(word.name, lsp::CompletionItemKind::ENUM_MEMBER, String::new(), word.doc.to_owned(), 1);
        }
    }

    /// The other steps that this one does not depend on yet.
    fn step_ids(&mut self, workflow: &Workflow, offset: usize) {
        let this = workflow.steps.iter().find(|step| step.node.span.touches(offset) || is_held(&self.cursor.path, step.node.span));
        let depends = this.map(|step| &step.depends[..]).unwrap_or_default();
        let written = |name: &str| depends.iter().any(|other| other.value == name && !other.span.touches(offset));
        for step in &workflow.steps {
            let is_this = this.is_some_and(|this| std::ptr::eq(this, step));
            if !is_this && !written(step.called()) {
                let detail = account::step(workflow, step);
                self.add(step.called(), lsp::CompletionItemKind::REFERENCE, detail, String::new(), 0);
            }
        }
    }

    /// The file's own providers, then the built-in ones.
    fn providers(&mut self, workflow: &Workflow) {
        for (name, definition) in &workflow.harnesses {
            let entry = workflow.node.get("harnesses").and_then(|harnesses| harnesses.entry(name));
            let place = if entry.is_some_and(|entry| entry.key.span.is_beyond()) { "the base configuration" } else { "this file" };
            let detail = format!("harness of {place}: {}", definition.binary);
            self.add(name, lsp::CompletionItemKind::MODULE, detail, String::new(), 0);
        }
        for provider in provider::PROVIDERS {
            let credentials: Vec<String> = provider.credentials.iter().map(|name| format!("`{name}`")).collect();
            let documentation =
                if credentials.is_empty() { String::new() } else { format!("Reads its credential from {}.", credentials.join(", ")) };
            self.add(provider.name, lsp::CompletionItemKind::MODULE, provider.title.to_owned(), documentation, 1);
        }
    }

    /// The file's own actions, then the built-in ones.
    fn actions(&mut self, analysis: &Analysis, offset: usize) {
        let own = workflow_at(analysis, offset).and_then(|workflow| workflow.node.get("actions"));
        for entry in own.and_then(|own| own.entries()).unwrap_or_default() {
            let detail = if entry.key.span.is_beyond() { "action of the base configuration" } else { "action of this file" };
            self.add(entry.name(), lsp::CompletionItemKind::FUNCTION, detail.to_owned(), String::new(), 0);
        }
        for action in action::ALL {
            self.add(action.name, lsp::CompletionItemKind::FUNCTION, String::new(), action.doc.to_owned(), 1);
        }
    }
}

/// Whether the last key but one of a path stands in a mapping: the cursor may be behind its end.
fn is_held(path: &[Link], span: Span) -> bool {
    path.last().is_some_and(|link| span.touches(link.key.start))
}

/// How the value of a key is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// Behind the key.
    Value,
    /// As a mapping on the next line.
    Mapping,
    /// As a list on the next line.
    List,
}

fn opening(field: &'static Field) -> Opening {
    let forms = forms::of_field(field);
    let has_words = forms.iter().any(|form| matches!(form, Form::Words(_) | Form::Bool));
    let has_keys = forms.iter().any(|form| matches!(form, Form::Object(object) if !object.fields.is_empty()));
    match forms.first() {
        _ if field.name == "with" => Opening::Mapping,
        _ if has_words => Opening::Value,
        _ if has_keys => Opening::Mapping,
        Some(Form::Object(_)) => Opening::Mapping,
        Some(Form::List(_)) => Opening::List,
        _ => Opening::Value,
    }
}
