//! Values whose shape depends on what they hold.

use super::Shape;
use crate::syntax::Node;

/// How to tell which of several shapes a value has.
#[derive(Debug)]
pub struct Choice {
    /// The shapes.
    pub options: &'static [Shape],
    /// When each of them is meant, the first that holds; the last shape has no condition.
    pub when: &'static [When],
}

/// A condition on a value.
#[derive(Debug)]
pub enum When {
    /// It is a mapping with one of these keys.
    Has(&'static [&'static str]),
    /// It is a mapping with these keys at most.
    Only(&'static [&'static str]),
    /// The text of this key is this.
    Is(&'static str, &'static str),
    /// The text of this key has one of these characters.
    Contains(&'static str, &'static [char]),
    /// This key holds a mapping.
    HasMapping(&'static str),
    /// It is a mapping.
    Mapping,
    /// All of these hold.
    All(&'static [Self]),
    /// One of these holds.
    Any(&'static [Self]),
}

impl Choice {
    /// The shape of this value.
    pub fn of(&self, value: &Node) -> Option<&'static Shape> {
        let number = self.when.iter().position(|when| when.holds(value));
        number.map_or(self.options.last(), |number| self.options.get(number))
    }
}

impl When {
    /// Whether the condition holds for a value.
    pub fn holds(&self, value: &Node) -> bool {
        let text = |key: &str| value.get(key).and_then(|node| node.string());
        match self {
            Self::Has(keys) => keys.iter().any(|key| value.entry(key).is_some()),
            Self::Only(keys) => value.entries().is_some_and(|entries| entries.iter().all(|entry| keys.contains(&entry.name()))),
            Self::Is(key, expected) => text(key) == Some(expected),
            Self::Contains(key, characters) => text(key).is_some_and(|text| text.contains(*characters)),
            Self::HasMapping(key) => value.get(key).is_some_and(|node| node.entries().is_some()),
            Self::Mapping => value.entries().is_some(),
            Self::All(all) => all.iter().all(|when| when.holds(value)),
            Self::Any(any) => any.iter().any(|when| when.holds(value)),
        }
    }
}
