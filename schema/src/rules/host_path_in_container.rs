use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference::{self, Target};
use crate::workflow::shell::{self, Token};
use crate::workflow::Container;

pub(super) static RULE: Rule = Rule {
    name: "host-path-in-container",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A command in a container is given the path of a file on the machine outside.",
    why: "`${id.stdout}` and `${context.paths...}` are paths where the run keeps its files, outside of every container. In a container there is nothing at that path, unless it is mounted at the same place.",
    grounds: "Measured on the engine, and the same in `dagu-rs run`: `cat ${first.stdout}` in a container fails with `No such file or directory`, and so does `ls ${context.paths.work_dir}`.",
    bad: "steps:\n\
        \x20 - id: first\n\
        \x20   run: echo hello\n\
        \x20 - id: second\n\
        \x20   depends: first\n\
        \x20   run: cat ${first.stdout}\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    good: "steps:\n\
        \x20 - id: first\n\
        \x20   run: echo hello\n\
        \x20   output: GREETING\n\
        \x20 - id: second\n\
        \x20   depends: first\n\
        \x20   run: echo ${GREETING}\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step).filter(|container| container.image().is_some()) else { continue };
        for command in step.commands().unwrap_or_default().iter().filter(|command| command.text.contains("${")) {
            // `echo` may hand the path on to somebody outside.
            let tokens = shell::tokens(&command.text);
            if matches!(tokens.first().and_then(Token::literal), Some("echo" | "printf")) {
                continue;
            }
            for found in reference::find(&command.text).into_iter().filter(|found| !found.quoted) {
                let is_path = match &found.target {
                    Target::Property { name, path } => matches!(path.as_str(), "stdout" | "stderr") && context.workflow.step_index(name).is_some(),
                    Target::Value { namespace, path } => (namespace == "context" && path.starts_with("paths.")) || namespace == "paths",
                    Target::Variable { .. } => false,
                };
                if !is_path || found.target == output_file() || may_mount_it(container) {
                    continue;
                }
                let written = command.text.get(found.range.clone()).unwrap_or_default();
                let message = format!("`{written}` is a path outside of this container: there is no such file in it");
                let help = "take what a step prints by `output: NAME`, or mount the folder that the files are in";
                sink.push(sink.finding(context.span_in(&command.node, found.range), message).related(container.key, "the command runs in this container").help(help));
            }
        }
    }
}

/// The file that a step declares its outputs in: what becomes of it in a container is another rule's.
fn output_file() -> Target {
    Target::Value { namespace: "context".to_owned(), path: "paths.step_output_file".to_owned() }
}

/// Whether a volume is at the same place in and outside, or comes from where the run keeps its files.
fn may_mount_it(container: &Container) -> bool {
    let is_same = container.mounts().iter().any(|(mount, _)| mount.source == mount.target);
    is_same || container.volumes.iter().any(|(text, _)| text.contains("DAG") || text.contains("paths.") || text.contains(".std"))
}
