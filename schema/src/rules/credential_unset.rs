use std::collections::HashSet;

use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::provider;
use crate::workflow::reference::{self, Target};

pub(super) static RULE: Rule = Rule {
    name: "credential-unset",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A credential in the DAG's `env` is taken from a variable that nothing sets.",
    why: "The engine then hands the text `${NAME}` itself to the steps, and services refuse it as a key. `dagu-rs run` sets no such variable, and does not start a container that needs it.\n\nReported by `dagu-rs check --probe`, which looks at the names that are set in its own environment, never at their values.",
    grounds: "Measured on Dagu 2.15.1: with `NOWHERE_KEY: ${NOWHERE_KEY}`, `echo \"[$NOWHERE_KEY]\"` prints `[${NOWHERE_KEY}]`. `dagu-rs run` prints `[]`; a container with `- NOWHERE_KEY=${NOWHERE_KEY}` is not started.",
    bad: "# probe: DEPLOY_TOKEN is not set\n\
        env:\n\
        \x20 - DEPLOY_TOKEN: ${DEPLOY_TOKEN}\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy\n",
    good: "# probe: DEPLOY_TOKEN is set\n\
        env:\n\
        \x20 - DEPLOY_TOKEN: ${DEPLOY_TOKEN}\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.facts.host.is_none() {
        return;
    }
    let workflow = context.workflow;
    let facts = context.facts;
    let own = workflow.env.iter().filter(|entry| !names(&entry.value, &entry.name.value)).map(|entry| entry.name.value.as_str());
    let params = workflow.params.iter().map(|param| param.name.value.as_str());
    let secrets = workflow.secrets.iter().map(|secret| secret.name.value.as_str());
    let of_dag: HashSet<&str> = own.chain(params).chain(secrets).collect();
    let given = |name: &str| of_dag.contains(name) || facts.variables.contains(name) || facts.dotenv.contains(name);
    for entry in &workflow.env {
        let (node, offset) = &entry.source;
        if node.span.is_beyond() || !provider::sounds_like_credential(&entry.name.value) || facts.dotenv.contains(&entry.name.value) {
            continue;
        }
        for reference in reference::find(&entry.value) {
            let name = match &reference.target {
                Target::Variable { name, operator: None } if !reference.quoted => name,
                Target::Value { namespace, path } if namespace == "env" => path,
                _ => continue,
            };
            if given(name) {
                continue;
            }
            let span = context.span_in(node, offset + reference.range.start..offset + reference.range.end);
            let message = format!("nothing sets `{name}`, neither the DAG nor this environment, so `{}` has no value", entry.name.value);
            sink.push(sink.finding(span, message).help(format!("set `{name}` where the DAG is started, or in a dotenv file")));
        }
    }
}

/// Whether a value is made of a variable.
fn names(value: &str, name: &str) -> bool {
    reference::find(value).iter().any(|reference| match &reference.target {
        Target::Variable { name: named, .. } => named == name,
        Target::Value { namespace, path } => namespace == "env" && path == name,
        Target::Property { .. } => false,
    })
}
