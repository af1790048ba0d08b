use std::collections::{HashMap, HashSet, VecDeque};

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::DagType;
use crate::workflow::graph::Edge;

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
    check: Check::Where(Has::Keys { root: &[], steps: &["depends"] }, &Check::Document(check)),
};

/// Steps that are looked at for one step, and edges for each of those, at the most.
const MOST: usize = 40;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if workflow.kind == DagType::Chain {
        return;
    }
    for (at, (step, edges)) in workflow.steps.iter().zip(&workflow.edges).enumerate().filter(|(_, (_, edges))| edges.len() > 1) {
        let text = context.tree.text.get(step.node.span.range()).unwrap_or_default();
        for (edge, through) in implied(&workflow.edges, at, edges) {
            let (Some(span), Some(earlier), Some(through)) = (edge.span, workflow.steps.get(edge.from), workflow.steps.get(through)) else { continue };
            let name = earlier.called();
            if !name.is_empty() && text.matches(name).nth(1).is_none() {
                sink.push(sink.finding(span, format!("`{}` runs after `{name}` already", through.called())).help("remove it"));
            }
        }
    }
}

/// The edges of a step that others of its edges imply, each with the step that those lead to.
fn implied<'e>(all: &[Vec<Edge>], step: usize, edges: &'e [Edge]) -> Vec<(&'e Edge, usize)> {
    let direct: HashMap<usize, &Edge> = edges.iter().map(|edge| (edge.from, edge)).collect();
    let before = |step: usize| all.get(step).into_iter().flatten().map(|edge| edge.from);
    let mut open: VecDeque<(usize, usize)> = edges.iter().flat_map(|edge| before(edge.from).map(|earlier| (earlier, edge.from))).take(MOST).collect();
    let mut met = HashSet::new();
    let mut found = Vec::new();
    while let Some((earlier, through)) = open.pop_front().filter(|_| met.len() < MOST) {
        if earlier == step {
            return Vec::new();
        }
        if met.insert(earlier) {
            found.extend(direct.get(&earlier).map(|edge| (*edge, through)));
            let room = MOST.saturating_sub(open.len());
            open.extend(before(earlier).map(|earlier| (earlier, through)).take(room));
        }
    }
    found
}
