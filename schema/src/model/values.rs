//! Every value of a document with the field that it belongs to, for rules about what the engine
//! takes but a run cannot use.

use std::collections::HashSet;

use super::{Field, Object, Other, ROOT, Shape};
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node};

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

/// Visits the values of a document, lists and mappings before what they hold. What an alias stands for comes once.
pub fn visit<'t>(root: &'t Node, mut visit: impl FnMut(&Value<'t>)) {
    static ROOT_SHAPE: Shape = Shape::Object(&ROOT);
    let mut seen = HashSet::new();
    let mut open: Vec<(&Node, &'static Shape, Option<&Node>, Option<Value<'t>>)> = vec![(root, &ROOT_SHAPE, None, None)];
    while let Some((node, shape, holder, from)) = open.pop() {
        let target = node.target();
        let is_shared = matches!(node.kind, Kind::Alias(_)) || node.anchor().is_some();
        if is_shared && !seen.insert((std::ptr::from_ref(target), std::ptr::from_ref(shape))) {
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
                        open.push((value.node, shape, Some(node), Some(value)));
                    }
                }
            }
            Kind::Sequence(items) => {
                let (Some(shape), Some(from)) = (shape.item(), from) else { continue };
                for item in items {
                    let value = Value { shape, node: item, is_item: true, ..from };
                    visit(&value);
                    if item.scalar().is_none() {
                        open.push((item, shape, holder, Some(value)));
                    }
                }
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}
