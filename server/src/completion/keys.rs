//! Keys of a mapping: those of the model, flags of an agent, inputs of an action, names.

use dagu_schema::complete::keys::{is_excluded, rank};
use dagu_schema::complete::order::document_at;
use dagu_schema::complete::reference::inputs;
use dagu_schema::model::{Object, Other};
use dagu_schema::workflow::custom_action::definitions;
use dagu_schema::workflow::{DagType, provider};
use tower_lsp::lsp_types as lsp;

use super::List;
use super::insertion::Insertion;
use super::snippet::{self, Opening, opening};
use crate::cursor::Spot;
use crate::describe;
use crate::forms::{self, Place};

const FIRST: u8 = 0;
const KEY: u8 = 1;
const SNIPPET: u8 = 2;
const FLAG: u8 = 3;

/// Whether every further key of a mapping is a flag of the harness provider that it names.
pub(super) fn takes_flags(object: &Object) -> bool {
    matches!(object.other, Other::Open) && object.field("provider").is_some()
}

impl List<'_> {
    /// What a line of a mapping may begin with.
    pub(super) fn entries(&mut self, place: &Place) {
        for object in place.objects() {
            self.keys(object);
            self.snippets(object);
            if takes_flags(object) {
                self.flags();
            }
        }
        self.inputs();
        self.parameters();
        if matches!(self.cursor.spot, Spot::Entry { colon: false, .. }) {
            self.variables_to_pass(place);
        }
    }

    /// The keys that may still be added, those that must be there first.
    fn keys(&mut self, object: &'static Object) {
        let workflow = document_at(&self.request.analysis.workflows, self.request.offset);
        let kind = workflow.map_or(DagType::default(), |workflow| workflow.kind);
        let cursor = self.cursor;
        let present: Vec<(&str, &str)> = cursor.siblings.iter().map(|sibling| (sibling.name.as_str(), sibling.value.as_str())).collect();
        let is_wanted = |name: &str| !self.is_present(name) && !is_excluded(object, name, &present, kind);
        let mut fields: Vec<_> = object.fields.iter().filter(|field| field.deprecated.is_none() && is_wanted(field.name)).collect();
        fields.sort_by_key(|field| (!field.required, rank(object, field.name)));
        for field in fields {
            let rank = if field.required { FIRST } else { KEY };
            let insert = self.key(
                field.name,
                opening(field),
                forms::of_field(field).iter().find_map(|form| match form {
                    forms::Form::Object(object) => snippet::skeleton(object),
                    _ => None,
                }),
            );
            self.insert(field.name, insert, lsp::CompletionItemKind::PROPERTY, describe::forms(&field.shape), describe::field(field), rank);
        }
    }

    /// A key with what comes behind it: a colon, unless it is there, and the start of its value.
    fn key(&self, name: &str, opening: Opening, skeleton: Option<String>) -> Insertion {
        let column = match self.cursor.spot {
            Spot::Entry { colon: true, .. } | Spot::Value | Spot::Text => return Insertion::text(name),
            Spot::Entry { column, .. } => column.filter(|_| self.ends_line()),
        };
        let begun = match (column, opening, skeleton) {
            (Some(_), Opening::Mapping, Some(lines)) => Insertion::text(format!("{name}:")).then(snippet::below(&lines)),
            (Some(_), Opening::Mapping, None) => Insertion::text(format!("{name}:\n  ")),
            (Some(_), Opening::List, _) => Insertion::text(format!("{name}:\n  - ")),
            _ => Insertion::text(format!("{name}: ")),
        };
        begun.indented(column.unwrap_or_default(), self.line_break)
    }

    fn snippets(&mut self, object: &'static Object) {
        let Spot::Entry { column: Some(column), colon: false } = self.cursor.spot else { return };
        if !self.ends_line() {
            return;
        }
        for snippet in snippet::of(object) {
            let is_name = matches!(object.other, Other::Named(_));
            let fits = if snippet.key.is_empty() { is_name || self.cursor.siblings.is_empty() } else { !self.is_present(snippet.key) };
            // A handler is a step as well, and no item of a list.
            let is_item = self.cursor.path.last().is_some_and(|link| link.items > 0);
            if fits && (is_item || object.name != "step") {
                let insert = Insertion::template(snippet.body);
                let documentation = format!("{}\n\n```yaml\n{}\n```\n", snippet.doc, insert.plain());
                let insert = insert.indented(column, self.line_break);
                self.insert(snippet.label, insert, lsp::CompletionItemKind::SNIPPET, snippet.doc, documentation, SNIPPET);
            }
        }
    }

    /// The flags of the provider that the mapping names, or takes from the root's `harness`.
    fn flags(&mut self) {
        let Some(workflow) = document_at(&self.request.analysis.workflows, self.request.offset) else { return };
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
        for (key, documentation) in flags.into_iter().filter(|(key, _)| !self.is_present(key)).collect::<Vec<_>>() {
            let insert = self.key(&key, Opening::Value, None);
            self.insert(&key, insert, lsp::CompletionItemKind::PROPERTY, format!("flag of {name}"), documentation, FLAG);
        }
    }

    /// What an action that the document defines takes in `with`.
    fn inputs(&mut self) {
        let Some(workflow) = document_at(&self.request.analysis.workflows, self.request.offset) else { return };
        let Some(with) = self.cursor.path.last().filter(|link| matches!(link.name.as_str(), "with" | "config") && link.items == 0) else {
            return;
        };
        let Some((step, _)) = forms::entry_at(&self.request.analysis.tree, with.key.start) else { return };
        let called =
            [("action", false), ("type", true)].into_iter().find_map(|(key, is_type)| Some((step.get(key)?.string()?.trim(), is_type)));
        let Some((called, is_type)) = called else { return };
        let Some(definition) = definitions(&workflow.node).into_iter().rfind(|own| own.name() == called && own.is_step_type == is_type)
        else {
            return;
        };
        for (name, about, is_required) in inputs(&definition.entry.value) {
            if !self.is_present(name) {
                let insert = self.key(name, Opening::Value, None);
                let rank = if is_required { FIRST } else { KEY };
                self.insert(name, insert, lsp::CompletionItemKind::PROPERTY, format!("input of {called}"), about, rank);
            }
        }
    }

    /// The parameters of the DAG that a step starts.
    fn parameters(&mut self) {
        let [.., holder, params] = &self.cursor.path[..] else { return };
        if params.name != "params" || !matches!(holder.name.as_str(), "with" | "steps") {
            return;
        }
        let Some((holder, _)) = forms::entry_at(&self.request.analysis.tree, params.key.start) else { return };
        let Some(called) = holder.get("dag").or_else(|| holder.get("call")).and_then(|name| name.text()).map(str::trim) else { return };
        for (name, is_required) in self.parameters_of(called) {
            if !self.is_present(&name) {
                let insert = self.key(&name, Opening::Value, None);
                let rank = if is_required { FIRST } else { KEY };
                self.insert(&name, insert, lsp::CompletionItemKind::PROPERTY, format!("parameter of {called}"), "", rank);
            }
        }
    }
}
