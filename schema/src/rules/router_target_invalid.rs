use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;
use crate::syntax::{Entry, NodeRef};
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "router-target-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A route leads to a step that does not exist, or two routes lead to the same one.",
    why: "Routes name steps by `name`; an id only counts for a step without a name of its own. Each step can be the target of one route of a router, since the router skips what it does not choose. The engine does not load a DAG with another target.",
    grounds: "Engine, at load: `router \"a\" references non-existent step \"b\"`, `step \"b\" is targeted by multiple routes`, `route pattern \"x\" has no targets`.",
    bad: "steps:\n\
        \x20 - id: choose\n\
        \x20   action: router.route\n\
        \x20   with:\n\
        \x20     value: ${params.mode}\n\
        \x20     routes:\n\
        \x20       full: [rebuild]\n\
        \x20       \"re:.*\": [updaet]\n\
        \x20 - id: rebuild\n\
        \x20   run: make\n\
        \x20 - id: update\n\
        \x20   run: make update\n",
    good: "steps:\n\
        \x20 - id: choose\n\
        \x20   action: router.route\n\
        \x20   with:\n\
        \x20     value: ${params.mode}\n\
        \x20     routes:\n\
        \x20       full: [rebuild]\n\
        \x20       \"re:.*\": [update]\n\
        \x20 - id: rebuild\n\
        \x20   run: make\n\
        \x20 - id: update\n\
        \x20   run: make update\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Document(check)),
};

/// Findings of one router for which a name is proposed: each looks through all names.
const MAX_PROPOSALS: usize = 50;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let in_handlers = context.workflow.handlers.iter().filter_map(|(_, step)| routes(step));
    for entry in in_handlers.flat_map(|routes| routes.entries().unwrap_or_default()) {
        emptiness(sink, entry);
    }
    for (owner, steps) in context.workflow.lists() {
        let mut names: Option<HashSet<&str>> = None;
        for step in steps {
            let Some(routes) = routes(step) else { continue };
            // The engine resolves routes of the top level only.
            let names = owner.is_none().then(|| &*names.get_or_insert_with(|| steps.iter().map(|step| step.name.as_str()).collect()));
            of_router(sink, steps, routes, names);
        }
    }
}

fn routes(step: &Step) -> Option<&NodeRef> {
    match step.operation()?.split_once('.')? {
        ("router", "route") if step.node.get("action").is_some() => step.node.get("with")?.get_some("routes"),
        ("router", _) if step.node.get("action").is_none() => step.node.get_some("routes"),
        _ => None,
    }
}

fn of_router(sink: &mut Sink, steps: &[Step], routes: &NodeRef, names: Option<&HashSet<&str>>) {
    let mut seen: HashMap<&str, &NodeRef> = HashMap::new();
    let mut unknown_targets = 0;
    for entry in routes.entries().unwrap_or_default() {
        emptiness(sink, entry);
        let Some(names) = names else { continue };
        for target in entry.value.items().unwrap_or_default() {
            let Some(name) = target.text().map(str::trim).filter(|name| !name.is_empty()) else { continue };
            if let Some(first) = seen.insert(name, target) {
                let message = format!("`{name}` already is the target of a route of this router");
                sink.push(sink.finding(target.span, message).related(first.span, "the other route leads there from here"));
            } else if !names.contains(name) {
                unknown_targets += 1;
                if unknown_targets <= MAX_PROPOSALS {
                    unknown(sink, steps, target, name, names);
                } else {
                    sink.report(target.span, format!("no step is named `{name}`"));
                }
            }
        }
    }
}

fn emptiness(sink: &mut Sink, entry: &Entry) {
    if entry.name().is_empty() {
        sink.report(entry.key.span, "the pattern of a route cannot be empty");
    }
    let items = entry.value.items();
    if entry.value.is_null() || items.is_some_and(<[_]>::is_empty) {
        sink.report(entry.key.span, format!("the route `{}` leads nowhere: name at least one step", entry.name()));
    }
    let is_blank = |target: &&NodeRef| target.text().is_some_and(|text| text.trim().is_empty());
    for target in items.unwrap_or_default().iter().filter(is_blank) {
        sink.report(target.span, "the target of a route cannot be empty");
    }
}

fn unknown(sink: &mut Sink, steps: &[Step], target: &NodeRef, name: &str, names: &HashSet<&str>) {
    let finding = sink.finding(target.span, format!("no step is named `{name}`"));
    let by_id = steps.iter().find(|step| step.id.as_ref().is_some_and(|id| id.value == name));
    let mut known: Vec<&str> = names.iter().copied().collect();
    known.sort_unstable();
    sink.push(match (by_id, nearest(name, known)) {
        (Some(step), _) => finding
            .related(step.label, "the step with this id has a name of its own")
            .help(format!("routes go by name: write `{}`", step.name)),
        (None, Some(near)) => finding
            .help(format!("did you mean `{near}`?"))
            .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, target.span, near)),
        (None, None) => finding,
    });
}
