//! What the model allows at the end of a path of keys.

use dagu_schema::model::{self, Choice, Field, Object, Other, Shape, Word, action};
use dagu_schema::syntax::{Entry, Kind, Node, Tree};

use crate::cursor::Link;

/// One form that a value may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// A mapping.
    Object(&'static Object),
    /// A list of values of one shape.
    List(&'static Shape),
    /// One of these words.
    Words(&'static [Word]),
    /// `true` or `false`.
    Bool,
    /// The name of an action.
    ActionName,
    /// Text or a number that the author makes up.
    Free,
}

/// What may stand at the end of a path.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The mappings that may hold the last key of the path.
    pub(crate) owners: Vec<&'static Object>,
    /// The forms of the value.
    pub(crate) forms: Vec<Form>,
}

impl Place {
    /// The mappings among the forms.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &'static Object> {
        self.forms.iter().filter_map(|form| match form {
            Form::Object(object) => Some(*object),
            _ => None,
        })
    }
}

/// Follows a path from the root. What stands beside a value, where its shape depends on that, is
/// looked up in the tree.
pub(crate) fn at(tree: &Tree, path: &[Link]) -> Place {
    let mut place = Place { owners: Vec::new(), forms: vec![Form::Object(&model::ROOT)] };
    for link in path {
        let owners: Vec<&'static Object> = place.objects().collect();
        let found = entry_at(tree, link.key.start);
        let (holder, value) = (found.map(|(holder, _)| holder), found.map(|(_, entry)| &*entry.value));
        let shapes = owners.iter().filter_map(|owner| shape_of(owner, &link.name));
        let mut forms: Vec<Form> = shapes.flat_map(|shape| of(shape, holder, value)).collect();
        for _ in 0..link.items {
            let items = forms.iter().filter_map(|form| match form {
                Form::List(shape) => Some(of(shape, None, None)),
                _ => None,
            });
            forms = items.flatten().collect();
        }
        place = Place { owners, forms };
    }
    place
}

/// The shape of the value of a key.
fn shape_of(object: &'static Object, key: &str) -> Option<&'static Shape> {
    match (object.field(key), object.other) {
        (Some(field), _) => Some(&field.shape),
        (None, Other::Named(shape)) => Some(shape),
        (None, Other::Rejected | Other::Ignored | Other::Open) => None,
    }
}

/// The forms of a field's value.
pub(crate) fn of_field(field: &'static Field) -> Vec<Form> {
    of(&field.shape, None, None)
}

/// The forms of a shape. `holder` is the mapping that holds the value; without it, or while the
/// value is not more than begun, all that may be chosen from it count.
fn of(shape: &'static Shape, holder: Option<&Node>, value: Option<&Node>) -> Vec<Form> {
    let mut out = Vec::new();
    let mut open = vec![shape];
    while let Some(shape) = open.pop() {
        match shape {
            Shape::OneOf(shapes) => open.extend(shapes.iter().rev()),
            Shape::Present(shape) | Shape::Nullable(shape) | Shape::Ruled(shape) => open.push(shape),
            Shape::By(choice) => open.extend(chosen(choice, holder, value)),
            Shape::List(shape) | Shape::NonEmptyList(shape) => out.push(Form::List(shape)),
            Shape::Object(object) | Shape::NonEmptyObject(object) => out.push(Form::Object(object)),
            Shape::Input => out.extend(holder.and_then(action::input).map(Form::Object)),
            Shape::Template => out.push(Form::Object(&model::STEP)),
            Shape::Word(words) | Shape::AnyCaseWord(words) => out.push(Form::Words(words)),
            Shape::Bool => out.push(Form::Bool),
            Shape::ActionName => out.push(Form::ActionName),
            _ => out.push(Form::Free),
        }
    }
    out
}

fn chosen(choice: &'static Choice, holder: Option<&Node>, value: Option<&Node>) -> Vec<&'static Shape> {
    let begun = |value: &&Node| !matches!(value.target().kind, Kind::Scalar(_));
    match (holder, value.filter(begun)) {
        (Some(_), Some(value)) => choice.of(value).into_iter().collect(),
        _ => choice.options.iter().rev().collect(),
    }
}

/// The entry whose key starts at a byte, with the mapping that holds it.
pub(crate) fn entry_at(tree: &Tree, start: usize) -> Option<(&Node, &Entry)> {
    let documents = tree.documents.iter().filter_map(|document| document.root.as_deref());
    let mut node = documents.take_while(|root| root.span.start <= start).last()?;
    loop {
        match &node.kind {
            Kind::Mapping(entries) => {
                let mut own = entries.iter().filter(|entry| !entry.merged);
                if let Some(entry) = own.clone().find(|entry| entry.key.span.start == start) {
                    return Some((node, entry));
                }
                node = &own.find(|entry| entry.value.span.touches(start))?.value;
            }
            Kind::Sequence(items) => {
                let before = items.partition_point(|item| item.span.start <= start);
                node = items.get(before.checked_sub(1)?)?;
            }
            Kind::Scalar(_) | Kind::Alias(_) => return None,
        }
    }
}
