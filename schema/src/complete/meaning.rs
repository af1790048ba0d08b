//! What a text stands for, where the model only knows that it is one.

use crate::model::Object;

/// What a value names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A step that has to end before, by id or name.
    Dependency,
    /// A step that a router leads to, by name.
    Target,
    /// A step that work goes back to.
    Rewind,
    /// An agent.
    Provider,
    /// A container image.
    Image,
    /// A mount, whose part before the `:` is a path of the host.
    Mount,
    /// A file of variables.
    Dotenv,
    /// A file with a JSON Schema.
    Schema,
    /// A file or folder.
    Path,
    /// Another DAG.
    Dag,
    /// Where a secret is kept.
    SecretProvider,
    /// The name of a secret where it is kept.
    SecretKey,
    /// `NAME=value`, or a mapping of it.
    Assignment,
}

/// What the value of a key, or each item of it, names. `owner` is the mapping that holds the key.
pub fn of(owner: &Object, key: &str) -> Option<Meaning> {
    Some(match (owner.name, key) {
        ("step", "depends") => Meaning::Dependency,
        ("step", "call") | ("with of dag.run" | "with of dag.enqueue", "dag") => Meaning::Dag,
        ("step" | "DAG" | "defaults" | "container", "env") => Meaning::Assignment,
        ("step" | "DAG", "working_dir") | ("step", "dependencies") => Meaning::Path,
        ("routes", _) => Meaning::Target,
        ("approval", "rewind_to") => Meaning::Rewind,
        ("harness" | "fallback" | "with of harness.run", "provider") => Meaning::Provider,
        ("container" | "with of docker.run", "image") => Meaning::Image,
        ("container" | "with of docker.run", "volumes") => Meaning::Mount,
        ("DAG", "dotenv") => Meaning::Dotenv,
        ("parameter schema", "schema") => Meaning::Schema,
        ("secret", "provider") => Meaning::SecretProvider,
        ("secret", "key") => Meaning::SecretKey,
        _ => return None,
    })
}
