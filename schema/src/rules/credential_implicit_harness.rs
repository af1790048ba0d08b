
use super::{Check, Context, Has, Rule, Sink, at_steps, listed, harness_stdin_in_container, known};
use std::collections::{HashMap, HashSet};
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
    let mut in_files: Vec<(Vec<String>, Vec<&Step>)> = Vec::new();
    let mut known: HashMap<Span, usize> = HashMap::new();
    // A variable of a container that nobody can read may be the one.
    let is_known = |step: &Step| step.container.as_ref().is_none_or(|container| expand::is_known(&container.node));
    for (step, _) in context.harness_steps().filter(|(step, _)| step.place != Place::Host && is_known(step)) {
        let all = context.sight().of(step);
        let given = given(&all);
        let besides = |visible: &&Visible| visible.credential && visible.engine.environment && !given.contains(visible.name.as_str());
        let mut of_files = Vec::new();
        for visible in all.iter().filter(besides) {
            let Some(span) = visible.span else {
                of_files.push(visible.name.clone());
                continue;
            };
            match known.get(&span).and_then(|&at| exposed.get_mut(at)) {
                Some((_, steps)) => steps.push(step),
                None => {
                    known.insert(span, exposed.len());
                    exposed.push((visible.clone(), vec![step]));
                }
            }
        }
        match in_files.last_mut().filter(|(names, _)| *names == of_files) {
            _ if of_files.is_empty() => {}
            Some((_, steps)) => steps.push(step),
            None => in_files.push((of_files, vec![step])),
        }
    }
    const HELP: &str = "give it with `env` to the step that needs it, instead of to the whole DAG; dagu-rs run does not pass it on";
    for (visible, steps) in exposed {
        let names = listed(steps.iter().map(|step| step.called()));
        let message = format!("the engine passes `{}` into the container of {names}, which does not name it", visible.name);
        let Some(span) = visible.span else { continue };
        let emptied: Option<Vec<Edit>> = steps.iter().map(|step| empty(context, step, &visible.name)).collect();
        let mut finding = at_steps(sink.finding(span, message), &steps, |step| format!("`{}` can read it in the engine", step.called()));
        if let Some(edits) = emptied {
            finding = finding.fix(Fix::of(format!("Give {names} an empty `{}`", visible.name), Safety::Unsafe, edits));
        }
        sink.push(finding.help(HELP));
    }
    let key = context.workflow.node.entry("dotenv").filter(|entry| !entry.key.span.is_beyond()).map(|entry| entry.key.span);
    for (names, steps) in in_files {
        let Some(first) = steps.first() else { continue };
        let (names, called) = (listed(names.iter().map(String::as_str)), listed(steps.iter().map(|step| step.called())));
        let message = format!("the engine passes {names} of a dotenv file into the container of {called}, which does not name it");
        let finding = sink.finding(key.unwrap_or(first.label), message).help(HELP);
        sink.push(match key {
            Some(_) => at_steps(finding, &steps, |step| format!("`{}` can read it in the engine", step.called())),
            None => finding,
        });
    }
}

/// The names whose values a step is given by the contract too, under this name or another.
fn given(all: &[Visible]) -> HashSet<&str> {
    let from: HashMap<&str, &Visible> = all.iter().rev().map(|visible| (visible.name.as_str(), visible)).collect();
    let is_passed = |visible: &&Visible| visible.contract.environment || visible.contract.of_value().text;
    let mut given = HashSet::new();
    let mut open: Vec<&str> = all.iter().filter(is_passed).map(|visible| visible.name.as_str()).collect();
    while let Some(name) = open.pop() {
        let sources = from.get(name).filter(|visible| given.insert(name) && !visible.contract.is_literal());
        open.extend(sources.into_iter().flat_map(|visible| &visible.from).map(String::as_str));
    }
    given
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
