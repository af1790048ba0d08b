//! The input of `docker.run`. What stands under `container`, `host` and `exec` is Docker's own, whose
//! keys are read in any letter case.

use crate::source::Span;
use crate::syntax::{Entry, Node};

/// An entry of `container.Env` or `exec.Env`.
#[derive(Clone, Copy, Debug)]
pub struct Variable<'a> {
    /// The name.
    pub name: &'a str,
    /// The value as written.
    pub value: &'a str,
    /// The item.
    pub span: Span,
}

/// A setting of Docker's, in any letter case.
pub fn setting<'a>(with: &'a Node, group: &str, name: &str) -> Option<&'a Entry> {
    let entries = with.get_some(group)?.entries()?;
    entries.iter().find(|entry| entry.name().eq_ignore_ascii_case(name) && !entry.value.is_null())
}

/// Whether the command is executed in a container that is there already.
pub fn is_attached(with: &Node) -> bool {
    let given = |key: &str| with.get_some(key).and_then(|value| value.text()).is_some_and(|text| !text.is_empty());
    !given("image") && given("container_name")
}

/// The variables that the command sees, in order: those of the container, and of what is executed in
/// one that is there. Items without `=` set nothing; a mapping is refused.
pub fn env(with: &Node) -> Vec<Variable<'_>> {
    let groups: &[&str] = if is_attached(with) { &["container", "exec"] } else { &["container"] };
    let items = groups.iter().filter_map(|group| setting(with, group, "Env")?.value.items()).flatten();
    let variables = items.filter_map(|item| {
        let (name, value) = item.text()?.split_once('=')?;
        Some(Variable { name, value, span: item.span })
    });
    variables.collect()
}
