use super::{Check, Context, Has, Rule, Sink, add_key};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::workflow::volume::{self, VolumeKind};

pub(super) static RULE: Rule = Rule {
    name: "volume-relative-without-working-dir",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A relative volume source in a DAG without `working_dir`.",
    why: "On the pages `.:/workspace` mounts the project, and `dagu-rs run` mounts the folder of the DAG file. The engine takes a relative source from the DAG's working directory, and without a `working_dir` that is a fresh scratch folder of the run: the mount is empty.",
    grounds: "Measured on the engine: the mount is `dag-run-work/...`, empty. Page: the smoke DAG of \"Docker sandbox for harness.run\".",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: list\n\
        \x20   run: ls /workspace\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - .:/workspace\n\
        steps:\n\
        \x20 - id: list\n\
        \x20   run: ls /workspace\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.working_dir.is_some() {
        return;
    }
    for owned in context.containers().filter(|owned| owned.step.is_none_or(|step| step.working_dir.is_none())) {
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            let relative = volume.kind == VolumeKind::Bind && !volume.source.starts_with(['/', '~', '$', '\\']);
            if !relative {
                continue;
            }
            let message = format!("without a `working_dir` the engine takes `{}` from an empty folder of the run, not from the DAG's folder", volume.source);
            let finding = sink.finding(context.span_in(node, volume.source_range), message).help("add `working_dir: .` to the DAG; dagu-rs run mounts the DAG's folder");
            sink.push(match add_key(&context.workflow.node, &context.tree.text, "working_dir: .") {
                Some(edit) => finding.fix(Fix { title: "Add `working_dir: .` to the DAG".to_owned(), safety: Safety::Safe, edits: vec![edit] }),
                None => finding,
            });
        }
    }
}
