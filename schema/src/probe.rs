//! What can be asked of a container engine and of the host about a DAG, and their answers.
//!
//! Nothing is asked here: [`asked`] says what bears on a DAG, somebody asks it, and the answers come
//! back in [`Facts`](crate::Facts), by the text as written in the DAG.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::rules::{Owned, is_base_image, is_builtin, starts_in_background};
use crate::syntax::NodeRef;
use crate::workflow::env::is_variable_name;
use crate::workflow::shell::{self, TokenKind};
use crate::workflow::volume::{self, VolumeKind};
use crate::workflow::{Action, Attempt, Command, Container, Place, Step, Workflow};

/// What bears on a DAG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Images, as written, with the programs that are to be in them.
    pub images: BTreeMap<String, BTreeSet<String>>,
    /// What is mounted from the host.
    pub sources: BTreeSet<Source>,
    /// Programs that host steps start.
    pub programs: BTreeSet<String>,
}

/// The source of a volume that is a path of the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The whole entry of `volumes`, as written.
    pub volume: String,
    /// The `working_dir` of the step that the container belongs to, as written.
    pub folder: Option<String>,
}

/// The container engine that answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineFacts {
    /// `Docker` or `Podman`.
    pub product: String,
    /// What it runs images for, as `os/architecture`.
    pub platform: String,
    /// Whether it runs on this machine, so that its paths are those here.
    pub is_local: bool,
}

/// An image, as the engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// It is not there.
    Absent,
    /// It is there.
    Present(Box<Contents>),
}

/// What is in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// `ENTRYPOINT`
    pub entrypoint: Vec<String>,
    /// Whether the entrypoint starts the command that follows it; `None` where that cannot be told.
    pub hands_on: Option<bool>,
    /// `CMD`
    pub command: Vec<String>,
    /// `USER`; empty for root.
    pub user: String,
    /// `os/architecture`, with `/variant` where it has one.
    pub platform: String,
    /// Bytes.
    pub size: u64,
    /// The folders of its `PATH`.
    pub path: Vec<String>,
    /// Programs that were looked for, and whether they are inside.
    pub programs: BTreeMap<String, bool>,
}

impl Image {
    /// What is in it, when it is there.
    pub fn contents(&self) -> Option<&Contents> {
        match self {
            Self::Present(contents) => Some(contents),
            Self::Absent => None,
        }
    }
}

/// A path of this machine that was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// With the values of what it refers to.
    pub text: String,
    /// Whether something is there.
    pub is_there: bool,
}

/// This machine, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// What is mounted.
    pub sources: BTreeMap<Source, Path>,
    /// Whether programs are in the `PATH`.
    pub programs: BTreeMap<String, bool>,
}

/// What bears on a document.
pub fn asked(workflow: &Workflow, asked: &mut Asked) {
    let makes_images = workflow.every_step().any(makes_image);
    for owned in containers(workflow) {
        let Some(image) = owned.container.image().filter(|_| !owned.container.node.is_unresolved()) else { continue };
        asked.sources.extend(owned.container.volumes.iter().filter_map(|(text, _)| source(owned, text)));
        // What a step makes is another image when it is used; the root container is made before all steps.
        if makes_images && owned.step.is_some() && !is_base_image(&image.value) {
            continue;
        }
        let programs = asked.images.entry(image.value.clone()).or_default();
        programs.insert(SH.to_owned());
        programs.extend(shell_of(owned.container).map(str::to_owned));
    }
    for step in workflow.every_step() {
        if let Action::DockerRun(Some(with)) = &step.action
            && let Some(image) = with.get_some("image").and_then(|image| image.text()).filter(|_| !makes_images)
        {
            asked.images.entry(image.to_owned()).or_default();
        }
        let binaries = || step.harness().into_iter().flat_map(|harness| &harness.attempts).filter_map(binary);
        match workflow.container_of(step) {
            None if step.place == Place::Host => asked.programs.extend(binaries().map(str::to_owned)),
            None => {}
            Some(container) => {
                let Some(programs) = container.image().and_then(|image| asked.images.get_mut(&image.value)) else { continue };
                programs.extend(binaries().map(str::to_owned));
                let started = step.commands().unwrap_or_default().iter().filter_map(|command| program(workflow, step, command));
                programs.extend(started.map(|(program, _)| program));
            }
        }
    }
}

/// Whether a step on the host may make or fetch an image.
fn makes_image(step: &Step) -> bool {
    const WAYS: &[&str] = &["docker", "podman", "buildah", "nerdctl", "kaniko", "bake", "compose", "image", "make build", "skopeo", "ctr "];
    let commands = step.commands().filter(|_| step.place == Place::Host).unwrap_or_default();
    commands.iter().any(|command| WAYS.iter().any(|way| command.text.contains(way)))
}

/// The shell that the idle loop of a shared container runs in.
pub(crate) const SH: &str = "/bin/sh";

/// The root container and those of all steps.
pub(crate) fn containers(workflow: &Workflow) -> impl Iterator<Item = Owned<'_>> {
    let root = workflow.container.iter().map(|container| Owned { container, step: None });
    root.chain(workflow.every_step().filter_map(|step| Some(Owned { container: step.container.as_deref()?, step: Some(step) })))
}

/// The source of a volume, when it is a path of the host; as written it may begin with a variable.
pub(crate) fn source(owned: Owned<'_>, text: &str) -> Option<Source> {
    let volume = volume::parse(text).ok()?;
    let is_path = volume.kind == VolumeKind::Bind || volume.source.starts_with('$');
    let folder = owned.step.and_then(|step| step.working_dir.as_ref()).map(|folder| folder.value.clone());
    is_path.then(|| Source { volume: text.to_owned(), folder })
}

/// The program of a container's `shell`, where it is written out.
pub(crate) fn shell_of(container: &Container) -> Option<&str> {
    container.shell.first().and_then(|first| first.split_whitespace().next()).filter(|word| !word.contains('$'))
}

/// The executable of an attempt, where it is known.
pub(crate) fn binary(attempt: &Attempt) -> Option<&str> {
    let binary = attempt.definition.as_ref()?.binary.as_str();
    (!binary.is_empty() && !binary.contains('$')).then_some(binary)
}

/// The program that a command in a container starts first and whose absence fails the command, with
/// its place in the text.
pub(crate) fn program(workflow: &Workflow, step: &Step, command: &Command) -> Option<(String, Range<usize>)> {
    let container = workflow.container_of(step)?;
    if command.script || !counts_path_of_image(workflow, step) || !reads_shell_text(container) {
        return None;
    }
    let tokens = shell::tokens(&command.text);
    // Behind these the command goes on, or ends as something else does.
    let survives = tokens.iter().any(|token| match &token.kind {
        TokenKind::Operator(operator) => !(operator == "&&" || operator.contains(['>', '<'])),
        TokenKind::Break => token.range.end < command.text.trim_end().len(),
        TokenKind::Word { .. } | TokenKind::Substitution => false,
    });
    let first = tokens.first()?;
    let word = first.literal().filter(|word| !survives && !word.is_empty())?;
    let is_assignment = word.split_once('=').is_some_and(|(name, _)| is_variable_name(name));
    let is_looked_up = word.starts_with('/') || !word.contains(['/', '(', ')', '{', '}', '~', '"', '\'', '\\']);
    (is_looked_up && !is_assignment && !is_shell_word(word)).then(|| (word.to_owned(), first.range.clone()))
}

/// Whether what reads a command in a container is a shell, or nothing does.
fn reads_shell_text(container: &Container) -> bool {
    let Some((shell, flags)) = container.shell.split_first() else { return true };
    let mut words = shell.split_whitespace();
    let is_shell = words.next().is_some_and(is_shell);
    is_shell && words.chain(flags.iter().map(String::as_str)).all(|word| word.starts_with('-'))
}

/// Whether a program is a shell, by its name.
pub fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "ksh" | "zsh"))
}

/// Whether the image's own PATH is the one that counts for a step.
pub(crate) fn counts_path_of_image(workflow: &Workflow, step: &Step) -> bool {
    let container = workflow.container_of(step);
    let entries = container.iter().flat_map(|container| &container.env).chain(&step.env);
    // An agent gets all of the DAG's variables in the engine.
    let of_dag = workflow.env.iter().filter(|_| step.harness().is_some());
    !entries.chain(of_dag).any(|entry| entry.name.value == "PATH")
}

/// Whether a volume may bring a program in: below its target, or into a folder of the `PATH`.
pub(crate) fn mounts_program(container: &Container, contents: &Contents, program: &str) -> bool {
    container.volumes.iter().any(|(text, _)| {
        let Ok(volume) = volume::parse(text) else { return true };
        let target = volume::normal(&volume.target);
        let in_path = || contents.path.iter().any(|folder| volume::below(folder, &target).is_some() || folder == &target);
        let is_program = || target.rsplit('/').next() == program.rsplit('/').next();
        if program.starts_with('/') { volume::below(program, &target).is_some() } else { is_program() || in_path() }
    })
}

/// Whether the container is kept alive by a shell of its image, in `dagu-rs run`.
pub(crate) fn idles_in_shell(owned: Owned<'_>) -> bool {
    starts_in_background(owned) && owned.container.startup == "keepalive"
}

/// `os/architecture` with the usual names; `None` for what is not of that form.
pub(crate) fn platform(text: &str) -> Option<(String, String)> {
    let mut parts = text.split('/');
    let (os, architecture) = (parts.next()?.to_lowercase(), parts.next()?.to_lowercase());
    let architecture = match architecture.as_str() {
        "x86_64" | "x86-64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "i386" | "i686" => "386".to_owned(),
        "armhf" | "armel" => "arm".to_owned(),
        _ => architecture,
    };
    (!os.is_empty() && !architecture.is_empty()).then_some((os, architecture))
}

/// Whether a shell may have a word itself, so that no program of that name is needed.
fn is_shell_word(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "(",
        "[",
        "bg",
        "builtin",
        "chdir",
        "command",
        "declare",
        "dirs",
        "do",
        "done",
        "echo",
        "false",
        "fc",
        "fg",
        "fi",
        "getopts",
        "hash",
        "history",
        "jobs",
        "kill",
        "let",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "readarray",
        "select",
        "shopt",
        "suspend",
        "test",
        "then",
        "time",
        "times",
        "true",
        "type",
        "typeset",
        "unalias",
        "wait",
    ];
    is_builtin(word) || WORDS.contains(&word)
}

/// The image of a `docker.run` step.
pub(crate) fn run_image(step: &Step) -> Option<&NodeRef> {
    match &step.action {
        Action::DockerRun(Some(with)) => with.get_some("image"),
        _ => None,
    }
}
