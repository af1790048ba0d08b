use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashMap;

use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-step-id",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Two steps have the same id or name, or the id of one is the name of the other.",
    why: "Steps are told apart by id and name, and `depends` knows either. The engine does not load a DAG in which one could mean two steps. The steps of a `foreach` are told apart from those around it too.",
    grounds: "Engine, at load: `step name must be unique`, `duplicate step ID`, `step ID 'x' conflicts with another step's name`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: build\n\
        \x20   run: make test\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (owner, steps) in context.workflow.lists() {
        let holds_body = || steps.iter().any(|step| !step.body.is_empty());
        if owner.is_none() && !context.workflow.names.are_repeated() && !holds_body() {
            continue;
        }
        let mut seen: HashMap<&str, (usize, &Step)> = HashMap::new();
        for (index, step) in steps.iter().enumerate() {
            among(sink, &mut seen, index, step);
        }
        for step in steps.iter().flat_map(|step| &step.body) {
            let known = called(step).find_map(|(text, span)| Some((text, span, seen.get(text)?.1)));
            if let Some((text, span, first)) = known {
                let message = format!("`{text}` already is the id or name of a step around this `foreach`");
                sink.push(sink.finding(span, message).related(first.label, "the other step").help("give one of the two another id"));
            }
        }
    }
}

/// The id and the name of a step, each with its place.
fn called(step: &Step) -> impl Iterator<Item = (&str, crate::source::Span)> {
    let name = step.node.entry("name").map_or(step.label, |entry| entry.value_span());
    step.id.iter().map(|id| (id.value.as_str(), id.span)).chain([(step.name.as_str(), name)])
}

fn among<'a>(sink: &mut Sink, seen: &mut HashMap<&'a str, (usize, &'a Step)>, index: usize, step: &'a Step) {
    let mut reported = false;
    for (text, span) in called(step) {
        match seen.get(text) {
            Some(&(first, other)) if first != index => {
                if !std::mem::replace(&mut reported, true) {
                    sink.push(
                        sink.finding(span, format!("`{text}` already is another step's id or name"))
                            .related(other.label, "the other step")
                            .help("give one of the two another id"),
                    );
                }
            }
            _ => {
                seen.insert(text, (index, step));
            }
        }
    }
}
