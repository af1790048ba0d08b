use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;
use crate::workflow::graph::Order;

pub(super) static RULE: Rule = Rule {
    name: "depends-redundant",
    severity: Severity::Hint,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A step waits for another that a step it waits for has waited for already.",
    why: "The order is the same without it, and shorter to read. A step whose text names the other one is left alone, since the entry then says why.",
    grounds: "Measured on the engine: with `a`, `b` after `a` and `d` after both, `d` runs after `b`, and is aborted with it when `a` fails, also where `b` has `continue_on`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: unit\n\
        \x20   depends: [build]\n\
        \x20   run: make test\n\
        \x20 - id: publish\n\
        \x20   depends: [build, unit]\n\
        \x20   run: make publish\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: unit\n\
        \x20   depends: [build]\n\
        \x20   run: make test\n\
        \x20 - id: publish\n\
        \x20   depends: [unit]\n\
        \x20   run: make publish\n",
    absence: false,
    check: Check::Document(check),
};

/// Entries of `depends` that are held against each other, at the most.
const MOST: usize = 24;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if workflow.kind == DagType::Chain || workflow.edges.iter().all(|edges| edges.len() < 2) {
        return;
    }
    let mut order = Order::new(&workflow.edges);
    for (step, edges) in workflow.steps.iter().zip(&workflow.edges).filter(|(_, edges)| (2..=MOST).contains(&edges.len())) {
        let text = context.tree.text.get(step.node.span.range()).unwrap_or_default();
        for edge in edges {
            let (Some(span), Some(earlier)) = (edge.span, workflow.steps.get(edge.from)) else { continue };
            let name = earlier.called();
            let through = edges.iter().find(|other| order.runs_after(other.from, edge.from) && !order.runs_after(edge.from, other.from));
            let Some(through) = through.and_then(|other| workflow.steps.get(other.from)) else { continue };
            if name.is_empty() || text.matches(name).count() > 1 {
                continue;
            }
            sink.push(sink.finding(span, format!("`{}` runs after `{name}` already", through.called())).help("remove it"));
        }
    }
}
