use super::{Check, Context, Has, Rule, Sink, add_key, edits, harness_binary_not_in_image};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::workflow::{Attempt, Place};
use std::cell::LazyCell;

pub(super) static RULE: Rule = Rule {
    name: "harness-managed-in-container",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`managed: true` for OpenCode in a container.",
    why: "The managed session is kept by a Dagu server outside the container. In a container the step fails.",
    grounds: "Engine, at run time: `managed OpenCode is not supported inside containers`. For other providers `managed` is ignored.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/opencode:1\n\
        \x20     env:\n\
        \x20       - OPENAI_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: opencode\n\
        \x20     managed: true\n\
        \x20     prompt: Say hello.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/opencode:1\n\
        \x20     env:\n\
        \x20       - OPENAI_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: opencode\n\
        \x20     prompt: Say hello.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let installed = LazyCell::new(|| context.workflow.every_step().filter(|step| step.place == Place::RootContainer).any(harness_binary_not_in_image::installs));
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        for attempt in harness.attempts.iter().filter(|attempt| attempt.managed == Some(true)) {
            let opencode = attempt.provider.as_ref().is_some_and(|provider| provider.value == "opencode");
            let root = context.workflow.harness_defaults.as_ref();
            let Some(entry) = attempt.node.entry("managed").or_else(|| root.and_then(|root| root.entry("managed"))) else { continue };
            if opencode && !context.workflow.harnesses.contains_key("opencode") {
                let finding = sink
                    .finding(entry.key.span, "a managed OpenCode session does not work in a container; the step fails")
                    .related(container.key, "the step runs in this container")
                    .help("remove `managed`; in a container OpenCode's command line is used");
                let is_absent = harness_binary_not_in_image::is_absent(context, step, attempt, || *installed);
                sink.push(match without_session(context, attempt).filter(|_| !is_absent) {
                    Some(fix) => finding.fix(fix),
                    None => finding,
                });
            }
        }
    }
}

/// The change by which the step does without the session; one that all steps inherit stays for others.
fn without_session(context: &Context<'_>, attempt: &Attempt) -> Option<Fix> {
    let inherited = context.workflow.harness_defaults.as_ref().is_some_and(|root| root.get_some("managed").is_some());
    if let Some(entry) = attempt.node.entry("managed").filter(|entry| inherited && !entry.merged && !context.tree.is_anchored(entry.value.span)) {
        return Some(Fix::replace("Write `false`", Safety::Unsafe, entry.value.span, "false"));
    }
    if attempt.node.entry("managed").is_some() {
        let edit = edits::remove(context.tree, &[(&attempt.node, "managed")])?;
        return Some(Fix::of("Remove `managed`", Safety::Unsafe, vec![edit]));
    }
    let edit = add_key(&attempt.node, &context.tree.text, "managed: false").filter(|edit| !context.tree.is_anchored(edit.span))?;
    Some(Fix::of("Add `managed: false` to the step", Safety::Unsafe, vec![edit]))
}
