//! Where a document has steps: at the top, in nested lists, as handlers, in `foreach`.

use std::collections::HashSet;

use crate::syntax::{Entry, Kind, Node};

/// A step and what is known of its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'t> {
    /// The step, or the text in its place; never an alias.
    pub(super) node: &'t Node,
    /// Whether the text also stands for something elsewhere: an alias or a merge key leads here.
    pub(super) shared: bool,
    /// Whether a text can stand for a step here.
    pub(super) takes_text: bool,
    /// Whether the list around it is in brackets.
    pub(super) in_flow: bool,
}

/// The names that follow a `*` in a text. Some may be no aliases; none that is one is missing.
pub(super) fn alias_names(text: &str) -> HashSet<&str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
    text.match_indices('*').filter_map(|(at, _)| text[at + 1..].split(ends).next()).filter(|name| !name.is_empty()).collect()
}

/// Whether an alias or a merge key may lead to this node.
pub(super) fn is_aliased(node: &Node, aliases: &HashSet<&str>) -> bool {
    node.anchor().is_some_and(|(name, _)| aliases.contains(name.as_str()))
}

/// Every step of a document, in no particular order.
pub(super) fn sites<'t>(root: &'t Node, aliases: &HashSet<&str>) -> Vec<Site<'t>> {
    let mut walk = Walk { aliases, seen: HashSet::new(), lists: Vec::new(), found: Vec::new() };
    if let Some(entry) = root.entry("steps") {
        walk.lists.push(List { node: &entry.value, shared: entry.merged, takes_text: true });
    }
    if let Some(entry) = root.entry("handler_on")
        && let Some((node, shared)) = walk.enter(&entry.value, entry.merged)
    {
        walk.mapping(node, shared);
    }
    while let Some(list) = walk.lists.pop() {
        walk.list(list);
    }
    walk.found
}

#[derive(Clone, Copy)]
struct List<'t> {
    node: &'t Node,
    shared: bool,
    takes_text: bool,
}

struct Walk<'t, 'a> {
    aliases: &'a HashSet<&'a str>,
    /// Nodes that an alias led to: once is enough.
    seen: HashSet<*const Node>,
    lists: Vec<List<'t>>,
    found: Vec<Site<'t>>,
}

impl<'t> Walk<'t, '_> {
    /// The node itself, and whether it is shared; `None` for an alias whose target was seen.
    fn enter(&mut self, node: &'t Node, shared: bool) -> Option<(&'t Node, bool)> {
        let target = node.target();
        let by_alias = matches!(node.kind, Kind::Alias(_));
        if by_alias && !self.seen.insert(target) {
            return None;
        }
        Some((target, shared || by_alias || is_aliased(target, self.aliases)))
    }

    fn list(&mut self, list: List<'t>) {
        let Some((node, shared)) = self.enter(list.node, list.shared) else { return };
        if list.takes_text && node.entries().is_some() {
            return self.mapping(node, shared); // names as keys, which `start` accepts
        }
        for item in node.items().unwrap_or_default() {
            match item.items() {
                Some(_) if list.takes_text => self.lists.push(List { node: item, shared, takes_text: true }),
                _ => self.step(item, shared, list.takes_text, node.flow),
            }
        }
    }

    fn mapping(&mut self, node: &'t Node, shared: bool) {
        for Entry { value, merged, .. } in node.entries().unwrap_or_default() {
            self.step(value, shared || *merged, false, node.flow);
        }
    }

    fn step(&mut self, node: &'t Node, shared: bool, takes_text: bool, in_flow: bool) {
        let Some((node, shared)) = self.enter(node, shared) else { return };
        self.found.push(Site { node, shared, takes_text, in_flow });
        if let Some(foreach) = node.entry("foreach")
            && let Some((body, inner)) = self.enter(&foreach.value, shared || foreach.merged)
            && let Some(steps) = body.entry("steps")
        {
            self.lists.push(List { node: &steps.value, shared: inner || steps.merged, takes_text: false });
        }
    }
}
