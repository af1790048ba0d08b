//! Where things stand in a picture: steps in layers, each below all that it waits for. What a `foreach`
//! holds is laid out by itself and stands in the whole as one thing; steps that share a container
//! stand in a column of their own, so that a box can be drawn around them.

use std::collections::{HashMap, VecDeque};

use super::model::{Dag, Kind};

/// Columns of containers side by side; the steps of further ones have a box each.
const MOST_COLUMNS: usize = 4;
/// Steps side by side in a column, unless there are very many.
const MOST_ABREAST: usize = 6;
const GAP: f64 = 18.0;
const COLUMN_GAP: f64 = 34.0;
const ROW_GAP: f64 = 44.0;
const PAD: f64 = 16.0;
/// Room for the label of a box.
const HEAD: f64 = 24.0;
/// Room above the first row of what is within a box: its label, and those of columns.
const INNER_HEAD: f64 = 2.0 * HEAD + 4.0;
const NODE_HEIGHT: f64 = 44.0;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A box around steps, with the cluster that it shows.
pub(super) struct Frame {
    pub(super) cluster: usize,
    pub(super) rect: Rect,
}

/// Where the parts of a document stand.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// For each step that is shown.
    pub(super) steps: Vec<Rect>,
    /// Outer ones before those within.
    pub(super) frames: Vec<Frame>,
}

/// How wide a text is, about, at a size of the letters.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.58 } else { 1.0 }).sum::<f64>() * size
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Step(usize),
    /// A `foreach` or the handlers, by cluster.
    Group(usize),
}

/// A thing within a scope.
struct Item {
    what: What,
    /// The container's cluster.
    container: Option<usize>,
    /// A container of its own: a box around it alone.
    framed: bool,
    layer: usize,
    column: usize,
    size: (f64, f64),
    /// Relative to the scope.
    at: (f64, f64),
    /// The middle, for the order within a row.
    centre: f64,
}

/// What is laid out together: a document's steps, the body of a `foreach`, the handlers.
#[derive(Default)]
struct Scope {
    items: Vec<Item>,
    edges: Vec<(usize, usize)>,
    /// Boxes around columns.
    columns: Vec<Frame>,
    size: (f64, f64),
}

/// Lays out the first steps of a document.
pub(super) fn arrange(dag: &Dag, shown: usize) -> Layout {
    let outside = dag.clusters.len();
    let is_group = |cluster: usize| dag.clusters.get(cluster).is_some_and(|cluster| matches!(cluster.kind, Kind::Foreach | Kind::Handlers));
    let parent = |cluster: usize| dag.clusters.get(cluster).and_then(|cluster| cluster.parent).unwrap_or(outside);
    let mut scopes: Vec<Scope> = Vec::new();
    scopes.resize_with(outside + 1, Scope::default);
    // For each group its item in the scope around it, and for each step its scope and its item there.
    let mut group_items: HashMap<usize, usize> = HashMap::new();
    let mut homes: Vec<(usize, usize)> = Vec::new();
    for (number, node) in dag.steps.iter().enumerate().take(shown) {
        let cluster = node.cluster.unwrap_or(outside);
        let container = (cluster != outside && !is_group(cluster)).then_some(cluster);
        let scope = container.map_or(cluster, parent);
        let (home, mut group) = (scope, scope);
        while group != outside && !group_items.contains_key(&group) {
            let around = parent(group);
            if let Some(scope) = scopes.get_mut(around) {
                group_items.insert(group, scope.items.len());
                scope.items.push(Item::new(What::Group(group), None));
            }
            group = around;
        }
        if let Some(scope) = scopes.get_mut(scope) {
            scope.items.push(Item::new(What::Step(number), container));
            let widest = text_width(&node.id, 13.0).max(text_width(&node.action, 11.0));
            if let Some(item) = scope.items.last_mut() {
                item.size = ((widest + 24.0).clamp(110.0, 240.0), NODE_HEIGHT);
            }
            homes.push((home, scope.items.len() - 1));
        }
    }
    for edge in &dag.edges {
        let (Some(&from), Some(&to)) = (homes.get(edge.from), homes.get(edge.to)) else { continue };
        let (mut from, mut to) = (from, to);
        // A group has a larger number than what it stands in.
        while from.0 != to.0 {
            let inner = match (from.0 == outside, to.0 == outside) {
                (false, true) => &mut from,
                (true, false) => &mut to,
                _ if from.0 > to.0 => &mut from,
                _ => &mut to,
            };
            let around = parent(inner.0);
            *inner = (around, group_items.get(&inner.0).copied().unwrap_or_default());
        }
        if let Some(scope) = scopes.get_mut(from.0).filter(|_| from.1 != to.1) {
            scope.edges.push((from.1, to.1));
        }
    }
    // What stands within is sized before what it stands in.
    for number in (0..outside).rev().chain([outside]) {
        let sizes: HashMap<usize, (f64, f64)> = group_sizes(&scopes, number);
        let Some(scope) = scopes.get_mut(number) else { continue };
        if scope.items.is_empty() {
            continue;
        }
        scope.arrange(dag, &sizes, number != outside);
    }
    let mut layout = Layout { steps: vec![Rect::default(); homes.len()], ..Layout::default() };
    let mut open = vec![(outside, 0.0, 0.0)];
    while let Some((number, x, y)) = open.pop() {
        let Some(scope) = scopes.get(number) else { continue };
        if number == outside {
            (layout.width, layout.height) = scope.size;
        } else {
            layout.frames.push(Frame { cluster: number, rect: Rect { x, y, width: scope.size.0, height: scope.size.1 } });
        }
        for column in &scope.columns {
            let rect = Rect { x: column.rect.x + x, y: column.rect.y + y, ..column.rect };
            layout.frames.push(Frame { cluster: column.cluster, rect });
        }
        for item in &scope.items {
            let (x, y) = (item.at.0 + x, item.at.1 + y);
            let whole = Rect { x, y, width: item.size.0, height: item.size.1 };
            match item.what {
                What::Group(group) => open.push((group, x, y)),
                What::Step(step) => {
                    let node = if item.framed {
                        layout.frames.extend(item.container.map(|cluster| Frame { cluster, rect: whole }));
                        Rect { x: x + PAD / 2.0, y: y + HEAD, width: item.size.0 - PAD, height: NODE_HEIGHT }
                    } else {
                        whole
                    };
                    if let Some(rect) = layout.steps.get_mut(step) {
                        *rect = node;
                    }
                }
            }
        }
    }
    layout
}

fn group_sizes(scopes: &[Scope], number: usize) -> HashMap<usize, (f64, f64)> {
    let items = scopes.get(number).map(|scope| scope.items.as_slice()).unwrap_or_default().iter();
    items
        .filter_map(|item| match item.what {
            What::Group(group) => Some((group, scopes.get(group)?.size)),
            What::Step(_) => None,
        })
        .collect()
}

impl Item {
    fn new(what: What, container: Option<usize>) -> Self {
        Self { what, container, framed: false, layer: 0, column: 0, size: (0.0, 0.0), at: (0.0, 0.0), centre: 0.0 }
    }
}

impl Scope {
    fn arrange(&mut self, dag: &Dag, sizes: &HashMap<usize, (f64, f64)>, is_inner: bool) {
        self.edges.sort_unstable();
        self.edges.dedup();
        let layers = layers(self.items.len(), &self.edges);
        let last = layers.iter().max().map_or(0, |last| last + 1);
        for (item, layer) in self.items.iter_mut().zip(layers) {
            item.layer = layer;
            if let What::Group(group) = item.what {
                item.size = sizes.get(&group).copied().unwrap_or_default();
                if dag.clusters.get(group).is_some_and(|cluster| cluster.kind == Kind::Handlers) {
                    item.layer = last;
                }
            }
        }
        let columns = self.columns_of();
        for item in &mut self.items {
            let column = item.container.and_then(|container| columns.get(&container));
            item.column = column.copied().unwrap_or(0);
            if let Some(cluster) = item.container.filter(|_| item.column == 0).and_then(|number| dag.clusters.get(number)) {
                item.framed = true;
                item.size.0 = item.size.0.max(text_width(&cluster.label, 11.0).min(240.0)) + PAD;
                item.size.1 += HEAD + PAD / 2.0;
            }
        }
        let rows = self.rows(columns.len() + 1);
        self.place(dag, &rows, &columns, is_inner);
    }

    /// The columns of containers, from 1; column 0 is everything else.
    fn columns_of(&self) -> HashMap<usize, usize> {
        let mut members: HashMap<usize, usize> = HashMap::new();
        let mut order = Vec::new();
        for container in self.items.iter().filter_map(|item| item.container) {
            let count = members.entry(container).or_default();
            *count += 1;
            if *count == 2 {
                order.push(container);
            }
        }
        order.into_iter().take(MOST_COLUMNS).enumerate().map(|(at, container)| (container, at + 1)).collect()
    }

    /// The items by row and column, each row ordered so that few lines cross.
    fn rows(&mut self, columns: usize) -> Vec<Vec<Vec<usize>>> {
        let depth = self.items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
        let mut layers: Vec<Vec<Vec<usize>>> = vec![vec![Vec::new(); columns]; depth];
        for (number, item) in self.items.iter().enumerate() {
            if let Some(cell) = layers.get_mut(item.layer).and_then(|layer| layer.get_mut(item.column)) {
                cell.push(number);
            }
        }
        let (mut before, mut after) = (vec![Vec::new(); self.items.len()], vec![Vec::new(); self.items.len()]);
        for &(from, to) in &self.edges {
            if let (Some(before), Some(after)) = (before.get_mut(to), after.get_mut(from)) {
                before.push(from);
                after.push(to);
            }
        }
        for layer in &layers {
            for cell in layer {
                self.spread(cell);
            }
        }
        for sweep in 0..4 {
            let (neighbours, downwards) = if sweep % 2 == 0 { (&before, true) } else { (&after, false) };
            for at in 0..depth {
                let at = if downwards { at } else { depth - 1 - at };
                for cell in layers.get_mut(at).into_iter().flatten() {
                    let mut keyed: Vec<(f64, usize)> = cell.iter().map(|&item| (self.barycentre(item, neighbours), item)).collect();
                    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                    *cell = keyed.into_iter().map(|(_, item)| item).collect();
                    self.spread(cell);
                }
            }
        }
        let mut rows = Vec::new();
        for layer in layers {
            let abreast = |cell: &[usize]| MOST_ABREAST.max((cell.len() as f64).sqrt() as usize);
            let count = layer.iter().map(|cell| cell.len().div_ceil(abreast(cell))).max().unwrap_or(0);
            for row in 0..count {
                let part = |cell: &Vec<usize>| cell.chunks(abreast(cell)).nth(row).map(<[usize]>::to_vec).unwrap_or_default();
                rows.push(layer.iter().map(part).collect());
            }
        }
        rows
    }

    /// Puts the items of a row side by side around its middle.
    fn spread(&mut self, cell: &[usize]) {
        let half = cell.len() as f64 / 2.0;
        for (at, &number) in cell.iter().enumerate() {
            if let Some(item) = self.items.get_mut(number) {
                item.centre = at as f64 + 0.5 - half + 1000.0 * item.column as f64;
            }
        }
    }

    fn barycentre(&self, item: usize, neighbours: &[Vec<usize>]) -> f64 {
        let near = neighbours.get(item).map(Vec::as_slice).unwrap_or_default();
        let own = self.items.get(item).map_or(0.0, |item| item.centre);
        if near.is_empty() {
            return own;
        }
        near.iter().filter_map(|&near| self.items.get(near)).map(|near| near.centre).sum::<f64>() / near.len() as f64
    }

    fn place(&mut self, dag: &Dag, rows: &[Vec<Vec<usize>>], columns: &HashMap<usize, usize>, is_inner: bool) {
        let width_of = |cell: &[usize], items: &[Item]| {
            let widths = cell.iter().filter_map(|&number| items.get(number)).map(|item| item.size.0);
            widths.sum::<f64>() + GAP * cell.len().saturating_sub(1) as f64
        };
        let mut widths = vec![0.0_f64; columns.len() + 1];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = width.max(width_of(cell, &self.items));
            }
        }
        for (&cluster, &column) in columns {
            if let (Some(width), Some(cluster)) = (widths.get_mut(column), dag.clusters.get(cluster)) {
                *width = width.max(text_width(&cluster.label, 11.0).min(240.0));
            }
        }
        let mut lefts = Vec::new();
        let mut x = PAD;
        for &width in &widths {
            lefts.push(x);
            if width > 0.0 {
                x += width + COLUMN_GAP;
            }
        }
        let width = x - COLUMN_GAP + PAD;
        let mut y = if is_inner { INNER_HEAD } else { HEAD + PAD };
        let mut spans: Vec<Option<(f64, f64)>> = vec![None; widths.len()];
        for row in rows {
            let tall = row.iter().flatten().filter_map(|&number| self.items.get(number)).map(|item| item.size.1).fold(0.0, f64::max);
            for (column, cell) in row.iter().enumerate() {
                let (left, wide) = (lefts.get(column).copied().unwrap_or_default(), widths.get(column).copied().unwrap_or_default());
                let mut x = left + (wide - width_of(cell, &self.items)) / 2.0;
                for &number in cell {
                    let Some(item) = self.items.get_mut(number) else { continue };
                    item.at = (x, y + (tall - item.size.1) / 2.0);
                    x += item.size.0 + GAP;
                }
                if let Some(span) = spans.get_mut(column).filter(|_| !cell.is_empty()) {
                    *span = Some((span.map_or(y, |(top, _)| top), y + tall));
                }
            }
            y += tall + ROW_GAP;
        }
        self.size = (width, y - ROW_GAP + PAD);
        for (&cluster, &column) in columns {
            let (Some(Some((top, bottom))), Some(&x), Some(&width)) = (spans.get(column), lefts.get(column), widths.get(column)) else {
                continue;
            };
            let rect = Rect { x: x - PAD / 2.0, y: top - HEAD, width: width + PAD, height: bottom - top + HEAD + PAD / 2.0 };
            self.columns.push(Frame { cluster, rect });
        }
        self.columns.sort_by_key(|frame| frame.cluster);
    }
}

/// For each item how many stand above it on the longest way to it. Of a cycle, the item that stands
/// first in the file begins it.
fn layers(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut waits = vec![0_usize; count];
    for &(from, to) in edges {
        if let (Some(after), Some(waits)) = (after.get_mut(from), waits.get_mut(to)) {
            after.push(to);
            *waits += 1;
        }
    }
    let mut layers = vec![0; count];
    let mut is_done = vec![false; count];
    let mut ready: VecDeque<usize> = (0..count).filter(|&item| waits.get(item) == Some(&0)).collect();
    let mut first = 0;
    loop {
        let item = match ready.pop_front() {
            Some(item) => item,
            None => {
                while is_done.get(first) == Some(&true) {
                    first += 1;
                }
                if first >= count {
                    return layers;
                }
                first
            }
        };
        if std::mem::replace(&mut is_done[item], true) {
            continue;
        }
        for &next in &after[item] {
            if is_done[next] {
                continue;
            }
            layers[next] = layers[next].max(layers[item] + 1);
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push_back(next);
            }
        }
    }
}
