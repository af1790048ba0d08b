//! What the machine has: files, other DAGs, images.

use dagu_schema::Span;
use dagu_schema::complete::meaning::Meaning;
use dagu_schema::complete::order::document_at;
use dagu_schema::workflow::call;
use tower_lsp::lsp_types as lsp;

use super::List;
use super::insertion::Insertion;
use super::proposal::Proposal;

const OWN: u8 = 0;
const NEAR: u8 = 1;
const FAR: u8 = 2;

impl List<'_> {
    /// A proposal for a part of the value that reaches further than the word.
    fn part(&mut self, replace: Span, label: &str, kind: lsp::CompletionItemKind, detail: impl Into<String>, rank: u8) {
        let is_whole = replace == self.cursor.value.span;
        let text = if is_whole { self.scalar(label) } else { label.to_owned() };
        let blank = if self.cursor.tight { " " } else { "" };
        self.found.push(Proposal {
            label: label.to_owned(),
            kind,
            detail: detail.into(),
            documentation: String::new(),
            insert: Insertion::text(format!("{blank}{text}")),
            replace,
            filter: None,
            rank,
        });
    }

    fn written(&self) -> (&str, &str) {
        let text: &str = &self.request.analysis.tree.text;
        let Span { start, end } = self.cursor.value.span;
        let at = self.request.offset.clamp(start, end);
        (text.get(start..at).unwrap_or_default(), text.get(at..end).unwrap_or_default())
    }

    /// Files and folders. Of a mount only the source is one of this machine's.
    pub(super) fn paths(&mut self, meaning: Meaning) {
        let (before, after) = self.written();
        let is_source = meaning == Meaning::Mount;
        if before.contains('$') || (is_source && before.contains(':')) || before.contains("://") {
            return;
        }
        let folder = before.rfind('/').map_or("", |slash| before.get(..=slash).unwrap_or_default());
        // A source without a slash would be the name of a volume.
        let prefix = if is_source && folder.is_empty() { "./" } else { "" };
        let working_dir = document_at(&self.request.analysis.workflows, self.request.offset)
            .and_then(|workflow| workflow.working_dir.as_ref())
            .map(|folder| folder.value.as_str())
            .filter(|folder| !folder.contains('$') && is_source);
        let end = after.find([':', '/']).unwrap_or(after.len());
        let value = self.cursor.value.span;
        let start = value.start + folder.len();
        let replace = Span::new(start, value.start + before.len() + end);
        let entries = self.request.machine.entries(self.request.path.as_deref(), working_dir, folder);
        let wants_folder = meaning == Meaning::Path && self.cursor.path.last().is_some_and(|link| link.name == "working_dir");
        let is_wanted = |name: &str, is_folder: bool| match meaning {
            Meaning::Schema => is_folder || name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".yml"),
            Meaning::Dotenv => is_folder || name.contains("env"),
            _ => is_folder || !wants_folder,
        };
        let mut list: Vec<(String, bool)> = entries
            .into_iter()
            .filter(|(name, is_folder)| {
                let is_shown = !name.starts_with('.') || before.ends_with('.') || meaning == Meaning::Dotenv;
                is_wanted(name, *is_folder) && is_shown && is_path(name)
            })
            .collect();
        list.sort();
        if is_source && before.is_empty() {
            self.part(replace, ".", lsp::CompletionItemKind::FOLDER, "the working directory", OWN);
        }
        for (name, is_folder) in list {
            let label = format!("{prefix}{name}{}", if is_folder { "/" } else { "" });
            let kind = if is_folder { lsp::CompletionItemKind::FOLDER } else { lsp::CompletionItemKind::FILE };
            self.part(replace, &label, kind, "", NEAR);
        }
    }

    /// Images that occur in the file, in other files, and those that the container engine has.
    pub(super) fn images(&mut self) {
        let (before, _) = self.written();
        if before.contains('$') {
            return;
        }
        let replace = self.cursor.value.span;
        let here = self.request.offset;
        let mut own: Vec<&str> = Vec::new();
        for workflow in &self.request.analysis.workflows {
            let of_steps = workflow.every_step_with("container").take(super::proposal::MOST).filter_map(|step| step.container.as_deref());
            let images = workflow.container.iter().chain(of_steps).filter_map(|container| container.image());
            own.extend(images.filter(|image| !image.span.touches(here) && !image.value.contains('$')).map(|image| image.value.as_str()));
        }
        own.sort_unstable();
        own.dedup();
        for image in own.into_iter().filter(|image| !image.trim().is_empty()) {
            self.part(replace, image, lsp::CompletionItemKind::VALUE, "image of this file", OWN);
        }
        let (images, is_complete) = self.request.machine.images(self.request.path.as_deref());
        self.is_incomplete |= !is_complete;
        for (image, is_local) in images {
            let (detail, rank) = if is_local { ("image of the container engine", FAR) } else { ("image of another DAG", NEAR) };
            self.part(replace, &image, lsp::CompletionItemKind::VALUE, detail, rank);
        }
    }

    /// Other documents of the file, and DAGs of other files.
    pub(super) fn dags(&mut self) {
        let (before, _) = self.written();
        if before.contains('$') {
            return;
        }
        let replace = self.cursor.value.span;
        let workflows = &self.request.analysis.workflows;
        let mut locals: Vec<&str> = call::locals(workflows).into_keys().collect();
        locals.sort_unstable();
        for name in locals {
            self.part(replace, name, lsp::CompletionItemKind::MODULE, "document of this file", OWN);
        }
        for name in self.request.machine.dags(self.request.path.as_deref()) {
            self.part(replace, &name, lsp::CompletionItemKind::FILE, "DAG of another file", NEAR);
        }
    }

    /// The parameters of another DAG, and whether each must be given.
    pub(super) fn parameters_of(&self, called: &str) -> Vec<(String, bool)> {
        let analysis = self.request.analysis;
        let local = call::locals(&analysis.workflows).get(called).map(|workflow| workflow.signature(&analysis.tree).clone());
        let signature = local.or_else(|| self.request.machine.signature(self.request.path.as_deref(), called));
        let signature = signature.unwrap_or_default();
        let is_named = |name: &&String| !name.bytes().all(|byte| byte.is_ascii_digit());
        signature.names.iter().filter(is_named).map(|name| (name.clone(), signature.required.contains(name))).collect()
    }
}

/// Whether a name can be written as a path without more ado.
fn is_path(name: &str) -> bool {
    !name.contains([':', '"', '\'', '$', '#', '\\', ',', '{', '}', '[', ']']) && !name.contains(char::is_control)
}
