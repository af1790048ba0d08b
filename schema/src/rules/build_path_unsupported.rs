use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::{Entry, ScalarType};
use crate::workflow::{DagType, Step, capability};

pub(super) static RULE: Rule = Rule {
    name: "build-path-unsupported",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Files are declared as `inputs` or `outputs` where no build keeps track of them.",
    why: "A `type: build` orders and reuses steps by the files that they read and write, and only knows of commands on the machine itself, outside handlers and `foreach`, with one file each that they make. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `declares build paths but ir.DAG type is not \"build\"`, `declares more than one path output`, `build paths are not supported by executor \"http\"`, `build paths are not supported in lifecycle handlers`, `build path output step a cannot mark a failed attempt as successful`.",
    bad: "steps:\n\
        \x20 - id: pack\n\
        \x20   run: tar -cf app.tar src\n\
        \x20   outputs:\n\
        \x20     - name: archive\n\
        \x20       path: app.tar\n",
    good: "type: build\n\
        steps:\n\
        \x20 - id: pack\n\
        \x20   run: tar -cf app.tar src\n\
        \x20   outputs:\n\
        \x20     - name: archive\n\
        \x20       path: app.tar\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["inputs", "outputs"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_build = context.workflow.kind == DagType::Build;
    for step in context.steps() {
        let Some(place) = inputs(step).or_else(|| path_outputs(step).next().map(|path| path.key.span)) else { continue };
        if step.standing.depth > 0 {
            sink.report(place, "a build does not keep track of files inside `foreach`");
        } else if step.is_in_handler() {
            sink.report(place, "a build does not keep track of files of a handler");
        } else if !is_build {
            let help = "add `type: build`, or declare the output without `path`";
            sink.push(sink.finding(place, "only a `type: build` keeps track of files that steps read and write").help(help));
        } else {
            in_build(context, sink, step, place);
        }
    }
}

fn in_build(context: &Context<'_>, sink: &mut Sink, step: &Step, place: Span) {
    if let Some(second) = path_outputs(step).nth(1) {
        sink.report(second.key.span, "a step of a build makes one file: this is its second one");
    }
    let is_custom = capability::executor(context.workflow, step).is_none() && step.operation() != Some("human.task");
    let on_host = matches!(capability::executor(context.workflow, step), Some("" | "command" | "shell"));
    if !on_host && !is_custom {
        let finding = sink.finding(place, "a build keeps track of files only for commands that run on the machine itself");
        sink.push(finding.related(step.action_key, "what the step does").help("use `run`, without a container"));
    }
    let mark = step.node.get("continue_on").and_then(|policy| policy.entry("mark_success"));
    let marks = mark.filter(|entry| entry.value.scalar_type() == Some(ScalarType::Bool(true)));
    if let (Some(mark), true) = (marks, path_outputs(step).next().is_some()) {
        sink.report(mark.key.span, "a failed step cannot count as successful when others rely on the file that it makes");
    }
}

fn inputs(step: &Step) -> Option<Span> {
    let entry = step.node.entry("inputs")?;
    entry.value.items().filter(|items| !items.is_empty()).map(|_| entry.key.span)
}

fn path_outputs(step: &Step) -> impl Iterator<Item = &Entry> {
    let outputs = step.node.get("outputs").and_then(|outputs| outputs.items()).unwrap_or_default();
    outputs.iter().filter_map(|output| output.entry("path"))
}
