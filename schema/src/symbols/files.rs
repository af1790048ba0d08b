//! The files that a DAG names: dotenv and schema files, other DAGs, host files of volumes, scripts
//! and Dockerfiles of commands.

use std::ops::Range;

use super::Window;
use crate::analysis::Analysis;
use crate::rules::schema_file;
use crate::source::Span;
use crate::syntax::{NodeRef, Tree};
use crate::workflow::shell::{self, Token, TokenKind};
use crate::workflow::volume::VolumeKind;
use crate::workflow::{Container, Step, Workflow, call};

/// As what a file is named, which says where it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A file of `dotenv`.
    Dotenv,
    /// The schema of `params`.
    Schema,
    /// A DAG that a step starts.
    Dag,
    /// A file or folder of the host, named from the working directory.
    Host,
    /// A folder in which a Dockerfile is.
    DockerContext,
}

/// A file that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// Where.
    pub span: Span,
    /// The name as written.
    pub written: String,
    /// As what.
    pub kind: FileKind,
    /// The working directories that it is named from, outermost first.
    pub folders: Vec<String>,
}

/// The files that a text names, in the order of the text.
pub fn files(analysis: &Analysis) -> Vec<FileName> {
    named(analysis, Window::All)
}

/// The file whose name touches a byte of the text.
pub fn file_at(analysis: &Analysis, offset: usize) -> Option<FileName> {
    named(analysis, Window::At(offset)).into_iter().find(|file| file.span.touches(offset))
}

fn named(analysis: &Analysis, window: Window<'_>) -> Vec<FileName> {
    let mut out = Vec::new();
    let locals = call::locals(&analysis.workflows);
    for workflow in &analysis.workflows {
        Walk { tree: &analysis.tree, workflow, locals: &locals, window, out: &mut out }.document();
    }
    out.retain(|file| !file.span.is_beyond() && !file.written.contains(['$', '`', '\n']) && !file.written.trim().is_empty());
    out.sort_by_key(|file| file.span);
    out.dedup_by_key(|file| file.span);
    out
}

struct Walk<'a> {
    tree: &'a Tree,
    workflow: &'a Workflow,
    locals: &'a call::Locals<'a>,
    window: Window<'a>,
    out: &'a mut Vec<FileName>,
}

impl Walk<'_> {
    fn looks_at(&self, span: Span) -> bool {
        match self.window {
            Window::At(offset) => span.touches(offset) || self.tree.is_anchored(Span::new(offset.saturating_sub(1), offset + 1)),
            _ => true,
        }
    }

    fn push(&mut self, node: &NodeRef, range: Range<usize>, kind: FileKind, folders: &[&str]) {
        let Some(written) = node.text().and_then(|text| text.get(range.clone())) else { return };
        if !node.span.is_beyond() && self.looks_at(node.target().span) {
            let folders = folders.iter().filter(|folder| !folder.contains('$')).map(|folder| (*folder).to_owned()).collect();
            self.out.push(FileName { span: self.tree.span_in(node, range), written: written.to_owned(), kind, folders });
        }
    }

    fn whole(&mut self, node: &NodeRef, kind: FileKind, folders: &[&str]) {
        let length = node.text().map_or(0, str::len);
        self.push(node, 0..length, kind, folders);
    }

    fn document(&mut self) {
        let workflow = self.workflow;
        let folder: Vec<&str> = workflow.working_dir.iter().map(|folder| folder.value.as_str()).collect();
        if let Some(dotenv) = workflow.node.get_some("dotenv") {
            for node in dotenv.items().unwrap_or(std::slice::from_ref(dotenv)) {
                self.whole(node, FileKind::Dotenv, &folder);
            }
        }
        if let Some(schema) =
            workflow.node.get_some("params").filter(|params| schema_file(params).is_some()).and_then(|params| params.get("schema"))
        {
            self.whole(schema, FileKind::Schema, &folder);
        }
        if let Some(container) = &workflow.container {
            self.volumes(container, &folder);
        }
        for step in workflow.all_steps().filter(|step| self.looks_at(step.label.to(step.node.span))).collect::<Vec<_>>() {
            self.step(step, &folder);
        }
    }

    fn step(&mut self, step: &Step, around: &[&str]) {
        let mut folders = around.to_vec();
        folders.extend(step.working_dir.iter().map(|folder| folder.value.as_str()));
        if let Some(call) = call::call_of(self.tree, step).filter(|call| !self.locals.contains_key(call.target.value)) {
            let written = call.target.value.to_owned();
            self.out.push(FileName { span: call.target.span, written, kind: FileKind::Dag, folders: Vec::new() });
        }
        if let Some(container) = &step.container {
            self.volumes(container, &folders);
        }
        for command in step.commands().unwrap_or_default().iter().chain(&step.docker_commands()) {
            for (range, kind) in in_command(&command.text) {
                // The text of a command is that of its scalar.
                if command.node.text() == Some(&command.text) {
                    self.push(&command.node, range, kind, &folders);
                }
            }
        }
        for inner in &step.body {
            self.step(inner, &folders);
        }
    }

    fn volumes(&mut self, container: &Container, folders: &[&str]) {
        for (volume, node) in container.mounts().iter().filter(|(volume, _)| volume.kind == VolumeKind::Bind) {
            if node.text().is_some_and(|text| text.starts_with(&volume.source)) {
                self.push(node, 0..volume.source.len(), FileKind::Host, folders);
            }
        }
    }
}

/// The files in a command: `./script.sh`, the file of `docker build -f`, the folder that it builds.
fn in_command(text: &str) -> Vec<(Range<usize>, FileKind)> {
    if !text.contains("./") && !text.contains("build") {
        return Vec::new();
    }
    let tokens = shell::tokens(text);
    let is_end = |token: &Token| !matches!(token.kind, TokenKind::Word { .. });
    tokens.split(is_end).flat_map(|words| in_simple_command(text, words)).collect()
}

fn in_simple_command(text: &str, words: &[Token]) -> Vec<(Range<usize>, FileKind)> {
    // Only words whose letters are those of the text have places.
    let plain = |token: &Token| token.literal().filter(|word| text.get(token.range.clone()) == Some(word)).map(str::to_owned);
    let all: Vec<Option<String>> = words.iter().map(plain).collect();
    let word = |at: usize| all.get(at).and_then(Option::as_deref).unwrap_or_default();
    let mut out = Vec::new();
    for (at, token) in words.iter().enumerate() {
        let is_script = word(at).starts_with("./") || word(at).starts_with("../");
        let runs = at == 0 || matches!(word(at - 1), "sh" | "bash" | "source" | "." | "exec" | "env" | "python" | "python3" | "node");
        if is_script && runs {
            out.push((token.range.clone(), FileKind::Host));
        }
    }
    let is_docker = matches!(word(0), "docker" | "podman" | "buildah" | "nerdctl");
    let Some(build) = (1..words.len()).find(|&at| is_docker && matches!(word(at), "build" | "bud")) else { return out };
    let mut has_file = false;
    for at in build + 1..words.len() {
        let Some(token) = words.get(at) else { break };
        match word(at) {
            "-f" | "--file" => {
                has_file = true;
                if let Some(next) = words.get(at + 1).filter(|_| !word(at + 1).is_empty()) {
                    out.push((next.range.clone(), FileKind::Host));
                }
            }
            word if word.starts_with("--file=") => {
                has_file = true;
                out.push((token.range.start + "--file=".len()..token.range.end, FileKind::Host));
            }
            _ => {}
        }
    }
    if let Some(last) = words.last().filter(|_| !has_file && words.len() > build + 1) {
        let folder = word(words.len() - 1);
        if !folder.is_empty() && !folder.starts_with('-') && !folder.contains("://") {
            out.push((last.range.clone(), FileKind::DockerContext));
        }
    }
    out
}
