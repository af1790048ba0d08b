//! Steps that another step may name.

use std::collections::HashSet;

use crate::source::Span;
use crate::workflow::graph::{self, Edge};
use crate::workflow::{Step, Workflow};

/// A key on the way from the root of a document to a place: its name, and the byte at which it
/// starts.
pub type Key<'k> = (&'k str, usize);

/// Where a place stands among the steps of a document.
#[derive(Clone, Debug)]
pub struct Standing<'w> {
    /// The list of steps that it is in, and that `depends` there names steps of.
    pub list: &'w [Step],
    /// The step of the list that it is in.
    pub index: Option<usize>,
    /// The steps of whose `foreach` it is in the body, from the outermost.
    pub around: Vec<&'w Step>,
    /// The step of the document's own list that it is in.
    pub top: Option<usize>,
    /// The handler that it is in.
    pub handler: Option<&'w Step>,
    /// How many keys of the way lead to the step.
    pub depth: usize,
}

impl<'w> Standing<'w> {
    /// The step at the end of a way of keys; `None` for a place that is in no step. `offset` is the
    /// place itself.
    pub fn of(workflow: &'w Workflow, keys: &[Key<'_>], offset: usize) -> Option<Self> {
        let at = |depth: usize| keys.get(depth).map_or(offset, |key| key.1);
        let (mut list, mut index, handler, mut depth): (&[Step], _, _, _) = match keys.first()?.0 {
            "steps" => (&workflow.steps, index_at(&workflow.steps, at(1)), None, 1),
            "handler_on" => {
                let event = keys.get(1)?.0;
                let number = workflow.handlers.iter().position(|(known, _)| known.value == event)?;
                (&[], None, workflow.handlers.get(number).map(|(_, step)| step), 2)
            }
            _ => return None,
        };
        let top = index.filter(|_| handler.is_none());
        let mut around: Vec<&Step> = Vec::new();
        let mut step = handler.or_else(|| list.get(index?));
        while let (Some(("foreach", _)), Some(("steps", _)), Some(outer)) = (keys.get(depth), keys.get(depth + 1), step) {
            depth += 2;
            around.push(outer);
            list = &outer.body;
            index = index_at(list, at(depth));
            step = index.and_then(|index| list.get(index));
        }
        Some(Self { list, index, around, top, handler, depth })
    }

    /// The step.
    pub fn step(&self) -> Option<&'w Step> {
        match self.index {
            Some(index) => self.list.get(index),
            None => self.handler.filter(|_| self.around.is_empty()),
        }
    }

    fn edges(&self, workflow: &'w Workflow) -> std::borrow::Cow<'w, [Vec<Edge>]> {
        if self.around.is_empty() { workflow.edges.as_slice().into() } else { graph::of_body(self.list).into() }
    }

    /// The steps that may be added to what the step depends on: not itself, and none that runs after
    /// it. Those before it come first, the nearest of them at the start. `written` is where the
    /// name is being written, which does not count as one that is there.
    pub fn dependable(&self, workflow: &'w Workflow, written: usize) -> impl Iterator<Item = &'w Step> + use<'w> {
        let own = self.step().map(|own| own.depends.as_slice()).unwrap_or_default();
        let given: HashSet<&str> = own.iter().filter(|name| !name.span.touches(written)).map(|name| name.value.as_str()).collect();
        let is_given =
            move |step: &Step| given.contains(step.name.as_str()) || step.id.as_ref().is_some_and(|id| given.contains(id.value.as_str()));
        let after = self.index.map(|index| reached(&turned(&self.edges(workflow)), index)).unwrap_or_default();
        let may_be = move |index: usize, step: &Step| !after.get(index).is_some_and(|is| *is) && !is_given(step);
        self.nearest_first().filter(move |&(index, step)| may_be(index, step)).map(|(_, step)| step)
    }

    /// The steps that a router may lead to: not itself, and none that runs before it.
    pub fn targets(&self, workflow: &'w Workflow) -> impl Iterator<Item = &'w Step> + use<'w> {
        let before = self.index.map(|index| reached(&flat(&self.edges(workflow)), index)).unwrap_or_default();
        self.nearest_first().filter(move |&(index, _)| !before.get(index).is_some_and(|is| *is)).map(|(_, step)| step)
    }

    /// The steps that run before this one, the nearest in the text first.
    pub fn before(&self, workflow: &'w Workflow) -> impl Iterator<Item = &'w Step> + use<'w> {
        let before = self.index.map(|index| reached(&flat(&self.edges(workflow)), index)).unwrap_or_default();
        self.nearest_first().filter(move |&(index, _)| before.get(index).is_some_and(|is| *is)).map(|(_, step)| step)
    }

    /// The other steps of the list that have a name of the author's, those above from the nearest on,
    /// then those below.
    fn nearest_first(&self) -> impl Iterator<Item = (usize, &'w Step)> + use<'w> {
        let here = self.index.unwrap_or(self.list.len());
        let list = self.list;
        let above = list.iter().enumerate().take(here).rev();
        let below = list.iter().enumerate().skip(here.saturating_add(1));
        above.chain(below).filter(|(_, step)| step.id.is_some() || step.node.get("name").is_some() || step.standing.is_named_by_key)
    }
}

/// The step of a list that starts last before a byte.
fn index_at(list: &[Step], at: usize) -> Option<usize> {
    let starts_before = |step: &Step| step.node.span.start <= at;
    let index = list.partition_point(starts_before).checked_sub(1)?;
    // What an alias brings in, or the base configuration, stands elsewhere.
    let is_it = |step: &Step| step.node.span.touches(at);
    if list.get(index).is_some_and(is_it) { Some(index) } else { list.iter().position(is_it).or(Some(index)) }
}

/// Edges of steps by index: for each step those on the other end.
struct Flat {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

/// From each step to those it runs after.
fn flat(edges: &[Vec<Edge>]) -> Flat {
    let mut starts = Vec::with_capacity(edges.len() + 1);
    let mut ends = Vec::new();
    for edges in edges {
        starts.push(ends.len());
        ends.extend(edges.iter().map(|edge| edge.from));
    }
    starts.push(ends.len());
    Flat { starts, ends }
}

/// From each step to those that run after it.
fn turned(edges: &[Vec<Edge>]) -> Flat {
    // Where the steps of each begin: so many edges lead from those before it.
    let mut starts = vec![0; edges.len() + 1];
    let pairs = || edges.iter().enumerate().flat_map(|(to, edges)| edges.iter().map(move |edge| (edge.from, to)));
    for (from, _) in pairs() {
        if let Some(count) = starts.get_mut(from + 1) {
            *count += 1;
        }
    }
    for step in 1..starts.len() {
        starts[step] += starts[step - 1];
    }
    let mut next = starts.clone();
    let mut ends = vec![0; starts.last().copied().unwrap_or_default()];
    for (from, to) in pairs() {
        if let Some(place) = next.get_mut(from) {
            if let Some(end) = ends.get_mut(*place) {
                *end = to;
            }
            *place += 1;
        }
    }
    Flat { starts, ends }
}

/// Which steps can be reached from one, itself included.
fn reached(edges: &Flat, from: usize) -> Vec<bool> {
    let count = edges.starts.len().saturating_sub(1);
    let mut met = vec![false; count];
    let mut open = vec![from];
    while let Some(step) = open.pop() {
        let Some(is_met) = met.get_mut(step).filter(|is_met| !**is_met) else { continue };
        *is_met = true;
        if let (Some(&start), Some(&end)) = (edges.starts.get(step), edges.starts.get(step + 1)) {
            open.extend(edges.ends.get(start..end).unwrap_or_default());
        }
    }
    met
}

/// The document that an offset lies in.
pub fn document_at(workflows: &[Workflow], offset: usize) -> Option<&Workflow> {
    let before = workflows.iter().rfind(|workflow| workflow.node.span.start <= offset);
    before.or_else(|| workflows.first())
}

/// The names of routes that a router has already, but for the one at a place.
pub fn routed(step: &Step, written: usize) -> Vec<&str> {
    let named = |node: &crate::syntax::Node| !Span::touches(node.span, written);
    let routes = step.node.get("with").and_then(|with| with.get("routes")).or_else(|| step.node.get("routes"));
    let targets = routes.and_then(|routes| routes.entries()).unwrap_or_default().iter().filter_map(|route| route.value.items()).flatten();
    targets.filter(|target| named(target)).filter_map(|target| target.text()).map(str::trim).collect()
}
