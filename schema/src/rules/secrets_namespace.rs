use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::reference::Target;

pub(super) static RULE: Rule = Rule {
    name: "secrets-namespace",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`${secrets.NAME}` in place of `${NAME}`.",
    why: "Dagu has no `secrets.` in references: a secret is a variable of its name. The text stays as it is; a shell fails on it with `bad substitution`, and a container, an agent or a request gets `${secrets.NAME}` in place of the value.",
    grounds: "Measured on the engine: `${secrets.DB}` stays in `env` of the DAG, of steps and of containers, in commands and in prompts; `dagu-rs run` does the same. `validate` says nothing.",
    bad: "secrets:\n\
        \x20 - name: DB_PASSWORD\n\
        \x20   provider: env\n\
        \x20   key: DB_PASSWORD\n\
        steps:\n\
        \x20 - id: migrate\n\
        \x20   env:\n\
        \x20     - PGPASSWORD: ${secrets.DB_PASSWORD}\n\
        \x20   run: migrate\n",
    good: "secrets:\n\
        \x20 - name: DB_PASSWORD\n\
        \x20   provider: env\n\
        \x20   key: DB_PASSWORD\n\
        steps:\n\
        \x20 - id: migrate\n\
        \x20   env:\n\
        \x20     - PGPASSWORD: ${DB_PASSWORD}\n\
        \x20   run: migrate\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["secrets"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if workflow.secrets.is_empty() || workflow.step_index("secrets").is_some() {
        return;
    }
    for mention in workflow.mentions().iter().filter(|mention| !mention.foreign) {
        let Target::Property { name, path } = &mention.reference.target else { continue };
        let Some(secret) = workflow.secrets.iter().find(|secret| name == "secrets" && secret.name.value == *path) else { continue };
        let span = context.span_in(&mention.node, mention.range());
        sink.push(
            sink.finding(span, format!("`{}` stays as it is: the secret is the variable `{path}`", mention.written()))
                .related(secret.name.span, format!("`{path}` is here"))
                .fix(Fix::replace(format!("Change to `${{{path}}}`"), Safety::Unsafe, span, format!("${{{path}}}"))),
        );
    }
}
