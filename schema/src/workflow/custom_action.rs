//! Actions that a document defines itself, and the steps that call them.

use indexmap::IndexMap;

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

/// Keys of the older step syntax, which say what a step runs.
pub const OLDER_KEYS: [&str; 14] = [
    "type",
    "command",
    "script",
    "shell",
    "shell_args",
    "shell_packages",
    "config",
    "call",
    "params",
    "exec",
    "messages",
    "llm",
    "routes",
    "value",
];

/// The definitions in the order in which they are written.
pub fn definitions(root: &Node) -> Vec<Definition<'_>> {
    let of = |field: &str, is_step_type: bool| {
        let entries = root.get_some(field).and_then(|field| field.entries()).unwrap_or_default();
        entries.iter().filter(|entry| entry.value.entries().is_some()).map(move |entry| Definition { entry, is_step_type })
    };
    of("actions", false).chain(of("step_types", true)).collect()
}

/// The definitions of a document, to be found by name.
#[derive(Clone, Debug)]
pub struct Definitions<'a>(IndexMap<(&'a str, bool), Definition<'a>>);

impl<'a> Definitions<'a> {
    /// Those of this root; of several with one name, the last.
    pub fn of(root: &'a Node) -> Self {
        Self(definitions(root).into_iter().map(|definition| ((definition.name(), definition.is_step_type), definition)).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Definition<'a>> + '_ {
        self.0.values().copied()
    }

    /// The call that a step is, if it is one.
    pub fn call<'s>(&self, step: &'s NodeRef) -> Option<Call<'s>>
    where
        'a: 's,
    {
        [("action", false), ("type", true)].into_iter().find_map(|(key, is_step_type)| {
            let key = step.entry(key)?;
            let definition = *self.0.get(&(key.value.string()?.trim(), is_step_type))?;
            Some(Call { step, key, definition })
        })
    }
}

impl<'a> Call<'a> {
    /// The input that the call gives.
    pub fn with(&self) -> Option<&'a Entry> {
        let with = self.step.entry("with").or_else(|| self.step.entry("config").filter(|_| self.definition.is_step_type));
        with.filter(|with| !with.value.is_null())
    }
}
