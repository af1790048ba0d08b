use super::{Check, Has, Context, Rule, Sink, edits, harness_binary_not_in_image};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::syntax::{Entry, Node};
use crate::workflow::{Attempt, Place, Step};
use std::cell::LazyCell;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "harness-unused",
    severity: Severity::Hint,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A definition under `harnesses` that no step and no default names.",
    why: "A definition counts when a `provider` names it. One that none names has no effect.",
    grounds: "Engine: a provider is looked up by the name that a step, a fallback or the root's `harness` gives.",
    bad: "harnesses:\n\
        \x20 house:\n\
        \x20   binary: house-agent\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["harnesses"], steps: &[] }, &Check::Document(check)),
};

/// Definitions of which the removal is offered at once: each looks at all of them.
const OFFERED: usize = 64;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let Some((node, entries)) = workflow.node.get("harnesses").and_then(|harnesses| Some((&**harnesses, harnesses.entries()?))) else { return };
    if workflow.steps.is_empty() {
        return;
    }
    let default = workflow.harness_defaults.as_ref().and_then(|defaults| defaults.get_some("provider")?.text());
    let attempts = workflow.every_step().filter_map(|step| step.harness()).flat_map(|harness| &harness.attempts);
    let named: HashSet<&str> = attempts.filter_map(|attempt| attempt.provider.as_ref()).map(|name| name.value.as_str()).chain(default).collect();
    // A template of an action that nobody calls, or a reference, may name it.
    if named.iter().any(|name| name.contains('$')) || workflow.node.get_some("actions").is_some() {
        return;
    }
    let is_unused = |entry: &Entry| !entry.merged && !entry.value.is_null() && !named.contains(entry.name().trim());
    let all_go = entries.iter().all(is_unused);
    let may_be_meant = LazyCell::new(|| is_one_wanted(context));
    let harnesses: &[(&Node, &str)] = &[(&workflow.node, "harnesses")];
    for (index, entry) in entries.iter().filter(|entry| is_unused(entry)).enumerate() {
        let message = format!("no `provider` names `{}`", entry.name());
        let finding = sink.finding(entry.key.span, message).help("remove it, or name it in the step that is to use it");
        let (path, title) = if all_go {
            (harnesses.to_vec(), "Remove `harnesses`".to_owned())
        } else {
            ([harnesses, &[(node, entry.name())]].concat(), format!("Remove `{}`", entry.name()))
        };
        sink.push(match (index < OFFERED && !*may_be_meant).then(|| edits::remove(context.tree, &path)).flatten() {
            Some(edit) => finding.fix(Fix::of(title, Safety::Unsafe, vec![edit])),
            None => finding,
        });
    }
}

/// Whether a step has no provider that works in its place: one that none names may be meant there.
fn is_one_wanted(context: &Context<'_>) -> bool {
    let workflow = context.workflow;
    let installed = LazyCell::new(|| workflow.every_step().filter(|step| step.place == Place::RootContainer).any(harness_binary_not_in_image::installs));
    let is_wanting = |step: &Step, attempt: &Attempt| {
        let is_nobody = attempt.definition.is_none() && super::known(context, attempt).is_none();
        is_nobody || harness_binary_not_in_image::is_absent(context, step, attempt, || *installed)
    };
    let attempts = workflow.every_step().filter_map(|step| Some((step, step.harness()?)));
    attempts.flat_map(|(step, harness)| harness.attempts.iter().map(move |attempt| (step, attempt))).any(|(step, attempt)| is_wanting(step, attempt))
}
