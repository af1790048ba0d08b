//! A name where it is given a value: what it stands for, and which steps can read it.

use std::collections::HashSet;

use dagu_schema::workflow::visibility::Origin;
use dagu_schema::workflow::{Action, EnvEntry, Param, Secret, Step, credential, docker_run, readers, shown};
use dagu_schema::{Span, Spanned};

use super::markdown::code;
use super::step::refers_to;
use super::{View, called};

/// The name at the place.
pub(super) fn at(view: &View<'_>) -> Option<Spanned<String>> {
    let keys = view.owner.keys.as_slice();
    let workflow = view.workflow;
    match (view.owner.step, keys) {
        (None, ["env", ..]) => variable(view, &workflow.env),
        (None, ["container", "env", ..]) => variable(view, &workflow.container.as_ref()?.env),
        (None, ["defaults", "env", ..]) => variable(view, &workflow.defaults.as_ref()?.env),
        (None, ["params", ..]) => parameter(view),
        (None, ["secrets", ..]) => secret(view),
        (None, ["consts", ..]) => constant(view),
        (Some(step), ["env", ..]) => variable(view, &step.env),
        (Some(step), ["container", "env", ..]) => variable(view, &step.container.as_ref()?.env),
        (Some(step), ["with", "container" | "exec", _, ..]) => of_docker_run(view, step),
        (Some(step), ["output" | "outputs", ..]) => output(view, step),
        _ => None,
    }
}

fn variable(view: &View<'_>, entries: &[EnvEntry]) -> Option<Spanned<String>> {
    let entry = entries.iter().find(|entry| entry.name.span.touches(view.offset))?;
    Some(Spanned::new(given(view, &entry.name.value, entry.span, Some(&entry.value), &[]), entry.name.span))
}

fn parameter(view: &View<'_>) -> Option<Spanned<String>> {
    let param = view.workflow.params.iter().find(|param| param.name.span.touches(view.offset) && !param.name.span.is_beyond())?;
    let name = &param.name.value;
    let is_credential = credential::Credentials::of(view.workflow, &view.analysis.dotenv).has(name);
    let text = given(view, name, param.name.span, None, &parameter_lines(param, is_credential));
    Some(Spanned::new(text, param.name.span))
}

/// What is known of a parameter's value.
pub(super) fn parameter_lines(param: &Param, is_credential: bool) -> Vec<String> {
    let is_credential = is_credential || shown::is_secret_name(&param.name.value);
    let default = match (&param.default, &param.eval) {
        (_, Some(command)) => Some(format!("- Default: made when a run starts, of {}", code(&shown::first_line(command)))),
        (Some(default), None) if default.is_empty() => Some("- Default: an empty text".to_owned()),
        (Some(_), None) if is_credential => Some("- Default: there is one; it is not shown".to_owned()),
        (Some(default), None) => Some(format!("- Default: {}", code(&shown::first_line(default)))),
        (None, None) if param.required => None,
        (None, None) => Some("- Default: none".to_owned()),
    };
    let required = param.required.then(|| "- Every run must be given one".to_owned());
    default.into_iter().chain(required).collect()
}

fn secret(view: &View<'_>) -> Option<Spanned<String>> {
    let secret = view.workflow.secrets.iter().find(|secret| secret.name.span.touches(view.offset) && !secret.name.span.is_beyond())?;
    let text = given(view, &secret.name.value, secret.name.span, None, &secret_lines(secret));
    Some(Spanned::new(text, secret.name.span))
}

/// Where a secret is kept.
pub(super) fn secret_lines(secret: &Secret) -> Vec<String> {
    let key = secret.key.as_ref().map(|key| code(&shown::masked(&key.value)));
    let kept = match (secret.provider.as_ref().map(|provider| provider.value.trim()), key) {
        (Some("env"), Some(key)) => format!("the variable {key} of the environment of the run"),
        (Some("file"), Some(key)) => format!("the file {key}"),
        (Some(provider), Some(key)) => format!("{key} of the provider {}", code(provider)),
        _ => match secret.node.get_some("ref").and_then(|name| name.text()) {
            Some(name) => format!("the server's own registry, as {}", code(&shown::masked(name))),
            None => return Vec::new(),
        },
    };
    vec![format!("- Kept in: {kept}")]
}

fn constant(view: &View<'_>) -> Option<Spanned<String>> {
    let (name, value) = view.workflow.consts.iter().find(|(name, _)| name.span.touches(view.offset) && !name.span.is_beyond())?;
    let text = format!("**{}**, a constant\n\n{}\n", code(&name.value), constant_line(&name.value, value));
    Some(Spanned::new(text, name.span))
}

/// The value of a constant.
pub(super) fn constant_line(name: &str, value: &str) -> String {
    match shown::is_secret_name(name) && shown::is_literal(value) {
        true => "- Value: a credential, which is not shown".to_owned(),
        false => format!("- Value: {}", code(&shown::first_line(value))),
    }
}

fn of_docker_run(view: &View<'_>, step: &Step) -> Option<Spanned<String>> {
    let Action::DockerRun(Some(with)) = &step.action else { return None };
    let variables = docker_run::env(with);
    let variable = variables.iter().find(|variable| variable.span.touches(view.offset))?;
    let node = view.spot.scalar()?;
    let span = view.analysis.tree.span_in(node, 0..variable.name.len());
    span.touches(view.offset).then(|| Spanned::new(given(view, variable.name, variable.span, Some(variable.value), &[]), span))
}

fn output(view: &View<'_>, step: &Step) -> Option<Spanned<String>> {
    if let Some(name) = step.output_variable().filter(|name| name.span.touches(view.offset) && view.spot.scalar().is_some()) {
        let text = format!(
            "**{}** receives what the step prints\n\n- Steps that run after {} can name it\n- Its JSON, if it is some, is reached by `${{{}.KEY}}`\n",
            code(&name.value),
            code(step.called()),
            name.value
        );
        return Some(Spanned::new(text, name.span));
    }
    let declared = step.outputs.iter().find(|output| output.name.span.touches(view.offset))?;
    let mut text = format!("**{}**, an output of {}\n", code(&declared.name.value), code(step.called()));
    if let Some(id) = &step.id {
        text.push_str(&format!("\n- Steps that depend on it read `${{steps.{}.outputs.{}}}`\n", id.value, declared.name.value));
    }
    text.push_str("- The step writes `NAME=VALUE` to the file `$DAGU_OUTPUT_FILE`\n");
    if declared.json {
        text.push_str("- Its value is JSON\n");
    }
    Some(Spanned::new(text, declared.name.span))
}

/// A name that steps can see, from where it is given.
fn given(view: &View<'_>, name: &str, span: Span, value: Option<&str>, more: &[String]) -> String {
    let workflow = view.workflow;
    let mut found = readers::of(workflow, &view.analysis.dotenv, &HashSet::from([name]));
    let found = found.remove(&span);
    let origin = found.as_ref().map_or_else(|| origin(view), |found| Some(found.about.origin));
    let is_called_so = || origin == Some(Origin::Secret) || shown::is_secret_name(name);
    let is_credential = found.as_ref().map_or_else(is_called_so, |found| found.about.credential);
    let from = origin.map(|origin| format!(" from {}", origin.name())).unwrap_or_default();
    let mut text = format!("**{}**{from}{}\n\n", code(name), if is_credential { ", a credential" } else { "" });
    text.extend(more.iter().map(|line| format!("{line}\n")));
    if let Some(value) = value {
        text.push_str(&value_line(value, is_credential || shown::is_secret_name(name)));
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    let (contract, engine) = found.as_ref().map_or((&[][..], &[][..]), |found| (&found.contract, &found.engine));
    match contract {
        [] => text.push_str("No step can read it.\n"),
        readers => text.push_str(&format!("Steps that can read it: {}.\n", called(readers.iter().copied()))),
    }
    if !engine.is_empty() {
        text.push_str(&format!("\nThe Dagu engine also gives it to: {}.\n", called(engine.iter().copied())));
    }
    text
}

/// What a variable is set to; of a credential what it is made of.
pub(super) fn value_line(value: &str, is_credential: bool) -> String {
    match (is_credential && shown::is_literal(value), refers_to(value)) {
        (true, Some(names)) => format!("- Value: not shown; made of {names}\n"),
        (true, None) => "- Value: a literal text in the file, which is not shown\n".to_owned(),
        (false, _) if value.is_empty() => "- Value: an empty text\n".to_owned(),
        (false, _) => format!("- Value: {}\n", code(&shown::first_line(value))),
    }
}

/// What a name is given in that no step sees.
fn origin(view: &View<'_>) -> Option<Origin> {
    match (view.owner.step, view.owner.keys.as_slice()) {
        (_, ["container" | "with", ..]) => Some(Origin::ContainerEnv),
        (Some(_), ["env", ..]) => Some(Origin::StepEnv),
        (None, ["env", ..]) => Some(Origin::DagEnv),
        (None, ["params", ..]) => Some(Origin::Param),
        (None, ["secrets", ..]) => Some(Origin::Secret),
        _ => None,
    }
}
