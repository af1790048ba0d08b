use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-step-id",
    severity: Severity::Error,
    summary: "Two steps have the same id or name, or the id of one is the name of the other.",
    why: "Steps are told apart by id and name, and `depends` knows either. The engine does not load a DAG in which one could mean two steps.",
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
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, step) in context.workflow.steps.iter().enumerate() {
        let name = step.node.entry("name").map_or(step.label, |entry| entry.value_span());
        let called = step.id.iter().map(|id| (id.value.as_str(), id.span)).chain([(step.name.as_str(), name)]);
        let mut reported = false;
        for (text, span) in called {
            match seen.get(text) {
                Some(&first) if first != index => {
                    if !std::mem::replace(&mut reported, true) {
                        let first = &context.workflow.steps[first];
                        sink.push(
                            sink.finding(span, format!("`{text}` already is another step's id or name"))
                                .related(first.label, "the other step")
                                .help("give one of the two another id"),
                        );
                    }
                }
                _ => {
                    seen.insert(text, index);
                }
            }
        }
    }
}
