use super::{Check, Context, Has, Rule, Sink, listed, provider_names as names};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::source::Span;
use crate::suggest::nearest;
use crate::syntax::NodeRef;

pub(super) static RULE: Rule = Rule {
    name: "harness-provider-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A harness has no provider.",
    why: "The provider says which command line is called. A step names it in `with`, or takes it from the root `harness`; a fallback entry and the root `harness` itself need their own.",
    grounds: "Engine, at load: `harness: config.provider is required`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     prompt: Say hello.\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let defaults = context.workflow.harness_defaults.as_ref().filter(|node| node.entries().is_some());
    if let Some(root) = defaults {
        if is_missing(root) {
            let key = context.workflow.node.entry("harness").map_or(root.span, |entry| entry.key.span);
            report(context, sink, root, key, "the root `harness` names no `provider`");
        }
        check_fallback(context, sink, root);
    }
    for (step, _) in context.harness_steps() {
        let Some(with) = step.node.get("with").or_else(|| step.node.get("config")) else {
            if defaults.is_none_or(is_missing) {
                sink.report(step.action_key, "`harness.run` names no `provider` in `with`, and there is no root `harness`");
            }
            continue;
        };
        if is_missing(with) && (with.get("provider").is_some() || defaults.is_none_or(is_missing)) {
            let key = step.node.entry("with").or_else(|| step.node.entry("config")).map_or(step.action_key, |entry| entry.key.span);
            report(context, sink, with, key, "`harness.run` names no `provider`");
        }
        check_fallback(context, sink, with);
    }
}

fn check_fallback(context: &Context<'_>, sink: &mut Sink, node: &NodeRef) {
    for entry in node.get("fallback").and_then(|fallback| fallback.items()).unwrap_or_default() {
        if entry.entries().is_some() && is_missing(entry) {
            let first_key = entry.entries().and_then(|entries| entries.first()).map_or(entry.span, |first| first.key.span);
            report(context, sink, entry, first_key, "this fallback names no `provider`; it takes nothing from the primary one");
        }
    }
}

/// Whether the provider is missing, null, blank or no text.
fn is_missing(node: &NodeRef) -> bool {
    node.entries().is_some() && node.get("provider").is_none_or(|value| !value.is_unresolved() && value.string().is_none_or(|text| text.trim().is_empty()))
}

fn report(context: &Context<'_>, sink: &mut Sink, node: &NodeRef, key: Span, message: &str) {
    if let Some(entry) = node.entry("provider") {
        return sink.report(entry.value_span(), "`provider` must be the name of a provider");
    }
    let mut finding = sink.finding(key, message);
    let near = node.entries().unwrap_or_default().iter().find(|entry| nearest(entry.name(), ["provider"]).is_some());
    finding = match near {
        Some(near) => finding
            .related(near.key.span, "is this meant to be `provider`?")
            .fix(Fix::replace("Rename to `provider`", Safety::Safe, near.key.span, "provider")),
        None => finding.help(format!("add `provider:` with one of {}", listed(names(context)))),
    };
    sink.push(finding);
}
