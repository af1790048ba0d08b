use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "secret-key-reference",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The `key` of a secret holds a reference, which is never replaced.",
    why: "Secrets are fetched before anything else has a value: `key` is taken letter by letter. A variable called `${NAME}` or a file below a folder `${HOME}` is not there, and every run fails. Write the name or the path itself.",
    grounds: "Measured on the engine: `key: ${N}` fails each run with `environment variable \"${N}\" is not set`, `key: ${HOME}/x.txt` with `secret file not found: ${HOME}/x.txt`. `validate` accepts both.",
    bad: "secrets:\n\
        \x20 - name: DEPLOY_TOKEN\n\
        \x20   provider: file\n\
        \x20   key: ${HOME}/token.txt\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    good: "secrets:\n\
        \x20 - name: DEPLOY_TOKEN\n\
        \x20   provider: file\n\
        \x20   key: /home/deploy/token.txt\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for secret in &context.workflow.secrets {
        let is_plain = secret.provider.as_ref().is_some_and(|provider| matches!(provider.value.as_str(), "env" | "file"));
        let Some(key) = secret.key.as_ref().filter(|key| is_plain && key.value.contains("${")) else { continue };
        sink.push(sink.finding(key.span, format!("`{}` is not replaced here, so every run fails", key.value)).help("write it out"));
    }
}
