//! Agents: providers, their flags, and the file's own definitions of them.

use dagu_schema::spot::Rung;
use dagu_schema::syntax::{Entry, Node};
use dagu_schema::workflow::harness::PromptMode;
use dagu_schema::workflow::{Attempt, Definition, Workflow, provider, shown};

use super::View;
use super::markdown::code;
use super::step::command_line;

/// A flag, or the name of a definition.
pub(super) fn key(view: &View<'_>, holder: &Node, entry: &Entry) -> Option<String> {
    if view.owner.step.is_none() && matches!(view.owner.keys.as_slice(), ["harnesses", _]) {
        let definition = view.workflow.harnesses.get(entry.name())?;
        return Some(described(view.workflow, entry.name(), definition));
    }
    if !is_settings(view) {
        return None;
    }
    let attempt = attempt(view, holder)?;
    let provider = attempt.provider.as_ref()?.value.clone();
    let only = Attempt { flags: attempt.flags.into_iter().filter(|(key, _)| key.value == entry.name()).collect(), ..attempt };
    let title = view.workflow.known_provider(&provider).map_or_else(|| code(&provider), |known| known.title().to_owned());
    let mut text = format!("**{}**: flag of {title}\n", code(entry.name()));
    if let Some((line, _)) = command_line(&only, false) {
        text.push_str(&format!("\n- Becomes: {}\n", code(&line)));
    }
    let flags =
        provider::find(&provider).filter(|_| !view.workflow.harnesses.contains_key(&provider)).map(|known| known.flags).unwrap_or_default();
    let name = entry.name().replace('-', "_");
    if !flags.is_empty() && !flags.contains(&name.as_str()) {
        text.push_str(&format!("- The `--help` of {title} that dagu-rs knows does not list it; versions differ\n"));
    }
    text.push_str(&in_place_of_root(view, entry.name()));
    Some(text)
}

/// What the step's setting takes the place of.
pub(super) fn in_place_of_root(view: &View<'_>, name: &str) -> String {
    let is_own = view.owner.step.is_some() && view.owner.keys.len() == 2;
    let root = view.workflow.harness_defaults.as_ref().filter(|_| is_own).and_then(|defaults| defaults.entry(name));
    let Some(root) = root else { return String::new() };
    let place = view.place(root.key.span);
    match super::step::value(&root.value, name) {
        Some(value) => format!("- In place of {value} from the root's `harness`, {place}\n"),
        None => format!("- In place of that of the root's `harness`, {place}\n"),
    }
}

/// Whether the place is among the settings of an agent.
fn is_settings(view: &View<'_>) -> bool {
    match (view.owner.step, view.owner.keys.as_slice()) {
        (Some(step), ["with", _] | ["with", "fallback", _]) => step.harness().is_some(),
        (None, ["harness", _] | ["harness", "fallback", _]) => true,
        _ => false,
    }
}

/// The attempt that the mapping makes, with what it takes from the root.
fn attempt(view: &View<'_>, holder: &Node) -> Option<Attempt> {
    if let Some(harness) = view.owner.step.and_then(|step| step.harness()) {
        return harness.attempts.iter().find(|attempt| std::ptr::eq(&*attempt.node, holder)).cloned();
    }
    let node = view.spot.rungs.iter().find_map(|rung| match rung {
        Rung::Entry { entry, .. } if std::ptr::eq(&*entry.value, holder) => Some(&entry.value),
        _ => None,
    })?;
    Some(Attempt::of(node, &view.workflow.harnesses)).filter(|attempt| attempt.provider.is_some())
}

fn definition(workflow: &Workflow, name: &str) -> Option<Definition> {
    workflow.harnesses.get(name).cloned().or_else(|| provider::find(name).map(provider::Provider::definition))
}

/// A provider where it is named.
pub(super) fn value(view: &View<'_>, node: &Node) -> Option<String> {
    if view.key() != "provider" || !is_settings(view) {
        return None;
    }
    let name = node.string()?.trim();
    if name.contains('$') {
        return None;
    }
    Some(
        match (view.workflow.harnesses.get(name), definition(view.workflow, name)) {
            (Some(own), _) => described(view.workflow, name, own),
            (None, Some(built_in)) => described(view.workflow, name, &built_in),
            (None, None) => return None,
        } + &in_place_of_root(view, "provider"),
    )
}

/// A provider, from its definition and from what is known of it.
fn described(workflow: &Workflow, name: &str, definition: &Definition) -> String {
    let own = workflow.node.get("harnesses").and_then(|own| own.entry(name));
    let known = workflow.known_provider(name);
    let title = known.map(|known| known.title()).filter(|title| *title != name);
    let from = match own.map(|entry| entry.key.span.is_beyond()) {
        Some(true) => ", defined in the base configuration",
        Some(false) => ", defined under `harnesses`",
        None => "",
    };
    let mut lines = vec![format!("**{}**: {}{from}", code(name), title.unwrap_or("an agent")), String::new()];
    let mut words = vec![definition.binary.clone()];
    words.extend(shown::argv(&definition.prefix_args));
    let prompt: Vec<String> = match &definition.prompt_mode {
        PromptMode::Arg => vec!["PROMPT".to_owned()],
        PromptMode::Flag(flag) => vec![flag.clone(), "PROMPT".to_owned()],
        PromptMode::Stdin => Vec::new(),
    };
    let flags = ["FLAGS".to_owned()];
    let layout: Vec<String> = if definition.prompt_first {
        words.into_iter().chain(prompt).chain(flags).collect()
    } else {
        words.into_iter().chain(flags).chain(prompt).collect()
    };
    let stdin = if definition.prompt_mode == PromptMode::Stdin { ", with the prompt on standard input" } else { "" };
    lines.push(format!("- Called as: {}{stdin}", code(&layout.join(" "))));
    if let Some(known) = known {
        let credentials: Vec<String> = known.credentials().map(code).collect();
        if !credentials.is_empty() {
            lines.push(format!("- Reads its credential from: {}", credentials.join(", ")));
        }
    }
    if let Some(directory) = provider::find(name).filter(|_| own.is_none()).and_then(|provider| provider.directory) {
        let elsewhere = directory.variable.map(|variable| format!(", or where `{variable}` points")).unwrap_or_default();
        lines.push(format!("- Keeps its login in: {}{elsewhere}", code(&format!("~/{}", directory.home))));
    }
    lines.join("\n") + "\n"
}
