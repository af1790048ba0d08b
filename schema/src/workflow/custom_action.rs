//! Actions that a document defines itself, and the steps that call them.

use indexmap::IndexMap;

use super::nested;
use crate::syntax::{Entry, Node, NodeRef};

/// A definition under `actions`, or under the older `step_types`.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The name with the definition.
    pub entry: &'a Entry,
    /// Whether it stands under `step_types`.
    pub is_step_type: bool,
}

/// A step that calls a definition.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The step's mapping.
    pub step: &'a NodeRef,
    /// `action`, or `type` for the older syntax.
    pub key: &'a Entry,
    /// What it calls.
    pub definition: Definition<'a>,
}

impl<'a> Definition<'a> {
    /// The name, without blanks around it.
    pub fn name(&self) -> &'a str {
        self.entry.name().trim()
    }

    /// The step that a call becomes.
    pub fn template(&self) -> Option<&'a Entry> {
        self.entry.value.entry("template").filter(|template| !template.value.is_null())
    }
}

/// The definitions in the order in which they are written.
pub fn definitions(root: &Node) -> Vec<Definition<'_>> {
    let of = |field: &str, is_step_type: bool| {
        let entries = root.get_some(field).and_then(|field| field.entries()).unwrap_or_default();
        entries.iter().filter(|entry| entry.value.entries().is_some()).map(move |entry| Definition { entry, is_step_type })
    };
    of("actions", false).chain(of("step_types", true)).collect()
}

/// The steps that call a definition, handlers and steps inside `foreach` included.
pub fn calls(root: &Node) -> Vec<Call<'_>> {
    let definitions: IndexMap<(&str, bool), Definition<'_>> =
        definitions(root).into_iter().map(|definition| ((definition.name(), definition.is_step_type), definition)).collect();
    if definitions.is_empty() {
        return Vec::new();
    }
    let steps = nested::steps(root);
    let call = |step| {
        [("action", false), ("type", true)].into_iter().find_map(|(key, is_step_type)| {
            let key = Node::entry(step, key)?;
            let definition = *definitions.get(&(key.value.string()?.trim(), is_step_type))?;
            Some((key, definition))
        })
    };
    steps.into_iter().filter_map(|(step, _)| call(step).map(|(key, definition)| Call { step, key, definition })).collect()
}
