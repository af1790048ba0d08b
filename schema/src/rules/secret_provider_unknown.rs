use super::{Check, Has, Context, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;
use crate::workflow::env::SECRET_PROVIDERS;

pub(super) static RULE: Rule = Rule {
    name: "secret-provider-unknown",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A secret comes from a provider that the engine does not have.",
    why: "The providers are `env`, `file`, `vault`, `aws`, `gcp`, `azure` and `kubernetes`. With another the DAG loads, and every run fails before its first step.",
    grounds: "Measured on the engine, at run time: `unknown secret provider: nope`. Its `validate` accepts any word.",
    bad: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: keychain\n\
        \x20   key: token\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: API_TOKEN\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for provider in context.workflow.secrets.iter().filter_map(|secret| secret.provider.as_ref()) {
        if !SECRET_PROVIDERS.contains(&provider.value.as_str()) && !provider.value.contains('$') && !provider.value.is_empty() {
            let message = format!("`{}` is no secret provider: there are {}; every run fails", provider.value, listed(SECRET_PROVIDERS.iter().copied()));
            let finding = sink.finding(provider.span, message);
            sink.push(match nearest(&provider.value, SECRET_PROVIDERS.iter().copied()) {
                Some(name) => finding.fix(Fix::replace(format!("Write `{name}`"), Safety::Safe, provider.span, name)),
                None => finding,
            });
        }
    }
}
