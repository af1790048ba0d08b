use std::collections::HashSet;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "artifacts-disabled",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step uses artifacts, and `artifacts.enabled` is `false`.",
    why: "Actions `artifact.*` and outputs that are kept as artifacts need a place for them. The engine does not load a DAG that switches it off: leave `enabled` out, or set it to `true`.",
    grounds: "Engine, at load: `artifact actions require artifacts.enabled to be true`, `artifact outputs require artifacts.enabled to be true`, for handlers and steps inside `foreach` as well. Mentioning the artifacts' folder was measured to pass.",
    bad: "artifacts:\n\
        \x20 enabled: false\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   stdout:\n\
        \x20     artifact: greeting.txt\n",
    good: "artifacts:\n\
        \x20 enabled: true\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   stdout:\n\
        \x20     artifact: greeting.txt\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["artifacts"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let Some(enabled) = root.get_some("artifacts").and_then(|artifacts| artifacts.entry("enabled")) else { return };
    if enabled.value.scalar_type() != Some(ScalarType::Bool(false)) {
        return;
    }
    let custom: HashSet<&str> = root
        .get_some("actions")
        .and_then(|actions| actions.entries())
        .unwrap_or_default()
        .iter()
        .filter(|entry| entry.value.get_some("template").is_some_and(|template| uses_action(template, &HashSet::new())))
        .map(|entry| entry.name().trim())
        .collect();
    for step in context.workflow.every_step().map(|step| &step.node) {
        let action = step.entry("action").filter(|_| uses_action(step, &custom));
        let output = ["stdout", "stderr"].iter().find_map(|stream| step.get_some(stream)?.entry("artifact"));
        for (span, what) in [(action.map(|entry| entry.value_span()), "the action works on"), (output.map(|entry| entry.key.span), "the output is kept as")] {
            if let Some(span) = span {
                let finding = sink.finding(span, format!("{what} artifacts, and `artifacts.enabled` is `false`"));
                sink.push(finding.related(enabled.key.span, "switched off here"));
            }
        }
    }
}

fn uses_action(step: &Node, custom: &HashSet<&str>) -> bool {
    let name = step.get_some("action").and_then(|action| action.string()).unwrap_or_default().trim();
    name.starts_with("artifact.") || custom.contains(name)
}
