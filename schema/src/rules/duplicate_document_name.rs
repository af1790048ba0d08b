use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "duplicate-document-name",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Two documents of a file have the same name.",
    why: "The documents after the first are sub-DAGs, and `dag.run` finds them by name. The engine rejects a file in which a name stands for two of them.",
    grounds: "Engine: `DAG document name \"NAME\" must be unique`, and `duplicate DAG name` for the name of the file.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n---\nname: other\nsteps:\n  - id: greet\n    run: echo hello\n",
    absence: false,
    check: Check::Document(check),
};

/// Later names among each other are the model's; here one is held against the first document's,
/// which is that of the file.
fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_first = context.workflows.first().is_some_and(|first| std::ptr::eq(first, context.workflow));
    let Some(stem) = context.facts.file_stem.as_deref().filter(|_| !is_first) else { return };
    if let Some(name) = context.workflow.node.get_some("name").filter(|name| name.string() == Some(stem)) {
        let message = format!("the first document is named `{stem}` after its file: this one needs another name");
        sink.report(name.span, message);
    }
}
