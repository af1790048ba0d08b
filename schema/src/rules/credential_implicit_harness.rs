
use super::{Check, Context, Has, Rule, Sink, at_steps, listed, harness_stdin_in_container, known};
use std::collections::HashMap;
use crate::diagnostic::{Confidence, Severity, Edit, Fix, Safety};
use crate::source::Span;
use crate::workflow::visibility::Visible;
use crate::workflow::{Place, Step, expand, Attempt};
use super::edits::add_empty_variable;
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "credential-implicit-harness",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The engine gives a credential of the DAG to harness containers that do not name it.",
    why: "\"Credentials are not implicit\", says the page, and `dagu-rs run` gives a container only its own `env`, its mounts and the step's `env`. The engine puts every name of the DAG's `env`, `params` and `secrets` into the container of every `harness.run` step.",
    grounds: "Measured on the engine: DAG env, params and secrets are all visible to `harness.run` in step and root containers. Page \"Docker sandbox for harness.run\", Credentials.",
    bad: "secrets:\n\
        \x20 - name: DEPLOY_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: DEPLOY_TOKEN\n\
        harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: ls\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: ls\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut exposed: Vec<(Visible, Vec<&Step>)> = Vec::new();
    let mut known: HashMap<Option<Span>, usize> = HashMap::new();
    // A variable of a container that nobody can read may be the one.
    let is_known = |step: &Step| step.container.as_ref().is_none_or(|container| expand::is_known(&container.node));
    for (step, _) in context.harness_steps().filter(|(step, _)| step.place != Place::Host && is_known(step)) {
        let besides = |visible: &Visible| visible.credential && visible.engine.environment && !visible.contract.environment;
        for visible in context.sight().of(step).into_iter().filter(besides) {
            match known.get(&visible.span).and_then(|&at| exposed.get_mut(at)) {
                Some((_, steps)) => steps.push(step),
                None => {
                    known.insert(visible.span, exposed.len());
                    exposed.push((visible, vec![step]));
                }
            }
        }
    }
    for (visible, steps) in exposed {
        let names = listed(steps.iter().map(|step| step.called()));
        let message = format!("the engine passes `{}` into the container of {names}, which does not name it", visible.name);
        let Some(span) = visible.span else { continue };
        let emptied: Option<Vec<Edit>> = steps.iter().map(|step| empty(context, step, &visible.name)).collect();
        let mut finding = at_steps(sink.finding(span, message), &steps, |step| format!("`{}` can read it in the engine", step.called()));
        if let Some(edits) = emptied {
            finding = finding.fix(Fix::of(format!("Give {names} an empty `{}`", visible.name), Safety::Unsafe, edits));
        }
        sink.push(finding.help("give it with `env` to the step that needs it, instead of to the whole DAG; dagu-rs run does not pass it on"));
    }
}

/// The edit by which a step that has no use for a name sees nothing in it, in the engine too. An agent
/// of which nothing is known may be what the credential is for.
fn empty(context: &Context<'_>, step: &Step, name: &str) -> Option<Edit> {
    let has_no_use = |attempt: &Attempt| match known(context, attempt) {
        Some(provider) => provider.signs_in() && provider.credentials().all(|credential| credential != name),
        None => harness_stdin_in_container::is_shell(attempt),
    };
    let source = &context.tree.text;
    let is_named = source.get(step.node.span.range()).is_none_or(|text| text.contains(name));
    if is_named || !is_variable_name(name) || !step.harness()?.attempts.iter().all(has_no_use) {
        return None;
    }
    add_empty_variable(&step.node, source, name).filter(|edit| !context.tree.is_anchored(edit.span))
}
