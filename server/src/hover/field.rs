//! A field and its words: what they mean, what counts here, and where that comes from.

use dagu_schema::model::{Field, Place, action};
use dagu_schema::syntax::{Entry, Node, ScalarType};
use dagu_schema::workflow::{call, duration, shown};

use super::markdown::code;
use super::step::{seconds_in_words, value as shown_value};
use super::{View, container, harness, step};
use crate::describe;

/// A key: the documentation of its field, then what counts here.
pub(super) fn key(view: &View<'_>, entry: &Entry) -> Option<String> {
    let Place { field, in_value, .. } = view.model()?;
    let field = field.filter(|_| !in_value)?;
    let mut text = describe::field(field);
    let here = here(view, field, entry);
    if !here.is_empty() {
        text.push('\n');
        text.extend(here.iter().map(|line| format!("{line}\n")));
    }
    Some(text)
}

/// What counts at the place, as a list.
fn here(view: &View<'_>, field: &Field, entry: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(in_words(field, &entry.value).map(|words| format!("- Here: {words}")));
    let of_container = match (view.owner.step, view.owner.keys.as_slice()) {
        (Some(step), ["container"]) => step.container.as_deref(),
        (None, ["container"]) => view.workflow.container.as_ref(),
        _ => None,
    };
    if let Some(made) = of_container {
        lines.extend(container::lines(made, true));
    }
    lines.extend(inherited(view, entry));
    if entry.value.is_null() && !field.default.is_empty() && lines.is_empty() {
        lines.push(format!("- Nothing is given here, so the default counts: {}", describe::code(field.default)));
    }
    lines
}

/// A value in words, where it is a length of time.
fn in_words(field: &Field, value: &Node) -> Option<String> {
    let text = value.text()?.trim();
    let is_seconds = field.name.ends_with("_sec") || field.doc.starts_with("Seconds") || field.doc.contains("in seconds");
    if is_seconds && let Some(ScalarType::Int(seconds)) = value.scalar_type() {
        return u64::try_from(seconds).ok().filter(|seconds| *seconds >= 60).map(seconds_in_words);
    }
    let takes_duration = field.doc.contains("duration") || duration::nanoseconds(field.example).is_some_and(|example| example != 0);
    let nanoseconds = duration::nanoseconds(text).filter(|_| takes_duration && text.ends_with(|c: char| c.is_ascii_alphabetic()))?;
    Some(duration::words(nanoseconds))
}

/// How the field goes together with the base configuration and the root's `defaults`.
fn inherited(view: &View<'_>, entry: &Entry) -> Vec<String> {
    match (view.owner.step, view.owner.keys.as_slice()) {
        (None, [name]) => from_base(view, &view.workflow.node, view.workflow.base.as_ref().and_then(|base| base.root()), name, entry),
        (None, [group, name]) => {
            let base = view.workflow.base.as_ref().and_then(|base| base.root()).and_then(|root| root.get(group));
            view.workflow.node.get(group).map(|merged| from_base(view, merged, base.map(|base| &**base), name, entry)).unwrap_or_default()
        }
        (Some(step), [name]) if step.standing.depth == 0 => {
            let mut lines: Vec<String> = from_defaults(view, name).into_iter().collect();
            let root = view.workflow.container.as_ref().filter(|_| *name == "container");
            lines.extend(root.map(|root| format!("- In place of the root container, {}", view.place(root.key))));
            lines
        }
        (Some(_), ["with", name]) => Some(harness::in_place_of_root(view, name))
            .filter(|text| !text.is_empty())
            .map(|text| text.trim_end().to_owned())
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// `merged` is what the document and the base configuration make together.
fn from_base(view: &View<'_>, merged: &Node, base: Option<&Node>, name: &str, entry: &Entry) -> Vec<String> {
    let (Some(base), Some(together)) = (base.and_then(|base| base.entry(name)), merged.entry(name)) else { return Vec::new() };
    let place = view.place(base.key.span);
    if together.key.span.is_beyond() {
        let value = shown_value(&together.value, name).map(|value| format!(": {value}")).unwrap_or_default();
        return vec![format!("- What stands here says nothing, so that of the base configuration counts ({place}){value}")];
    }
    if std::ptr::eq(&*together.value, &*entry.value) {
        let value = shown_value(&base.value, name).map(|value| format!(" {value}")).unwrap_or_default();
        return vec![format!("- In place of{value} from the base configuration, {place}")];
    }
    let names =
        together.value.entries().unwrap_or_default().iter().filter(|entry| entry.key.span.is_beyond()).map(|entry| code(entry.name()));
    let names: Vec<String> = names.collect();
    match names.is_empty() {
        true => vec![format!("- Together with that of the base configuration, {place}")],
        false => vec![format!("- From the base configuration, {place}: {}", names.join(", "))],
    }
}

fn from_defaults(view: &View<'_>, name: &str) -> Option<String> {
    let defaults = view.workflow.node.get("defaults")?.entry(name)?;
    let place = view.place(defaults.key.span);
    if matches!(name, "env" | "preconditions") {
        return Some(format!("- After those of the root's `defaults`, {place}"));
    }
    let value = shown_value(&defaults.value, name).map(|value| format!(" {value}")).unwrap_or_default();
    Some(format!("- In place of{value} from the root's `defaults`, {place}"))
}

/// A value: an action, a word, a length of time, another DAG.
pub(super) fn value(view: &View<'_>, node: &Node) -> Option<String> {
    let text = node.text()?;
    if let (Some(_), ["action"]) = (view.owner.step, view.owner.keys.as_slice()) {
        return action_text(view, text.trim());
    }
    if matches!(view.owner.keys.as_slice(), ["with", "dag"] | ["call"]) {
        return other_dag(view, text.trim());
    }
    let field = view.model().filter(|place| place.in_value)?.field?;
    if let Some(word) = describe::words(&field.shape).into_iter().find(|word| word.name == text) {
        return Some(describe::word(word) + "\n");
    }
    in_words(field, node).map(|words| words + "\n")
}

/// An action: what it does, what it takes, and what is executed.
fn action_text(view: &View<'_>, name: &str) -> Option<String> {
    let own = view.workflow.node.get("actions").and_then(|actions| actions.entry(name));
    if let Some(own) = own {
        return Some(custom_action(view, own));
    }
    let action = action::find(name)?;
    let mut lines = vec![format!("**{}**", code(name)), String::new(), action.doc.to_owned(), String::new()];
    let field = |field: &&'static Field| if field.required { format!("{} (required)", code(field.name)) } else { code(field.name) };
    let (required, rest): (Vec<&'static Field>, Vec<&'static Field>) =
        action.input.fields.iter().filter(|field| field.deprecated.is_none() && !field.is_unused()).partition(|field| field.required);
    let fields: Vec<String> = required.iter().chain(&rest).map(field).collect();
    if !fields.is_empty() {
        lines.push(format!("- Takes in `with`: {}", fields.join(", ")));
    }
    if let Some(found) = view.owner.step.filter(|step| step.harness().is_some()) {
        lines.extend(step::executed(found));
    }
    Some(lines.join("\n") + "\n")
}

/// The name of an action that the file defines, or an input of a call of one.
pub(super) fn custom(view: &View<'_>, entry: &Entry) -> Option<String> {
    if let (None, ["actions", _]) = (view.owner.step, view.owner.keys.as_slice()) {
        return Some(custom_action(view, entry));
    }
    let (Some(step), ["with", name]) = (view.owner.step, view.owner.keys.as_slice()) else { return None };
    let own = view.workflow.node.get("actions")?.entry(step.node.get("action")?.text()?.trim())?;
    let schema = own.value.get("input_schema")?;
    let property = schema.get("properties")?.get(name)?;
    let mut text = format!("**{}**{}{}\n", code(name), kind(property), if is_required(schema, name) { ", required" } else { "" });
    if let Some(description) = property.get_some("description").and_then(|description| description.text()) {
        text.push_str(&format!("\n{}\n", shown::first_line(description)));
    }
    if let Some(default) = property.get_some("default").and_then(|default| shown_value(default, name)) {
        text.push_str(&format!("\n- Default: {default}\n"));
    }
    Some(text)
}

fn kind(property: &Node) -> String {
    property.get_some("type").and_then(|kind| kind.text()).map(|kind| format!(": {}", code(kind))).unwrap_or_default()
}

fn is_required(schema: &Node, name: &str) -> bool {
    let required = schema.get("required").and_then(|required| required.items()).unwrap_or_default();
    required.iter().any(|item| item.text() == Some(name))
}

/// An action that the DAG or the base configuration defines.
fn custom_action(view: &View<'_>, own: &Entry) -> String {
    let mut lines =
        vec![format!("**{}**, an action defined under `actions`, {}", code(own.name()), view.place(own.key.span)), String::new()];
    if let Some(description) = own.value.get_some("description").and_then(|description| description.text()) {
        lines.extend([shown::first_line(description), String::new()]);
    }
    let schema = own.value.get("input_schema");
    let inputs = schema.and_then(|schema| schema.get("properties")?.entries()).unwrap_or_default();
    for input in inputs {
        let must = if schema.is_some_and(|schema| is_required(schema, input.name())) { ", required" } else { "" };
        lines.push(format!("- `with` {}{}{must}", code(input.name()), kind(&input.value)));
    }
    let template = own.value.get("template");
    let does = template.and_then(|template| template.get("action").or_else(|| template.get("run"))).and_then(|does| does.text());
    lines.extend(does.map(|does| format!("- Does: {}", code(&shown::first_line(does)))));
    lines.join("\n") + "\n"
}

/// A DAG that a step starts, where it is in the same file.
fn other_dag(view: &View<'_>, name: &str) -> Option<String> {
    let locals = call::locals(&view.analysis.workflows);
    if !locals.contains_key(name) {
        return None;
    }
    let other = view.analysis.workflows.iter().find(|other| other.name.as_ref().is_some_and(|known| known.value == name))?;
    let mut lines = vec![format!("**{}**, a DAG of this file, {}", code(name), view.place(other.first_key())), String::new()];
    let params: Vec<String> = other
        .params
        .iter()
        .map(|param| format!("{}{}", code(&param.name.value), if param.required { " (required)" } else { "" }))
        .collect();
    lines.push(format!("- Parameters: {}", if params.is_empty() { "none".to_owned() } else { params.join(", ") }));
    lines.push(format!("- Steps: {}", super::called(&other.steps)));
    Some(lines.join("\n") + "\n")
}
