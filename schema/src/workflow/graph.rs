//! The order of the steps.

use std::collections::VecDeque;

use crate::source::Span;
use crate::workflow::{DagType, Step};

/// A step that must have run before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The step that runs first, by index.
    pub from: usize,
    /// Where the author said so; `None` in a chain.
    pub span: Option<Span>,
}

/// For each step the steps it runs after. `groups` gives for each step the number of the entry of
/// `steps:` it came from: in a chain, all of an entry run after all of the one before.
pub(super) fn edges(kind: DagType, steps: &[Step], groups: &[usize]) -> Vec<Vec<Edge>> {
    let index = index(steps);
    // In a chain: the steps of the entry before the current one, and those of the current one.
    let (mut before, mut current) = (0..0, 0..0);
    (0..steps.len())
        .map(|i| {
            if i > 0 && groups[i] != groups[i - 1] {
                before = std::mem::replace(&mut current, i..i);
            }
            current.end = i + 1;
            match kind {
                DagType::Chain => before.clone().map(|from| Edge { from, span: None }).collect(),
                _ => steps[i]
                    .depends
                    .iter()
                    .filter_map(|depends| Some(Edge { from: *index.get(depends.value.as_str())?, span: Some(depends.span) }))
                    .collect(),
            }
        })
        .collect()
}

/// The edges among the steps of a `foreach` body, which is a graph whatever the DAG is.
pub fn of_body(steps: &[Step]) -> Vec<Vec<Edge>> {
    edges(DagType::Graph, steps, &vec![0; steps.len()])
}

/// Steps by id and by name; the first one with a name wins.
fn index(steps: &[Step]) -> std::collections::HashMap<&str, usize> {
    let mut index = std::collections::HashMap::new();
    for (i, step) in steps.iter().enumerate() {
        for called in step.id.iter().map(|id| id.value.as_str()).chain([step.name.as_str()]) {
            index.entry(called).or_insert(i);
        }
    }
    index
}

/// Whether `later` runs after `earlier`, directly or through other steps.
pub fn runs_after(edges: &[Vec<Edge>], later: usize, earlier: usize) -> bool {
    let mut seen = vec![false; edges.len()];
    let mut open = vec![later];
    while let Some(step) = open.pop() {
        for edge in edges.get(step).into_iter().flatten() {
            if edge.from == earlier {
                return true;
            }
            if !std::mem::replace(&mut seen[edge.from], true) {
                open.push(edge.from);
            }
        }
    }
    false
}

/// The cycles: for each group of steps that wait for each other, a shortest way round, as steps
/// each of which depends on the next one and the last on the first. Starts at the step that
/// stands first in the file.
pub fn cycles(edges: &[Vec<Edge>]) -> Vec<Vec<usize>> {
    let is_own = |step: usize| edges[step].iter().any(|edge| edge.from == step);
    // A step that waits for itself is a cycle of its own, whatever else it waits for.
    let mut found: Vec<Vec<usize>> = (0..edges.len()).filter(|&step| is_own(step)).map(|step| vec![step]).collect();
    for component in components(edges).into_iter().filter(|component| component.len() > 1) {
        let ways = component.iter().filter_map(|&start| shortest_way_round(edges, start));
        if let Some(mut cycle) = ways.min_by_key(|cycle| (cycle.len(), cycle.iter().min().copied())) {
            let first = cycle.iter().enumerate().min_by_key(|&(_, &step)| step).map_or(0, |(at, _)| at);
            cycle.rotate_left(first);
            found.push(cycle);
        }
    }
    found.sort();
    found
}

fn shortest_way_round(edges: &[Vec<Edge>], start: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![usize::MAX; edges.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(step) = queue.pop_front() {
        for edge in edges[step].iter().filter(|edge| edge.from != step) {
            if edge.from == start {
                let mut way = vec![step];
                while let Some(&last) = way.last().filter(|&&last| last != start) {
                    way.push(came_from[last]);
                }
                way.reverse();
                return Some(way);
            }
            if came_from[edge.from] == usize::MAX {
                came_from[edge.from] = step;
                queue.push_back(edge.from);
            }
        }
    }
    None
}

/// Strongly connected components (Tarjan, without recursion).
fn components(edges: &[Vec<Edge>]) -> Vec<Vec<usize>> {
    const NONE: usize = usize::MAX;
    let count = edges.len();
    let (mut order, mut low) = (vec![NONE; count], vec![0; count]);
    let mut on_stack = vec![false; count];
    let (mut stack, mut calls, mut out) = (Vec::new(), Vec::<(usize, usize)>::new(), Vec::new());
    let mut next = 0;
    for root in 0..count {
        if order[root] != NONE {
            continue;
        }
        calls.push((root, 0));
        while let Some(&mut (step, ref mut at)) = calls.last_mut() {
            if *at == 0 && order[step] == NONE {
                (order[step], low[step]) = (next, next);
                next += 1;
                stack.push(step);
                on_stack[step] = true;
            }
            if let Some(edge) = edges[step].get(*at) {
                *at += 1;
                if order[edge.from] == NONE {
                    calls.push((edge.from, 0));
                } else if on_stack[edge.from] {
                    low[step] = low[step].min(order[edge.from]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(caller, _)) = calls.last() {
                low[caller] = low[caller].min(low[step]);
            }
            if low[step] == order[step] {
                let mut component = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    component.push(member);
                    if member == step {
                        break;
                    }
                }
                component.sort_unstable();
                out.push(component);
            }
        }
    }
    out
}
