use super::{Check, Context, Has, Rule, Sink, add_key};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::source::Span;
use crate::workflow::{Container, Step, shell, volume};

pub(super) static RULE: Rule = Rule {
    name: "root-mount-not-inherited",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A step's own container works in a folder that only the root container mounts.",
    why: "A step's container takes the place of the root container: it has none of its mounts. The folder is missing there, or holds what the image put into it.",
    grounds: "Page \"Docker sandbox for harness.run\": \"A step-level container overrides the root-level container for that step\". Measured on the engine: with `.:/w` at the root, a step's own container does not find the files of `/w`.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: ls /workspace\n\
        \x20 - id: test\n\
        \x20   run: ls /workspace/tests\n\
        \x20   container:\n\
        \x20     image: python:3.12\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   run: ls /workspace\n\
        \x20 - id: test\n\
        \x20   run: ls /workspace/tests\n\
        \x20   container:\n\
        \x20     image: python:3.12\n\
        \x20     volumes:\n\
        \x20       - .:/workspace\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(root) = context.workflow.container.as_ref().filter(|root| root.image().is_some() && !root.volumes.is_empty()) else { return };
    let mounts: Vec<_> = root.volumes.iter().filter_map(|(text, node)| Some((volume::parse(text).ok()?, text, node))).take(MOST).collect();
    for step in context.steps() {
        let Some(own) = step.container.as_ref().filter(|own| own.image().is_some()) else { continue };
        let has: Vec<_> = own.volumes.iter().filter_map(|(text, _)| volume::parse(text).ok()).take(MOST).collect();
        for (mount, text, node) in &mounts {
            let target = volume::normal(&mount.target);
            let related = |volume: &volume::Volume| {
                let other = volume::normal(&volume.target);
                other.contains('$') || volume::below(&other, &target).is_some() || volume::below(&target, &other).is_some()
            };
            if !is_telling(&target) || has.iter().any(related) {
                continue;
            }
            let Some(span) = place_of_use(context, step, own, &target) else { continue };
            let message = format!("`{target}` is mounted into the root container, but not into this step's own: the files are not there");
            let mut finding = sink
                .finding(span, message)
                .related(node.span, "only the root container has this mount")
                .help(format!("add the volume `{text}` to the step's container too"));
            let is_plain = own.entry("volumes").is_none() && !text.contains('"');
            if let Some(edit) = add_key(&own.node, &context.tree.text, &format!("volumes: [\"{text}\"]")).filter(|_| is_plain) {
                finding = finding.fix(Fix { title: format!("Mount `{text}` here too"), safety: Safety::Unsafe, edits: vec![edit] });
            }
            sink.push(finding);
            break;
        }
    }
}

/// Mounts of a container that are looked at.
const MOST: usize = 16;

/// Whether a path means the mount, and no folder that every image has.
fn is_telling(target: &str) -> bool {
    const EVERYWHERE: &[&str] = &["/", "/bin", "/dev", "/etc", "/home", "/lib", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/var"];
    target.starts_with('/') && !target.contains('$') && !EVERYWHERE.contains(&target) && !target.ends_with(".sock")
}

/// Where the step says that it works with files below the folder.
fn place_of_use(context: &Context<'_>, step: &Step, own: &Container, folder: &str) -> Option<Span> {
    let is_below = |path: &str| volume::below(path, folder).is_some();
    for command in step.commands().unwrap_or_default() {
        let tokens = shell::tokens(&command.text);
        let makes_it = tokens.iter().any(|token| matches!(token.literal(), Some("mkdir" | "git" | "echo" | "printf")));
        let used = tokens.iter().find(|token| token.literal().is_some_and(is_below));
        if let Some(token) = used.filter(|_| !makes_it) {
            return Some(context.span_in(&command.node, token.range.clone()));
        }
    }
    let is_agent = step.harness().is_some();
    let directory = own.entry("working_dir").filter(|_| is_agent && own.volumes.is_empty())?;
    own.working_dir.as_deref().is_some_and(is_below).then(|| directory.value_span())
}
