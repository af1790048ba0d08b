use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "secret-variable-unset",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A secret is taken from a variable of the environment that is not set.",
    why: "Secrets are read before the first step. When the variable is not set where the DAG is started, nothing of it runs.\n\nReported by `dagu-rs check --probe`, which looks at the names that are set in its own environment, never at their values.",
    grounds: "Measured on Dagu 2.15.1: `failed to resolve secret \"TOK\" from provider \"env\": environment variable \"NOWHERE_SET\" is not set`; `dagu-rs run` ends with exit code 2.",
    bad: "# probe: DEPLOY_KEY is not set\n\
        secrets:\n\
        \x20 - name: TOKEN\n\
        \x20   provider: env\n\
        \x20   key: DEPLOY_KEY\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy\n",
    good: "# probe: DEPLOY_KEY is set\n\
        secrets:\n\
        \x20 - name: TOKEN\n\
        \x20   provider: env\n\
        \x20   key: DEPLOY_KEY\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.facts.host.is_none() {
        return;
    }
    for secret in &context.workflow.secrets {
        let is_env = secret.provider.as_ref().is_some_and(|provider| provider.value == "env");
        let Some(key) = secret.key.as_ref().filter(|key| is_env && !key.value.is_empty() && !key.value.contains('$')) else { continue };
        if !context.facts.variables.contains(&key.value) {
            let message = format!("`{}` is not set in this environment, so the secret `{}` has no value and nothing runs", key.value, secret.name.value);
            sink.push(sink.finding(key.span, message).help(format!("set `{}` where the DAG is started", key.value)));
        }
    }
}
