use super::{Check, Context, Has, Rule, Sink, listed, provider_names};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashSet;

use crate::diagnostic::{Fix, Safety};
use crate::source::Spanned;
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "harness-provider-unknown",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A harness names a provider that is neither built in nor defined under `harnesses`.",
    why: "The engine does not load the DAG. A provider of your own is defined under root `harnesses`.",
    grounds: "Engine, at load: `harness: unknown provider`. A name that holds `${` is looked at only when the step runs.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: cluade\n\
        \x20     prompt: Say hello.\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Say hello.\n",
    absence: true,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut reported = HashSet::new();
    let root = context.workflow.harness_defaults.iter();
    let root = root.flat_map(|node| std::iter::once(node).chain(node.get("fallback").and_then(|fallback| fallback.items()).unwrap_or_default()));
    let root = root.filter_map(|node| Some(Spanned::new(node.get("provider")?.string()?.trim().to_owned(), node.get("provider")?.span)));
    let steps = context.harness_steps().flat_map(|(_, harness)| harness.attempts.iter().filter_map(|attempt| attempt.provider.clone()));
    for provider in root.chain(steps) {
        let known = context.workflow.harnesses.contains_key(&provider.value) || context.workflow.known_provider(&provider.value).is_some();
        if known || provider.value.is_empty() || provider.value.contains("${") || !reported.insert(provider.span) {
            continue;
        }
        let names = provider_names(context);
        let finding = sink.finding(provider.span, format!("no harness provider is called `{}`", provider.value));
        sink.push(match nearest(&provider.value, names.iter().copied()) {
            Some(name) => finding
                .help(format!("did you mean `{name}`?"))
                .fix(Fix::replace(format!("Change to `{name}`"), Safety::Safe, provider.span, name)),
            None => finding.help(format!("there are {}; define others under `harnesses`", listed(names))),
        });
    }
}
