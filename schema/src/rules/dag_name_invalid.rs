use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "dag-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A DAG's name that the engine rejects: that of the file, or the `name` of a later document.",
    why: "The first document is named after its file, without `.yaml`; the others by their `name`. A name has letters, digits, `-`, `.` and `_`, and at most 40 characters. The engine does not load a DAG with another name: rename the file, or change `name`.",
    grounds: "Engine, at load: `name must only contain alphanumeric characters, dashes, dots, and underscores`, `name must be less than 40 characters` (40 were measured to be accepted).",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: say hello\n\
        ---\n\
        name: say hello\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: say-hello\n\
        ---\n\
        name: say-hello\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Document(check),
};

/// Bytes.
const LONGEST: usize = 40;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let is_first = context.workflows.first().is_some_and(|first| std::ptr::eq(first, workflow));
    if is_first {
        let Some(stem) = &context.facts.file_stem else { return };
        if let Some(fault) = fault(stem) {
            let message = format!("the DAG is named after its file, and `{stem}` is no name for a DAG: {fault}");
            sink.push(sink.finding(workflow.first_key(), message).help("rename the file"));
        }
        return;
    }
    let Some(node) = workflow.node.get_some("name") else { return };
    let Some(name) = node.string().filter(|name| !name.trim().is_empty()) else { return };
    if let Some(fault) = fault(name) {
        sink.report(node.span, format!("`{name}` is no name for a DAG: {fault}"));
    }
}

/// What is wrong with a name for a DAG.
pub(crate) fn fault(name: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if let Some(c) = name.chars().find(|&c| !is_allowed(c)) {
        let shown = if c == ' ' { "a blank".to_owned() } else { format!("`{c}`") };
        return Some(format!("it has {shown}, and only letters, digits, `-`, `.` and `_` are allowed"));
    }
    if matches!(name, "." | "..") {
        return Some("it means a folder".to_owned());
    }
    (name.len() > LONGEST).then(|| format!("it has {} characters, and {LONGEST} are the most", name.len()))
}
