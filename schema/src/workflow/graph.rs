//! The order of the steps.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::source::Span;
use crate::workflow::{DagType, Names, Step};

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
pub(super) fn edges(kind: DagType, steps: &[Step], names: &Names, groups: &[usize]) -> Vec<Vec<Edge>> {
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
                _ => edges_of(&steps[i], steps, names),
            }
        })
        .collect()
}

fn edges_of(step: &Step, steps: &[Step], names: &Names) -> Vec<Edge> {
    let depends = step.depends.iter();
    depends.filter_map(|depends| Some(Edge { from: names.find(steps, &depends.value)?, span: Some(depends.span) })).collect()
}

/// Makes the edges of one step anew, where all steps are called as before.
pub(super) fn replace_edges(kind: DagType, steps: &[Step], names: &Names, edges: &mut [Vec<Edge>], number: usize) {
    if kind != DagType::Chain
        && let (Some(step), Some(edges)) = (steps.get(number), edges.get_mut(number))
    {
        *edges = edges_of(step, steps, names);
    }
}

/// The edges among the steps of a `foreach` body, which is a graph whatever the DAG is.
pub fn of_body(steps: &[Step]) -> Vec<Vec<Edge>> {
    edges(DagType::Graph, steps, &Names::of(steps), &vec![0; steps.len()])
}

/// Answers whether a step runs after another, directly or through other steps.
///
/// Asked for every step of a large DAG, it stays close to linear: a spanning forest answers most
/// questions at once, and a search does not leave the steps between the two.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    edges: Cow<'a, [Vec<Edge>]>,
    /// For each step its place in an order in which all edges lead back; none for a graph with a cycle.
    place: Option<Vec<usize>>,
    /// For each step when the walk over the forest entered it and when it left.
    visit: Vec<(usize, usize)>,
    /// The last search that met each step.
    met: Vec<usize>,
    search: usize,
}

impl<'a> Order<'a> {
    /// The order that these edges make.
    pub fn new(edges: &'a [Vec<Edge>]) -> Self {
        Self { edges: Cow::Borrowed(edges), place: places(edges), visit: visits(edges), met: vec![0; edges.len()], search: 0 }
    }

    /// Adds that `later` runs after `earlier`.
    pub fn add(&mut self, later: usize, earlier: usize) {
        if self.place.as_ref().is_some_and(|place| place.get(later) <= place.get(earlier)) {
            self.place = None;
        }
        if let Some(edges) = self.edges.to_mut().get_mut(later) {
            edges.push(Edge { from: earlier, span: None });
        }
    }

    /// Whether `later` runs after `earlier`; a step that is not there runs after none.
    pub fn runs_after(&mut self, later: usize, earlier: usize) -> bool {
        let (Some(&(entered, left)), Some(&(from, to))) = (self.visit.get(later), self.visit.get(earlier)) else { return false };
        if later != earlier && entered <= from && to <= left {
            return true;
        }
        let Self { edges, place, met, .. } = self;
        let may_lead = |step: usize| place.as_ref().is_none_or(|place| place.get(step) > place.get(earlier));
        self.search += 1;
        let mut open = vec![later];
        while let Some(step) = open.pop() {
            for edge in edges.get(step).into_iter().flatten() {
                if edge.from == earlier {
                    return true;
                }
                if may_lead(edge.from) && met.get_mut(edge.from).is_some_and(|met| std::mem::replace(met, self.search) != self.search) {
                    open.push(edge.from);
                }
            }
        }
        false
    }
}

/// Whether each step waits only for steps that stand before it, as most are written: then there is no cycle.
fn all_lead_back(edges: &[Vec<Edge>]) -> bool {
    edges.iter().enumerate().all(|(step, edges)| edges.iter().all(|edge| edge.from < step))
}

/// The place of each step in an order in which a step stands behind all that it runs after, and
/// otherwise as near to the text as that allows. `None` when there is a cycle.
fn places(edges: &[Vec<Edge>]) -> Option<Vec<usize>> {
    if all_lead_back(edges) {
        return Some((0..edges.len()).collect());
    }
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    let mut waits: Vec<usize> = edges.iter().map(Vec::len).collect();
    for (step, edges) in edges.iter().enumerate() {
        for edge in edges {
            followers.get_mut(edge.from)?.push(step);
        }
    }
    let ready = waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(step, _)| Reverse(step));
    let mut ready: BinaryHeap<Reverse<usize>> = ready.collect();
    let mut place = vec![0; edges.len()];
    let mut next = 0;
    while let Some(Reverse(step)) = ready.pop() {
        *place.get_mut(step)? = next;
        next += 1;
        for &follower in followers.get(step)? {
            let waits = waits.get_mut(follower)?;
            *waits -= 1;
            if *waits == 0 {
                ready.push(Reverse(follower));
            }
        }
    }
    (next == edges.len()).then_some(place)
}

/// When a walk from the last steps back to the first enters and leaves each step.
fn visits(edges: &[Vec<Edge>]) -> Vec<(usize, usize)> {
    let mut visit = vec![(usize::MAX, usize::MAX); edges.len()];
    let mut time = 0;
    let mut open: Vec<(usize, usize)> = Vec::new();
    // A step is met from the last one that waits for it, so that trees are as large as can be.
    for root in (0..edges.len()).rev() {
        if visit[root].0 == usize::MAX {
            visit[root].0 = time;
            time += 1;
            open.push((root, 0));
        }
        while let Some((step, at)) = open.last_mut() {
            let (step, edge) = (*step, edges[*step].get(*at));
            *at += 1;
            match edge {
                Some(edge) if visit[edge.from].0 == usize::MAX => {
                    visit[edge.from].0 = time;
                    time += 1;
                    open.push((edge.from, 0));
                }
                Some(_) => {}
                None => {
                    visit[step].1 = time;
                    time += 1;
                    open.pop();
                }
            }
        }
    }
    visit
}

/// Steps that wait for each other above which not every one is tried as the start of the shortest
/// way round: keeps the work linear.
const MOST_STARTS: usize = 256;

/// The cycles: for each group of steps that wait for each other, a shortest way round, as steps
/// each of which depends on the next one and the last on the first. Starts at the step that
/// stands first in the file. Among very many steps the way is the shortest from the first of them.
pub fn cycles(edges: &[Vec<Edge>]) -> Vec<Vec<usize>> {
    if all_lead_back(edges) {
        return Vec::new();
    }
    let is_own = |step: usize| edges[step].iter().any(|edge| edge.from == step);
    // A step that waits for itself is a cycle of its own, whatever else it waits for.
    let mut found: Vec<Vec<usize>> = (0..edges.len()).filter(|&step| is_own(step)).map(|step| vec![step]).collect();
    for component in components(edges).into_iter().filter(|component| component.len() > 1) {
        // Of a cycle through very many steps, one way round is as good as another.
        let starts = if component.len() > MOST_STARTS { 1 } else { component.len() };
        let ways = component.iter().take(starts).filter_map(|&start| shortest_way_round(edges, start));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Edge, Order};

    /// Whether a walk along the edges gets from one step to the other.
    fn leads(edges: &[Vec<Edge>], later: usize, earlier: usize) -> bool {
        let (mut seen, mut open) = (vec![false; edges.len()], vec![later]);
        while let Some(step) = open.pop() {
            for edge in &edges[step] {
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

    proptest! {
        /// Every pair, with cycles and without, also after edges were added.
        #[test]
        fn the_order_is_what_a_walk_finds(pairs in prop::collection::vec((0_usize..9, 0_usize..9), 0..20), added in prop::collection::vec((0_usize..9, 0_usize..9), 0..6), acyclic: bool) {
            let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); 9];
            for (later, from) in pairs {
                if !acyclic || from < later {
                    edges[later].push(Edge { from, span: None });
                }
            }
            let given = edges.clone();
            let mut order = Order::new(&given);
            for next in std::iter::once(None).chain(added.into_iter().map(Some)) {
                if let Some((later, from)) = next {
                    order.add(later, from);
                    edges[later].push(Edge { from, span: None });
                }
                for later in 0..9 {
                    for earlier in 0..9 {
                        prop_assert_eq!(order.runs_after(later, earlier), leads(&edges, later, earlier), "{} after {}", later, earlier);
                    }
                }
            }
        }
    }
}
