use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{Step, graph};

pub(super) static RULE: Rule = Rule {
    name: "dependency-cycle",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "Steps wait for each other.",
    why: "None of them can ever start. The engine loads the file, and every run fails before its first step.",
    grounds: "Engine: `validate` accepts it; `start` fails with `cyclic plan detected`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20   depends: test\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: build\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: build\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["depends"] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (owner, steps) in context.workflow.lists() {
        match owner {
            None => cycles(sink, steps, &context.workflow.edges),
            Some(_) => cycles(sink, steps, &graph::of_body(steps)),
        }
    }
}

fn cycles(sink: &mut Sink, list: &[Step], edges: &[Vec<graph::Edge>]) {
    for cycle in graph::cycles(edges) {
        let steps: Vec<&str> = cycle.iter().map(|&index| list[index].called()).collect();
        let waits = |at: usize| {
            let next = cycle[(at + 1) % cycle.len()];
            edges[cycle[at]].iter().find(|edge| edge.from == next).and_then(|edge| edge.span)
        };
        let Some(span) = waits(0) else { continue };
        let message = match steps.as_slice() {
            [one] => format!("`{one}` depends on itself, so it can never start"),
            [first, rest @ ..] => format!("these steps wait for each other, so none can start: {first} -> {} -> {first}", rest.join(" -> ")),
            [] => continue,
        };
        let mut finding = sink.finding(span, message).help("remove one of these dependencies");
        for at in 1..cycle.len() {
            if let Some(span) = waits(at) {
                finding = finding.related(span, format!("`{}` waits for `{}`", steps[at], steps[(at + 1) % steps.len()]));
            }
        }
        sink.push(finding);
    }
}
