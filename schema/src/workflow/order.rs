//! Order that the author assumed: a step reads a file that another step of the same workspace
//! writes, and nothing says which of the two runs first.

use std::collections::HashSet;
use std::ops::Range;

use hashbrown::HashMap;

use crate::syntax::NodeRef;
use crate::workflow::shell::{self, Token};
use crate::workflow::volume::{VolumeKind, below, normal};
use crate::workflow::{Container, DagType, Place, Step, Workflow, graph};

/// An order that the author assumed without saying so.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// The step that writes, by index.
    pub writer: usize,
    /// The step that reads, by index.
    pub reader: usize,
    /// The file, as the reader names it.
    pub path: String,
    /// Where the writer names it: the scalar and the bytes of its text.
    pub written: (NodeRef, Range<usize>),
    /// Where the reader names it.
    pub read: (NodeRef, Range<usize>),
}

/// A file that a step's text names.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// The step, by index.
    pub(super) step: usize,
    path: String,
    place: (NodeRef, Range<usize>),
    writes: bool,
}

/// The pairs of steps whose order is assumed. Only in graphs in which two steps can run at once. A
/// file counts when exactly one step writes it, and a reader when it stands below the writer;
/// adding the order found never makes a cycle.
pub fn infer(workflow: &Workflow) -> Vec<Assumed> {
    if workflow.kind != DagType::Graph || workflow.steps.len() < 2 || workflow.max_active_steps == Some(1) {
        return Vec::new();
    }
    if !workflow.steps.iter().flat_map(shell_texts).any(|(text, _)| may_write(text)) {
        return Vec::new();
    }
    // Who waits for a file by its name needs no order.
    let waits = workflow.steps.iter().filter(|step| step.operation() == Some("wait.file"));
    let awaited: HashSet<&str> = waits.filter_map(|step| step.input()?.get("path")?.text()).collect();
    let is_awaited = |file: &&File| !awaited.is_empty() && awaited.contains(file.path.as_str());
    let uses: Vec<&File> = workflow.files().iter().filter(|file| !is_awaited(file)).collect();
    if !uses.iter().any(|used| used.writes) {
        return Vec::new();
    }
    // Most files are named once: where they lie need not be known.
    let mut by_name: HashMap<&str, (usize, usize)> = HashMap::new();
    for used in &uses {
        let (named, written) = by_name.entry(file_name(&used.path)).or_default();
        *named += 1;
        *written += usize::from(used.writes);
    }
    let is_shared = |used: &&File| by_name.get(file_name(&used.path)).is_some_and(|&(named, written)| named > 1 && written > 0);
    let mut files: HashMap<Located<'_>, Vec<&File>> = HashMap::new();
    for used in uses.iter().copied().filter(is_shared) {
        if let Some(file) = workflow.steps.get(used.step).and_then(|step| locate(workflow, step, &used.path)) {
            files.entry(file).or_default().push(used);
        }
    }
    let mut candidates: Vec<Assumed> = files.into_values().flat_map(|uses| pairs(&uses)).collect();
    if candidates.is_empty() {
        return candidates;
    }
    let mut order = graph::Order::new(&workflow.edges);
    candidates.sort_by_key(|assumed| (assumed.reader, assumed.writer, assumed.read.1.start));
    candidates.dedup_by_key(|assumed| (assumed.reader, assumed.writer));
    candidates.retain(|assumed| {
        let ordered = order.runs_after(assumed.reader, assumed.writer) || order.runs_after(assumed.writer, assumed.reader);
        if !ordered {
            order.add(assumed.reader, assumed.writer);
        }
        !ordered
    });
    candidates
}

fn pairs(uses: &[&File]) -> Vec<Assumed> {
    let mut writers: Vec<usize> = uses.iter().filter(|used| used.writes).map(|used| used.step).collect();
    writers.dedup();
    let [writer] = writers[..] else { return Vec::new() };
    let Some(written) = uses.iter().find(|used| used.step == writer && used.writes) else { return Vec::new() };
    // A step that stands before the writer reads the file as it was.
    uses.iter()
        .filter(|read| read.step > writer)
        .map(|read| Assumed {
            writer,
            reader: read.step,
            path: read.path.clone(),
            written: written.place.clone(),
            read: read.place.clone(),
        })
        .collect()
}

/// The files that the shell texts of the steps name.
pub(super) fn files(steps: &[Step]) -> Vec<File> {
    steps.iter().enumerate().flat_map(|(number, step)| files_of(step, number)).collect()
}

/// Those of the step of that number.
pub(super) fn files_of(step: &Step, number: usize) -> Vec<File> {
    let mut out = Vec::new();
    for (text, node) in shell_texts(step) {
        let tokens = shell::tokens(text);
        // Behind these, a relative path starts somewhere else, or on another machine.
        // And `tail -F` waits for the file by itself.
        let elsewhere = tokens.iter().enumerate().any(|(i, token)| match token.literal() {
            Some("cd" | "pushd" | "ssh" | "chroot") => command_word(&tokens, i).is_none(),
            Some("tail") => text.contains("tail -F"),
            _ => false,
        });
        if elsewhere {
            continue;
        }
        for (i, token) in tokens.iter().enumerate() {
            let Some(path) = token.literal() else { continue };
            let redirected = i.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(Token::redirects_output);
            let command = command_word(&tokens, i);
            let writes = redirected || matches!(command, Some("tee" | "touch"));
            let is_used = writes || reads_by_redirect(&tokens, i) || command.is_some_and(|command| reads_files(command, path));
            if is_used && may_be_file(path) {
                out.push(File { step: number, path: path.to_owned(), place: (node.clone(), token.range.clone()), writes });
            }
        }
    }
    out
}

/// Whether a text may hold what [`uses`] takes for writing: most hold nothing of it.
fn may_write(text: &str) -> bool {
    text.contains('>') || ["tee", "touch"].iter().any(|command| text.contains(command))
}

/// The texts of a step that a shell reads: its commands, or the prompt of a provider that is a
/// shell with `-c`.
pub(crate) fn shell_texts(step: &Step) -> Vec<(&str, &NodeRef)> {
    if let Some(commands) = step.commands() {
        return commands.iter().map(|command| (command.text.as_str(), &command.node)).collect();
    }
    let Some(harness) = step.harness() else { return Vec::new() };
    let shell = harness.attempts.first().and_then(|attempt| attempt.definition.as_ref()).is_some_and(|definition| {
        let name = definition.binary.rsplit('/').next().unwrap_or_default();
        matches!(name, "sh" | "bash" | "dash" | "zsh" | "ash" | "ksh")
            && definition.prefix_args.iter().any(|arg| arg.starts_with('-') && arg.ends_with('c'))
    });
    harness.prompt.iter().filter(|_| shell).map(|(text, node)| (text.as_str(), node)).collect()
}

/// The first word of the simple command that the token belongs to; `None` for that word itself.
pub(crate) fn command_word(tokens: &[Token], at: usize) -> Option<&str> {
    let start = tokens[..at].iter().rposition(|token| {
        !token.redirects_output() && token.operator().is_some_and(|operator| !operator.contains('<'))
            || token.kind == shell::TokenKind::Break
    });
    let first = start.map_or(0, |start| start + 1);
    if first == at { None } else { tokens.get(first).and_then(Token::literal).map(|word| word.rsplit('/').next().unwrap_or(word)) }
}

/// Whether a command with this argument reads the file: it is known to read files, or the argument
/// looks like one and the command is not known to do something else with it.
fn reads_files(command: &str, argument: &str) -> bool {
    let is_reader = matches!(
        command,
        "cat"
            | "head"
            | "tail"
            | "wc"
            | "sort"
            | "uniq"
            | "cut"
            | "tr"
            | "diff"
            | "cmp"
            | "source"
            | "."
            | "sh"
            | "bash"
            | "jq"
            | "md5sum"
            | "sha256sum"
    );
    let is_other = || {
        matches!(command, "echo" | "printf" | "mkdir" | "rm" | "test" | "[" | "find" | "ls" | "docker" | "podman" | "kubectl" | "export")
    };
    is_reader || (looks_like_file(argument) && !is_other())
}

fn reads_by_redirect(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| tokens.get(before)?.operator()) == Some("<")
}

/// Whether a word can name a file that steps hand to each other: no flag, no device, no address.
fn may_be_file(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && !["/dev/", "/proc/", "/etc/"].iter().any(|folder| word.starts_with(folder))
        && !word.contains("://")
        && !word.contains(['=', '{', '}'])
        && !word.contains(char::is_whitespace)
        && !word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Whether a word looks like the name of a file: it has an extension or a folder.
fn looks_like_file(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let has_extension =
        name.rfind('.').is_some_and(|dot| dot > 0 && dot + 1 < name.len() && name[dot + 1..].chars().all(|c| c.is_ascii_alphanumeric()));
    let has_folder = word.contains('/') && !name.is_empty();
    has_extension || has_folder
}

/// What holds files that several steps can reach.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Holder<'a> {
    Host,
    Volume(String),
    RootContainer,
    Container(&'a str),
}

/// A file, the same from every step that can reach it.
type Located<'a> = (Holder<'a>, String);

/// A file's place on the host where it lies under a bind mount, else its place in its container.
/// `None` where that is not known.
fn locate<'a>(workflow: &'a Workflow, step: &'a Step, path: &str) -> Option<Located<'a>> {
    let Some(container) = workflow.container_of(step) else {
        return host_path(workflow, step, path);
    };
    let inside = if path.starts_with('/') { path.to_owned() } else { join(container.working_dir.as_deref().unwrap_or("?"), path) };
    let inside = normal(&inside);
    let mounts = container.mounts().iter();
    let mount =
        mounts.filter_map(|(volume, _)| Some((below(&inside, &volume.target)?.to_owned(), volume))).min_by_key(|(rest, _)| rest.len());
    match mount {
        Some((rest, volume)) => match volume.kind {
            VolumeKind::Bind => host_path(workflow, step, &join(&volume.source, &rest)),
            VolumeKind::Named => Some((Holder::Volume(volume.source.clone()), rest)),
            VolumeKind::Anonymous => own_path(container, step, inside),
        },
        None => own_path(container, step, inside),
    }
}

fn host_path<'a>(workflow: &Workflow, step: &Step, path: &str) -> Option<Located<'a>> {
    let inside_container = workflow.container_of(step).is_some();
    let step_dir = step.working_dir.as_deref().filter(|_| !(inside_container && step.place == Place::RootContainer));
    let base = step_dir.or(workflow.working_dir.as_ref()).map_or(".", |directory| directory.value.as_str());
    let full = if path.starts_with(['/', '~', '$']) { path.to_owned() } else { join(base, path) };
    Some((Holder::Host, normal(&full)))
}

fn own_path<'a>(container: &'a Container, step: &Step, inside: String) -> Option<Located<'a>> {
    if let Some(target) = container.attach() {
        return Some((Holder::Container(&target.value), inside));
    }
    match step.place {
        Place::RootContainer => Some((Holder::RootContainer, inside)),
        // The container is made for this step alone: nobody else reaches its files.
        Place::OwnContainer | Place::Host | Place::DockerRun | Place::Ssh => None,
    }
}

fn join(base: &str, path: &str) -> String {
    if path.is_empty() { base.to_owned() } else { format!("{}/{path}", base.trim_end_matches('/')) }
}

/// The last part of a path. One that ends in `..` is a folder, and no file to read or write.
fn file_name(path: &str) -> &str {
    path.rsplit('/').find(|part| !matches!(*part, "" | ".")).unwrap_or_default()
}
