use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashMap;

use crate::source::Span;
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "declared-output-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Declared `outputs` or `inputs` of a step without an id, or with a name twice.",
    why: "They are referred to by the step's id and their name, so both must be there and be clear. An output that is a file has no type. The outputs of the `git.worktree` actions are fixed. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `a step with outputs must define id`, `duplicate output name \"x\"`, `type and path cannot be used together`, `git worktree actions have fixed outputs`.",
    bad: "steps:\n\
        \x20 - name: Release\n\
        \x20   run: ./release.sh\n\
        \x20   outputs:\n\
        \x20     - name: version\n",
    good: "steps:\n\
        \x20 - id: release\n\
        \x20   name: Release\n\
        \x20   run: ./release.sh\n\
        \x20   outputs:\n\
        \x20     - name: version\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["outputs", "inputs", "output", "stdout"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let operation = step.operation();
        match operation {
            Some("human.task") => continue, // has outputs of its own, as another rule says
            Some("git.worktree.add" | "git.worktree.remove") => fixed(sink, step),
            _ => {}
        }
        for (key, what) in [("outputs", "output"), ("inputs", "input")] {
            declarations(sink, step, key, what);
        }
    }
}

fn fixed(sink: &mut Sink, step: &Step) {
    let published = step.node.get("stdout").and_then(|stdout| stdout.entry("outputs"));
    for entry in ["output", "outputs"].into_iter().filter_map(|key| step.node.entry(key)).chain(published) {
        sink.report(entry.key.span, "the outputs of a worktree action are fixed: it takes no others");
    }
}

fn declarations(sink: &mut Sink, step: &Step, key: &str, what: &str) {
    let Some(entry) = step.node.entry(key) else { return };
    let Some(items) = entry.value.items().filter(|items| !items.is_empty()) else { return };
    if step.id.is_none() {
        sink.push(sink.finding(entry.key.span, format!("a step with `{key}` needs an `id`, by which others find them")).help("add `id`"));
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for item in items {
        if let (Some(kind), Some(path), "outputs") = (item.entry("type"), item.entry("path"), key) {
            let message = "an output with a `path` is a file, and has no `type`";
            sink.push(sink.finding(kind.key.span, message).related(path.key.span, "`path` is given here"));
        }
        let Some(name) = item.get("name") else { continue };
        let Some(text) = name.string() else { continue };
        if let Some(first) = seen.insert(text, name.span) {
            sink.push(sink.finding(name.span, format!("`{text}` already is the name of an {what} of this step")).related(first, "the other one"));
        }
    }
}
