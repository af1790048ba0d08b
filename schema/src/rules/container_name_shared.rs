use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Spanned;
use crate::workflow::{DagType, Step, graph};
use std::cell::LazyCell;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "container-name-shared",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "Steps that may run at the same time make containers of the same `name`.",
    why: "There is one container of a name. When two steps, or the items of a `foreach`, run at once, the second finds the name taken: it fails, or its command runs in the container of the first.",
    grounds: "Measured on the engine: of two steps at once with `name: x` one fails with `Conflict. The container name \"/x\" is already in use`, and so do two of three items of a `foreach`. A step that starts a little later runs in the other's container.",
    bad: "steps:\n\
        \x20 - id: unit\n\
        \x20   run: echo one\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     name: tests\n\
        \x20 - id: lint\n\
        \x20   run: echo two\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     name: tests\n",
    good: "steps:\n\
        \x20 - id: unit\n\
        \x20   run: echo one\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     name: tests\n\
        \x20 - id: lint\n\
        \x20   run: echo two\n\
        \x20   depends: unit\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     name: tests\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    for step in workflow.every_step_with("foreach").filter(|step| !step.body.is_empty() && runs_items_at_once(step)) {
        for name in step.body.iter().filter_map(fixed_name) {
            let message = format!("every item of the `foreach` makes a container named `{}`, and several run at once: all but one fail", name.value);
            sink.push(sink.finding(name.span, message).help("remove `name`, or put the item into it"));
        }
    }
    if workflow.every_step_with("container").next().is_none() {
        return;
    }
    if workflow.max_active_steps == Some(1) || !matches!(workflow.kind, DagType::Graph | DagType::Chain) {
        return;
    }
    let mut order = LazyCell::new(|| graph::Order::new(&workflow.edges));
    let mut last: HashMap<&str, (usize, &Spanned<String>)> = HashMap::new();
    for (index, step) in workflow.steps.iter().enumerate() {
        let Some(name) = fixed_name(step) else { continue };
        if let Some((other, first)) = last.insert(&name.value, (index, name)) {
            if order.runs_after(index, other) || order.runs_after(other, index) {
                continue;
            }
            let writer = workflow.steps.get(other).map_or("", Step::called);
            let message = format!("`{}` and `{writer}` may run at once, and both make a container named `{}`", step.called(), name.value);
            sink.push(
                sink.finding(name.span, message)
                    .related(first.span, format!("`{writer}` uses the name too"))
                    .help("remove `name`, choose another, or let one step depend on the other"),
            );
        }
    }
}

/// The name of the container that a step makes, when it is the same for each run.
fn fixed_name(step: &Step) -> Option<&Spanned<String>> {
    let container = step.container.as_ref().filter(|container| container.image().is_some() && step.commands().is_some())?;
    container.name.as_ref().filter(|name| !name.value.trim().is_empty() && !name.value.contains('$'))
}

/// Whether the `foreach` is told to run several items at once, and has several.
fn runs_items_at_once(step: &Step) -> bool {
    let Some(foreach) = step.node.get("foreach") else { return false };
    let at_once = foreach.get_some("max_concurrent").is_none_or(|most| most.text().is_none_or(|most| most.trim() != "1"));
    let several = foreach.get("items").and_then(|items| items.items()).is_none_or(|items| items.len() > 1);
    at_once && several
}
