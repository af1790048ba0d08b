//! What a document inherits from the base configuration, field by field as the engine merges them:
//! it builds both on their own, then lays what the document says over what the base says. A value
//! that says nothing (null, `""`, `0`, `false`, nothing in brackets) gives way to that of the base.

use std::collections::HashSet;
use std::sync::Arc;

use crate::syntax::{Entry, Kind, Node, NodeRef, Scalar, ScalarType, Style};
use crate::workflow::container::IMAGE_FIELDS;

/// How a field of the document goes together with that of the base.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merge {
    /// The base's is never used.
    Own,
    /// The document's replaces the base's.
    Whole,
    /// The document's replaces the base's wherever it has the key, whatever its value.
    Key,
    /// The items of the base, then those of the document.
    List,
    /// Each key on its own, and so on inwards.
    Deep,
    /// Each key on its own; what the document has for it replaces all that the base has.
    Each,
    /// The same, and null takes away what the base gives.
    Named,
    /// Each key on its own, as it stands.
    Options,
    Container,
    Consts,
    Defaults,
}

fn merge_of(field: &str) -> Merge {
    match field {
        // A DAG whose steps work on artifacts has them enabled, whatever the base says.
        "name" | "steps" | "artifacts" => Merge::Own,
        "type" => Merge::Key,
        "env" | "dotenv" | "labels" | "tags" => Merge::List,
        "container" => Merge::Container,
        "consts" => Merge::Consts,
        "defaults" => Merge::Defaults,
        "harness" => Merge::Options,
        "handler_on" | "registry_auths" => Merge::Each,
        "harnesses" | "actions" | "step_types" => Merge::Named,
        "kubernetes" | "ssh" | "s3" | "redis" | "llm" | "resources" | "run_config" | "worker_selector" | "otel" => Merge::Deep,
        _ => Merge::Whole,
    }
}

/// The root of a document with what it inherits from the root of the base. What is inherited
/// stands behind the document's own, as if a merge key had brought it in.
pub(super) fn root(own: &NodeRef, base: &Node) -> NodeRef {
    let own_entries = own.entries().unwrap_or_default();
    let base_entries: Vec<&Entry> = base.entries().unwrap_or_default().iter().filter(|entry| !says_nothing(&entry.value)).collect();
    let from_base = |name: &str| base_entries.iter().copied().find(|entry| entry.name() == name);
    let mut entries: Vec<Entry> = Vec::with_capacity(own_entries.len() + base_entries.len());
    for entry in own_entries {
        // Labels under their older name are labels.
        let other = if entry.name() == "tags" { from_base("labels") } else { None };
        match from_base(entry.name()).or(other) {
            Some(inherited) => entries.extend(field(entry, inherited)),
            None => entries.push(entry.clone()),
        }
    }
    let given: HashSet<&str> = own_entries.iter().map(Entry::name).collect();
    let given_otherwise = |name: &str| match name {
        "labels" => given.contains("tags"),
        "tags" => given.contains("labels"),
        "hist_retention_days" => given.contains("hist_retention_runs"),
        "hist_retention_runs" => given.contains("hist_retention_days"),
        _ => false,
    };
    let inherited = base_entries.into_iter().filter(|entry| !given.contains(entry.name()) && !given_otherwise(entry.name()));
    entries.extend(inherited.filter(|entry| merge_of(entry.name()) != Merge::Own).map(inherit));
    mapping(own, entries)
}

/// A field that both have.
fn field(own: &Entry, base: &Entry) -> Option<Entry> {
    let merge = merge_of(own.name());
    if own.value.is_unresolved() || matches!(merge, Merge::Own | Merge::Key) {
        return Some(own.clone());
    }
    if says_nothing(&own.value) {
        return Some(inherit(base));
    }
    let value = match merge {
        Merge::List => listed(&own.value, &base.value),
        Merge::Deep => deep(&own.value, &base.value),
        Merge::Each => keys(&own.value, &base.value, |own, base| if own.value.is_null() { inherit(base) } else { own.clone() }),
        Merge::Named => named(&own.value, &base.value),
        Merge::Options => options(&own.value, &base.value),
        Merge::Container => container(&own.value, &base.value),
        Merge::Consts => consts(&own.value, &base.value),
        Merge::Defaults => defaults(&own.value, &base.value),
        Merge::Own | Merge::Key | Merge::Whole => own.value.clone(),
    };
    Some(Entry { value, ..own.clone() })
}

fn inherit(entry: &Entry) -> Entry {
    Entry { merged: true, ..entry.clone() }
}

fn mapping(origin: &Node, entries: Vec<Entry>) -> NodeRef {
    Arc::new(Node::composed(origin, Kind::Mapping(entries)))
}

/// Whether a value is one that the engine takes for not given.
fn says_nothing(node: &Node) -> bool {
    match node.scalar_type() {
        Some(ScalarType::Null | ScalarType::Bool(false) | ScalarType::Int(0)) => true,
        Some(ScalarType::String) => node.text().is_some_and(str::is_empty),
        Some(_) => false,
        None => node.items().is_some_and(<[_]>::is_empty) || node.entries().is_some_and(<[_]>::is_empty),
    }
}

/// The items of both, the base's first; what is no list counts as its only item.
fn listed(own: &NodeRef, base: &NodeRef) -> NodeRef {
    let items = |node: &NodeRef| node.items().map_or_else(|| vec![node.clone()], <[_]>::to_vec);
    let mut all = items(base);
    all.extend(items(own));
    Arc::new(Node::composed(own, Kind::Sequence(all)))
}

/// Two mappings key by key: `both` says what becomes of a key that both have. What is no mapping is
/// left as the document has it.
fn keys(own: &NodeRef, base: &NodeRef, both: impl Fn(&Entry, &Entry) -> Entry) -> NodeRef {
    let (Some(own_entries), Some(base_entries)) = (own.entries(), base.entries()) else { return own.clone() };
    let find = |name: &str| base_entries.iter().find(|entry| entry.name() == name);
    let own_names: HashSet<&str> = own_entries.iter().map(Entry::name).collect();
    let merged = own_entries.iter().map(|entry| find(entry.name()).map_or_else(|| entry.clone(), |base| both(entry, base)));
    let inherited = base_entries.iter().filter(|entry| !own_names.contains(entry.name())).map(inherit);
    mapping(own, merged.chain(inherited).collect())
}

fn deep(own: &NodeRef, base: &NodeRef) -> NodeRef {
    keys(own, base, |own, base| {
        if says_nothing(&own.value) {
            return inherit(base);
        }
        // One level further is as far as the engine's own objects go.
        let value = keys(&own.value, &base.value, |own, base| if says_nothing(&own.value) { inherit(base) } else { own.clone() });
        Entry { value, ..own.clone() }
    })
}

/// Definitions by name: a null stays, so that what it takes away is not there.
fn named(own: &NodeRef, base: &NodeRef) -> NodeRef {
    keys(own, base, |own, _| own.clone())
}

/// Root `harness`: the engine builds each on its own, and refuses one without a provider.
fn options(own: &NodeRef, base: &NodeRef) -> NodeRef {
    if own.get_some("provider").is_none() { own.clone() } else { named(own, base) }
}

/// Lists of which each item is a mapping: those of the base whose name the document does not give.
fn consts(own: &NodeRef, base: &NodeRef) -> NodeRef {
    let (Some(own_items), Some(base_items)) = (own.items(), base.items()) else { return own.clone() };
    let given: HashSet<&str> = own_items.iter().filter_map(|item| item.entries()).flatten().map(Entry::name).collect();
    let kept = base_items.iter().filter_map(|item| {
        let entries: Vec<Entry> = item.entries()?.iter().filter(|entry| !given.contains(entry.name())).cloned().collect();
        (!entries.is_empty()).then(|| mapping(item, entries))
    });
    Arc::new(Node::composed(own, Kind::Sequence(kept.chain(own_items.iter().cloned()).collect())))
}

/// `defaults`: variables and conditions of both, unless the document's are none in brackets.
fn defaults(own: &NodeRef, base: &NodeRef) -> NodeRef {
    keys(own, base, |own, base| {
        let is_joined = matches!(own.name(), "env" | "preconditions") && !says_nothing(&own.value);
        if is_joined { Entry { value: listed(&own.value, &base.value), ..own.clone() } } else { own.clone() }
    })
}

/// Root `container`. Both are built on their own first, so that the document's must say `image` or
/// `exec` itself; when one says `image` and the other `exec`, the engine uses the existing one.
fn container(own: &NodeRef, base: &NodeRef) -> NodeRef {
    let (own, base) = (with_exec_key(own), with_exec_key(base));
    let given = |node: &NodeRef, field: &str| node.get_some(field).is_some_and(|value| !says_nothing(value));
    if !given(&own, "image") && !given(&own, "exec") {
        return own;
    }
    let merged = keys(&own, &base, |own, base| {
        let is_list = matches!(own.name(), "env" | "volumes" | "ports" | "command" | "shell");
        // `always` is what the engine's type starts out with.
        let is_always = own.name() == "pull_policy" && matches!(own.value.text(), Some("always" | "true"));
        match () {
            () if says_nothing(&own.value) || is_always => inherit(base),
            () if is_list => Entry { value: listed(&own.value, &base.value), ..own.clone() },
            () => own.clone(),
        }
    });
    let (own_exec, base_exec) = (given(&own, "exec"), given(&base, "exec"));
    let is_of_image = |name: &str| name == "image" || IMAGE_FIELDS.contains(&name);
    let kept = |entry: &&Entry| match entry.name() {
        name if own_exec && is_of_image(name) => !entry.merged,
        name if base_exec && is_of_image(name) => false,
        "pull_policy" => given(&own, "pull_policy"),
        _ => true,
    };
    let entries = merged.entries().unwrap_or_default().iter().filter(kept).cloned().collect();
    mapping(&own, entries)
}

/// The name of an existing container as the mapping that it is short for.
fn with_exec_key(node: &NodeRef) -> NodeRef {
    if node.scalar().is_none() {
        return node.clone();
    }
    let key = Node::composed(node, Kind::Scalar(Scalar { text: "exec".to_owned(), style: Style::Plain }));
    mapping(node, vec![Entry::new(Arc::new(key), node.clone())])
}

/// Nesting above which a workspace's mapping replaces the other.
const DEEPEST: usize = 64;

/// The root of a workspace's base configuration over that of the machine's. The engine merges them
/// before it knows any field: mappings key by key, `env` one behind the other, the rest replaced.
pub(super) fn overlay(own: &NodeRef, global: &NodeRef) -> NodeRef {
    overlay_at(own, global, 0)
}

fn overlay_at(own: &NodeRef, global: &NodeRef, depth: usize) -> NodeRef {
    if depth > DEEPEST {
        return own.clone();
    }
    keys(own, global, |own, global| {
        let value = if own.name() == "env" { listed(&own.value, &global.value) } else { overlay_at(&own.value, &global.value, depth + 1) };
        Entry { value, ..own.clone() }
    })
}

/// The workspace that a document is labelled with: the only value of that label, when it can be a
/// workspace's name.
pub(crate) fn workspace(root: &Node) -> Option<&str> {
    let labels = root.get_some("labels").or_else(|| root.get_some("tags"))?;
    let mut found: Vec<&str> = Vec::new();
    let mut open = vec![labels];
    while let Some(node) = open.pop() {
        if let Some(entries) = node.entries() {
            found.extend(
                entries.iter().filter(|entry| entry.name().eq_ignore_ascii_case("workspace")).filter_map(|entry| entry.value.text()),
            );
        } else if let Some(text) = node.text() {
            let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter_map(|word| word.split_once('='));
            found.extend(words.filter(|(key, _)| key.eq_ignore_ascii_case("workspace")).map(|(_, value)| value));
        } else if std::ptr::eq(node, labels) {
            open.extend(node.items().unwrap_or_default());
        }
    }
    found.dedup();
    let [name] = found[..] else { return None };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_name && !["all", "default", "global"].contains(&name)).then_some(name)
}
