//! Every value of a document with the field that it belongs to, for rules about what the engine
//! takes but a run cannot use.

use std::collections::HashSet;

use super::{Field, Object, Other, ROOT, Shape};
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, NodeRef};

/// A value and the field that holds it.
#[derive(Clone, Copy, Debug)]
pub struct Value<'t> {
    /// The kind of mapping.
    pub object: &'static Object,
    /// The field; `None` for a key of the author's choice.
    pub field: Option<&'static Field>,
    /// What the value may be, as far as the model says.
    pub shape: &'static Shape,
    /// The mapping that holds the field.
    pub holder: &'t Node,
    /// The field with its whole value.
    pub entry: &'t Entry,
    /// The value, or an item of it.
    pub node: &'t Node,
    /// Whether it is an item of a list.
    pub is_item: bool,
}

impl Value<'_> {
    /// The place of the value; the key's where there is nothing to show.
    pub fn span(&self) -> Span {
        if self.is_item { self.node.span } else { self.entry.value_span() }
    }

    /// Whether the value as it stands is a template or a reference, whose own value only a run knows.
    pub fn is_computed(&self) -> bool {
        self.node.text().is_some_and(|text| text.contains(['$', '`']) || text.contains("{{"))
    }
}

/// Visits the values of a document, as [`Walk`] does.
pub fn visit<'t>(root: &'t Node, mut visit: impl FnMut(&Value<'t>)) {
    Walk::root(root, &mut visit).steps(usize::MAX, &mut visit);
}

/// Visits the values of one item of a root's `steps`, itself included.
pub(crate) fn visit_item<'t>(root: &'t Node, number: usize, visit: &mut dyn FnMut(&Value<'t>)) {
    let Some((entry, field)) = root.entry("steps").zip(ROOT.field("steps")) else { return };
    let (Some(item), Some(shape)) = (entry.value.items().and_then(|items| items.get(number)), field.shape.item()) else { return };
    let value = Value { object: &ROOT, field: Some(field), shape: &field.shape, holder: root, entry, node: &entry.value, is_item: false };
    let list = Open { node: &entry.value, shape, holder: Some(root), from: Some(value) };
    Walk { seen: HashSet::new(), open: Vec::new(), steps: None }.item(item, list, &mut |value| visit(value));
}

/// A walk over the values of a document, lists and mappings before what they hold. What an alias
/// stands for comes once.
#[derive(Debug)]
pub struct Walk<'t> {
    seen: HashSet<(*const Node, *const Shape)>,
    open: Vec<Open<'t>>,
    steps: Option<(std::slice::Iter<'t, NodeRef>, Open<'t>)>,
}

/// A collection that is still to be walked.
#[derive(Clone, Copy, Debug)]
struct Open<'t> {
    node: &'t Node,
    shape: &'static Shape,
    holder: Option<&'t Node>,
    from: Option<Value<'t>>,
}

impl<'t> Walk<'t> {
    /// Visits the values of the root mapping, without the items of its `steps`.
    pub fn root(root: &'t Node, visit: &mut impl FnMut(&Value<'t>)) -> Self {
        static ROOT_SHAPE: Shape = Shape::Object(&ROOT);
        let open = vec![Open { node: root, shape: &ROOT_SHAPE, holder: None, from: None }];
        let mut walk = Self { seen: HashSet::new(), open, steps: None };
        walk.run(visit);
        walk
    }

    /// Visits the values of so many items of `steps`, those that follow. False when none is left.
    pub fn steps(&mut self, count: usize, visit: &mut impl FnMut(&Value<'t>)) -> bool {
        let Some((items, list)) = &mut self.steps else { return false };
        let (list, part): (_, Vec<_>) = (*list, items.by_ref().take(count).collect());
        part.iter().for_each(|item| self.item(item, list, visit));
        part.len() == count
    }

    fn run(&mut self, visit: &mut impl FnMut(&Value<'t>)) {
        while let Some(open) = self.open.pop() {
            let Open { node, shape, holder, from } = open;
            let target = node.target();
            let is_shared = matches!(node.kind, Kind::Alias(_)) || node.anchor().is_some();
            if is_shared && !self.seen.insert((std::ptr::from_ref(target), std::ptr::from_ref(shape))) {
                continue;
            }
            match &target.kind {
                Kind::Mapping(entries) => {
                    let Some(object) = shape.object(holder, Some(node)) else { continue };
                    for entry in entries.iter().filter(|entry| entry.key.text().is_some()) {
                        let field = object.field(entry.name());
                        let shape = match (field, object.other) {
                            (Some(field), _) => &field.shape,
                            (None, Other::Named(shape)) => shape,
                            (None, Other::Open) => &Shape::Any,
                            (None, _) => continue,
                        };
                        let value = Value { object, field, shape, holder: node, entry, node: &entry.value, is_item: false };
                        visit(&value);
                        if value.node.scalar().is_none() {
                            self.open.push(Open { node: value.node, shape, holder: Some(node), from: Some(value) });
                        }
                    }
                }
                Kind::Sequence(items) => {
                    let (Some(shape), Some(value)) = (shape.item(), from) else { continue };
                    let list = Open { shape, ..open };
                    if std::ptr::eq(value.object, &ROOT) && value.entry.name() == "steps" && !value.is_item {
                        self.steps = Some((items.iter(), list));
                        continue;
                    }
                    for item in items {
                        self.visit_item(item, list, visit);
                    }
                }
                Kind::Scalar(_) | Kind::Alias(_) => {}
            }
        }
    }

    /// Visits an item of a list and all that it holds.
    fn item(&mut self, item: &'t NodeRef, list: Open<'t>, visit: &mut impl FnMut(&Value<'t>)) {
        self.visit_item(item, list, visit);
        self.run(visit);
    }

    fn visit_item(&mut self, item: &'t NodeRef, list: Open<'t>, visit: &mut impl FnMut(&Value<'t>)) {
        let Some(from) = list.from else { return };
        let value = Value { shape: list.shape, node: item, is_item: true, ..from };
        visit(&value);
        if item.scalar().is_none() {
            self.open.push(Open { node: item, shape: list.shape, holder: list.holder, from: Some(value) });
        }
    }
}
