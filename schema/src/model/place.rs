//! Where a cursor is, as the model sees it.

use super::{Field, Object, ROOT, STEP, Shape, action};
use crate::syntax::{Entry, Kind, Node, NodeRef, Style, Tree};

/// What stands at a place of the text, as the model sees it: for hover and completion.
#[derive(Debug)]
pub struct Place<'a> {
    /// The kind of mapping that holds the place; `None` where the model knows nothing of it.
    pub object: Option<&'static Object>,
    /// The mapping itself, when there is one already.
    pub mapping: Option<&'a Node>,
    /// The field whose key or value is there.
    pub field: Option<&'static Field>,
    /// Whether the place is in the value rather than the key.
    pub in_value: bool,
    /// Keys and indexes from the root of the document, such as `steps`, `0`, `container`.
    pub path: Vec<String>,
}

impl Shape {
    /// The kind of mapping that a value of this shape may be, if any. `holder` is the mapping that
    /// holds the value; without a value, the first kind that is possible.
    pub fn object(&self, holder: Option<&Node>, value: Option<&Node>) -> Option<&'static Object> {
        match self {
            Self::Object(object) | Self::NonEmptyObject(object) => Some(object),
            Self::OneOf(options) => options.iter().find_map(|option| option.object(holder, value)),
            Self::Present(inner) | Self::Nullable(inner) | Self::Ruled(inner) => inner.object(holder, value),
            Self::By(choice) => match value {
                Some(value) => choice.of(value)?.object(holder, Some(value)),
                None => choice.options.iter().find_map(|option| option.object(holder, None)),
            },
            Self::Input => holder.and_then(action::input),
            Self::Template => Some(&STEP),
            _ => None,
        }
    }

    /// The shape of the items when a value of this shape may be a list.
    pub fn item(&self) -> Option<&'static Self> {
        match self {
            Self::List(item) | Self::NonEmptyList(item) => Some(item),
            Self::OneOf(options) => options.iter().find_map(Self::item),
            Self::Present(inner) | Self::Nullable(inner) | Self::Ruled(inner) => inner.item(),
            Self::By(choice) => choice.options.iter().find_map(Self::item),
            _ => None,
        }
    }
}

/// What stands at a byte offset; `None` in a comment.
///
/// - On a key: the object and mapping that hold it, its field when the key is known, `in_value`
///   false. On a value, after `key:`, and on an item of a list that is no mapping: the same with
///   `in_value` true.
/// - Where a key could be written: the object, `field` `None`, `in_value` false. That is an empty
///   line (its column tells which mapping it belongs to, as the indentation of a key would), a
///   line whose half-written text could not be parsed, a gap in a flow mapping, and the start of
///   a list item. `mapping` is `None` when the mapping does not exist yet: under a `key:` without
///   value, or in a new item.
/// - In a document without content: the root object.
pub fn at(tree: &Tree, offset: usize) -> Option<Place<'_>> {
    if tree.comments.iter().any(|comment| comment.start < offset && offset <= comment.end) {
        return None;
    }
    let document = tree.documents.iter().rfind(|document| document.span.start <= offset).or(tree.documents.first());
    let root = document.and_then(|document| document.root.as_deref()).filter(|root| matches!(root.kind, Kind::Mapping(_)));
    let place = Place { object: Some(&ROOT), mapping: None, field: None, in_value: false, path: Vec::new() };
    let Some(root) = root else { return Some(place) };
    Some(Search { tree, offset, line: Line::of(tree, offset), place }.run(root))
}

/// The line of the cursor.
struct Line {
    number: usize,
    /// Where its text starts, after the dashes of list items; on a blank line, where the cursor is.
    column: usize,
    /// Where its last leading dash is.
    dash: Option<usize>,
}

impl Line {
    fn of(tree: &Tree, offset: usize) -> Self {
        let number = tree.lines.line_of(offset);
        let span = tree.lines.line_span(&tree.text, number);
        let content = tree.text.get(span.range()).unwrap_or_default();
        let mut column = content.len() - content.trim_start_matches(' ').len();
        let mut dash = None;
        while content.get(column..).is_some_and(|rest| rest == "-" || rest.starts_with("- ")) {
            dash = Some(column);
            let rest = content.get(column + 1..).unwrap_or_default();
            column += 1 + (rest.len() - rest.trim_start_matches(' ').len());
        }
        let is_blank = content.get(column..).is_none_or(|rest| rest.trim().is_empty());
        let cursor = offset.saturating_sub(span.start);
        Self { number, column: if is_blank { cursor.max(dash.map_or(0, |dash| dash + 2)) } else { column }, dash }
    }
}

struct Search<'t> {
    tree: &'t Tree,
    offset: usize,
    line: Line,
    place: Place<'t>,
}

/// Where to go from a mapping.
enum Step<'t> {
    /// The cursor is on this key.
    Key(&'t Entry),
    /// It is in the value of this key, or after its colon.
    Value(&'t Entry),
    /// It is below this key, which has no value yet.
    Under(&'t Entry),
    /// A key could stand here.
    Gap,
}

impl<'t> Search<'t> {
    fn run(mut self, root: &'t Node) -> Place<'t> {
        let mut node = root;
        let mut shape: Option<&'static Shape> = None;
        loop {
            let next = match &node.kind {
                Kind::Mapping(entries) => self.mapping(node, entries, shape),
                Kind::Sequence(items) => self.sequence(node, items, shape),
                Kind::Scalar(_) | Kind::Alias(_) => None,
            };
            let Some(next) = next else { return self.place };
            (node, shape) = next;
        }
    }

    /// The value to go on with, if the cursor is inside one.
    fn mapping(
        &mut self,
        node: &'t Node,
        entries: &'t [Entry],
        shape: Option<&'static Shape>,
    ) -> Option<(&'t Node, Option<&'static Shape>)> {
        let is_root = self.place.path.is_empty();
        let object = if is_root { Some(&ROOT) } else { shape.and_then(|shape| shape.object(self.place.mapping, Some(node))) };
        self.place.object = object;
        self.place.mapping = Some(node);
        self.place.field = None;
        self.place.in_value = false;
        let step = if node.flow { self.in_flow(entries) } else { self.in_block(entries) };
        let (Step::Key(entry) | Step::Value(entry) | Step::Under(entry)) = step else { return None };
        self.place.path.push(entry.name().to_owned());
        self.place.field = object.and_then(|object| object.field(entry.name()));
        let value_shape = object.and_then(|object| value_shape(object, entry.name()));
        let below = value_shape.and_then(|shape| shape.object(Some(node), None));
        let step = match step {
            // A word on a line of its own, where a mapping could be, is a key without its colon.
            Step::Value(entry) if below.is_some() && self.is_half_written(entry) => Step::Under(entry),
            step => step,
        };
        match step {
            Step::Value(_) => {
                self.place.in_value = true;
                let goes_on = self.is_inside(&entry.value) || self.is_below(&entry.value);
                goes_on.then_some((&*entry.value, value_shape))
            }
            Step::Under(_) => {
                if below.is_some() && self.line.dash.is_none() {
                    self.place.object = below;
                    self.place.mapping = None;
                    self.place.field = None;
                } else {
                    self.new_item(value_shape, 0);
                }
                None
            }
            Step::Key(_) | Step::Gap => None,
        }
    }

    fn in_block(&self, entries: &'t [Entry]) -> Step<'t> {
        let mut own = entries.iter().filter(|entry| !entry.merged);
        let Some(first) = own.clone().next() else { return Step::Gap };
        if let Some(entry) = own.clone().find(|entry| entry.key.span.touches(self.offset)) {
            return Step::Key(entry);
        }
        let Some(last) = own.rfind(|entry| entry.key.span.start < self.offset) else { return Step::Gap };
        let is_on_line = self.tree.lines.line_of(last.key.span.end) == self.line.number;
        let is_in_value = last.value.span.start < last.value.span.end && last.value.span.touches(self.offset);
        if is_on_line || (is_in_value && self.is_inside(&last.value)) {
            return Step::Value(last);
        }
        if self.line.column <= self.column(first.key.span.start) {
            return Step::Gap;
        }
        if last.value.span.start == last.value.span.end { Step::Under(last) } else { Step::Value(last) }
    }

    fn in_flow(&self, entries: &'t [Entry]) -> Step<'t> {
        let mut own = entries.iter().filter(|entry| !entry.merged);
        if let Some(entry) = own.clone().find(|entry| entry.key.span.touches(self.offset)) {
            return Step::Key(entry);
        }
        let Some(last) = own.rfind(|entry| entry.key.span.start < self.offset) else { return Step::Gap };
        let between = |start: usize| self.tree.text.get(start..self.offset).unwrap_or_default();
        let value_end = last.value.span.end.max(last.key.span.end);
        let is_past = value_end <= self.offset && between(value_end).contains(',');
        if between(last.key.span.end).contains(':') && !is_past { Step::Value(last) } else { Step::Gap }
    }

    fn sequence(
        &mut self,
        node: &'t Node,
        items: &'t [NodeRef],
        shape: Option<&'static Shape>,
    ) -> Option<(&'t Node, Option<&'static Shape>)> {
        let before = items.iter().take_while(|item| item.span.start <= self.offset).count();
        let last = before.checked_sub(1).and_then(|index| items.get(index));
        let Some(last) = last else {
            self.new_item(shape, 0);
            return None;
        };
        let is_null = last.span.start == last.span.end;
        let is_on_line = self.tree.lines.line_of(last.span.start) == self.line.number;
        let is_new_item = self.line.dash == Some(self.column(node.span.start)) && !is_on_line;
        let is_left = !is_new_item && self.line.dash.is_none_or(|dash| dash == self.column(node.span.start)) && {
            // A blank line to the left of the item's keys is where the next item would start.
            !is_on_line && self.line.column < self.column(last.span.start)
        };
        let is_past = if node.flow { !last.span.touches(self.offset) } else { !self.is_inside(last) && (is_new_item || is_left) };
        if is_past || is_null {
            self.new_item(shape, if is_null { before - 1 } else { before });
            return None;
        }
        self.place.path.push((before - 1).to_string());
        let item = shape.and_then(Shape::item);
        (self.is_inside(last) || self.is_below(last)).then_some((&**last, item))
    }

    /// An item that is still to be written: a mapping when items may be one, else a value.
    fn new_item(&mut self, shape: Option<&'static Shape>, index: usize) {
        let Some(item) = shape.and_then(Shape::item) else {
            self.place.in_value = true;
            return;
        };
        self.place.path.push(index.to_string());
        self.place.in_value = true;
        if let Some(object) = item.object(self.place.mapping, None) {
            self.place.object = Some(object);
            self.place.mapping = None;
            self.place.field = None;
            self.place.in_value = false;
        }
    }

    fn is_half_written(&self, entry: &Entry) -> bool {
        let line = |offset| self.tree.lines.line_of(offset);
        let value = &entry.value;
        value.scalar().is_some_and(|scalar| scalar.style == Style::Plain) && line(value.span.start) > line(entry.key.span.end)
    }

    /// Whether the cursor is within a collection; at the brackets of a flow one it is not.
    fn is_inside(&self, node: &Node) -> bool {
        let is_collection = matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_));
        let is_within =
            if node.flow { node.span.start < self.offset && self.offset < node.span.end } else { node.span.touches(self.offset) };
        is_collection && is_within
    }

    /// Whether the cursor is after the start of a block collection that could go on.
    fn is_below(&self, node: &Node) -> bool {
        let is_block = matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_)) && !node.flow;
        is_block && self.offset >= node.span.start
    }

    fn column(&self, offset: usize) -> usize {
        let line = self.tree.lines.line_span(&self.tree.text, self.tree.lines.line_of(offset));
        offset.saturating_sub(line.start)
    }
}

/// The shape of the value of a key.
fn value_shape(object: &'static Object, key: &str) -> Option<&'static Shape> {
    match (object.field(key), object.other) {
        (Some(field), _) => Some(&field.shape),
        (None, super::Other::Named(shape)) => Some(shape),
        (None, _) => None,
    }
}
