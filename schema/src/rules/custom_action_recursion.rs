use std::collections::{HashMap, HashSet};

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::custom_action;

pub(super) static RULE: Rule = Rule {
    name: "custom-action-recursion",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An action of the DAG's own that leads back to itself, and is called.",
    why: "A call is replaced by the action's template, and that again where it calls one of the DAG's own actions. An action whose templates lead back to it never ends: the engine does not load a DAG that calls it.",
    grounds: "Engine, at load: `recursive custom action reference: a -> b -> a`. Without a step that calls it the definition was measured to pass.",
    bad: "actions:\n\
        \x20 greet:\n\
        \x20   input_schema: {type: object}\n\
        \x20   template:\n\
        \x20     action: greet\n\
        steps:\n\
        \x20 - id: hello\n\
        \x20   action: greet\n",
    good: "actions:\n\
        \x20 greet:\n\
        \x20   input_schema: {type: object}\n\
        \x20   template:\n\
        \x20     run: echo hello\n\
        steps:\n\
        \x20 - id: hello\n\
        \x20   action: greet\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let definitions = custom_action::definitions(root);
    let next: HashMap<&str, (&str, crate::source::Span)> = definitions
        .iter()
        .filter(|definition| !definition.is_step_type)
        .filter_map(|definition| {
            let action = definition.template()?.value.get_some("action")?;
            Some((definition.name(), (action.string()?.trim(), action.span)))
        })
        .collect();
    // Each definition leads to one other at most, so every definition is walked over once.
    let mut done: HashSet<&str> = HashSet::new();
    for call in context.calls() {
        let mut path: Vec<&str> = Vec::new();
        let mut on_path: HashSet<&str> = HashSet::new();
        let mut name = call.definition.name();
        while done.insert(name) || on_path.contains(name) {
            if !on_path.insert(name) {
                let start = path.iter().position(|visited| *visited == name).unwrap_or(0);
                let mut around: Vec<String> = path[start..].iter().map(|name| format!("`{name}`")).collect();
                around.push(format!("`{name}`"));
                if let Some((_, span)) = path.last().and_then(|last| next.get(last)) {
                    let finding = sink.finding(*span, format!("the action leads back to itself: {}", around.join(" -> ")));
                    sink.push(finding.related(call.key.value_span(), "a step calls it here"));
                }
                break;
            }
            path.push(name);
            match next.get(name) {
                Some((following, _)) => name = following,
                None => break,
            }
        }
    }
}
