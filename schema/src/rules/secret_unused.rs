use super::{Check, Has, Context, Rule, Sink};
use super::names;
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "secret-unused",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A secret that nothing in the file names.",
    why: "Every step on the host has it in its environment, and the containers of agents as well, whether they name it or not. A secret that no program reads is only one more to lose.",
    grounds: "Measured on the engine: `env` in a step that names no secret shows it, masked.",
    bad: "secrets:\n\
        \x20 - name: DEPLOY_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: CI_DEPLOY_TOKEN\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "secrets:\n\
        \x20 - name: DEPLOY_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: CI_DEPLOY_TOKEN\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh --token-from DEPLOY_TOKEN\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let secrets = &context.workflow.secrets;
    // A base configuration has no steps: others read what it defines.
    if secrets.is_empty() || context.workflow.steps.is_empty() || context.tree.text.contains("PARAMS_JSON") {
        return;
    }
    let Some(region) = context.workflow.node.entry("secrets").map(|entry| entry.key.span.to(entry.value.span)) else { return };
    let named = names::outside(&context.tree.text, region, secrets.iter().map(|secret| secret.name.value.as_str()));
    // Agents and clients of models read their own credentials unnamed.
    for name in secrets.iter().map(|secret| &secret.name).filter(|name| !context.workflow.is_known_credential(&name.value)) {
        if !name.span.is_beyond() && region.contains(name.span) && is_variable_name(&name.value) && !named.contains(name.value.as_str()) {
            let message = format!("nothing in this file names the secret `{}`, and every step on the host receives it", name.value);
            sink.push(sink.finding(name.span, message).help("remove it, or name it where it is used"));
        }
    }
}
