use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference::{self, Target};

pub(super) static RULE: Rule = Rule {
    name: "file-dependency-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A file in `dependencies` is empty, or its path is a reference.",
    why: "The files are gathered before the run starts, when nothing has a value yet: paths and globs are written out. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `file dependency paths must be literal`, `item 1 must not be empty`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: ./scripts/build.sh\n\
        \x20   dependencies:\n\
        \x20     - ${consts.scripts}/*.sh\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   run: ./scripts/build.sh\n\
        \x20   dependencies:\n\
        \x20     - scripts/*.sh\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["dependencies"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(node) = step.node.get("dependencies") else { continue };
        for item in node.items().unwrap_or(std::slice::from_ref(node)) {
            let Some(text) = item.string() else { continue };
            if text.trim().is_empty() && node.items().is_some() {
                sink.report(item.span, "the path of a file cannot be empty");
            }
            for found in reference::find(text).into_iter().filter(|found| !matches!(found.target, Target::Variable { .. })) {
                sink.report(context.span_in(item, found.range), "the files are gathered before the run, when nothing has a value yet: write the path out");
            }
        }
    }
}
