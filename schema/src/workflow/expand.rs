//! Steps that call a custom action, expanded as the engine does when it loads a DAG: the template,
//! filled with the input, becomes a step like any other, and what the call says itself goes over it.
//!
//! What cannot be told stays a node of which nothing can be said ([`Node::is_unresolved`]); a text
//! among them has the tag [`TEXT`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::custom_action::{self, Call, Definition, Definitions};
use super::{Workflow, resolve, template_text};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, NodeRef, Properties, Scalar, Style, Tree};

/// The tag of a node that is a text, but nobody knows which.
pub const TEXT: &str = "!!str";

/// Nodes of templates that are filled for any document, and bytes of text that allow one more. Beyond
/// that calls stay as they are: many calls of long templates would cost far more than the text is long.
const NODES_ANYWAY: usize = 50_000;
const BYTES_A_NODE: usize = 4;

/// Nesting above which nothing is expanded.
const DEEPEST: usize = 64;

/// A document whose calls are expanded.
#[derive(Debug)]
pub struct Expansion {
    /// The document with the expanded steps in place of those that call a custom action. Calls of
    /// `step_types` stay.
    pub workflow: Workflow,
    /// Every step that calls a definition: as it is written, and as it stands in a template that is
    /// filled.
    pub calls: Vec<NodeRef>,
    /// The steps that the calls became, those of `step_types` too.
    pub steps: Vec<NodeRef>,
    /// The templates of definitions that no call was expanded of, with nothing known of their input.
    pub uncalled: Vec<NodeRef>,
    /// The templates that the engine does not take, called or not.
    pub refused: Vec<NodeRef>,
    /// What the input decides.
    pub computed: Vec<Computed>,
    /// The definitions that steps call, each with the place of the first call.
    pub called: Vec<Called>,
}

/// A value of a step that an input decides.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The value in the expanded step. Where the input is all of it, its place is that of the input.
    pub node: NodeRef,
    /// Its place in the template.
    pub template: Span,
}

/// A definition that a step calls.
#[derive(Clone, Copy, Debug)]
pub struct Called {
    /// The definition.
    pub definition: Span,
    /// The first call.
    pub call: Span,
}

impl Expansion {
    /// The expanded workflow; `None` when it defines no actions.
    pub fn of(tree: &Tree, workflow: &Workflow) -> Option<Self> {
        let definitions = Definitions::of(&workflow.node);
        if definitions.is_empty() {
            return None;
        }
        let mut expander = Expander {
            definitions: &definitions,
            left: NODES_ANYWAY + tree.text.len() / BYTES_A_NODE,
            calls: Vec::new(),
            steps: Vec::new(),
            computed: Vec::new(),
            called: HashSet::new(),
            expanded: HashSet::new(),
            order: Vec::new(),
        };
        let root = expander.root(&workflow.node);
        let expanded = expander.expanded.clone();
        let mut with_nothing = |definition| expander.filled(definition, &Input::UNKNOWN);
        let (taken, refused): (Vec<_>, Vec<_>) = definitions.iter().partition(is_taken);
        let uncalled =
            taken.into_iter().filter(|definition| !expanded.contains(&key_of(definition))).filter_map(&mut with_nothing).collect();
        let refused = refused.into_iter().filter_map(with_nothing).collect();
        let Expander { calls, steps, computed, order, .. } = expander;
        let workflow = match root {
            Some(root) => resolve::with_steps_of(tree, workflow, &root),
            None => workflow.clone(),
        };
        Some(Self { workflow, calls, steps, uncalled, refused, computed, called: order })
    }
}

impl Expansion {
    /// Findings in expanded steps as they are shown: a fault of a template once, with the first
    /// call; none that repeats what is said of a call's input; fixes only where the fault is.
    pub(crate) fn place(&self, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let mut definitions = self.called.clone();
        definitions.sort_by_key(|called| called.definition.start);
        let definition = |span: Span| {
            let before = definitions.partition_point(|called| called.definition.start <= span.start);
            before.checked_sub(1).and_then(|at| definitions.get(at)).filter(|called| span.end <= called.definition.end)
        };
        let inputs: HashMap<Span, Span> = self.computed.iter().map(|computed| (computed.node.span, computed.template)).collect();
        let refused_inputs: HashSet<Span> = found.iter().filter(|found| found.rule == CALL_INVALID).map(|found| found.span).collect();
        let mut said = HashSet::new();
        let mut placed = Vec::new();
        for mut found in found {
            if found.rule.starts_with("custom-action") {
                placed.push(found);
                continue;
            }
            if refused_inputs.contains(&found.span) {
                continue;
            }
            let home = definition(found.span).map(|called| called.definition);
            found.fixes.retain(|fix| {
                fix.edits
                    .iter()
                    .all(|edit| !inputs.contains_key(&edit.span) && definition(edit.span).map(|called| called.definition) == home)
            });
            if let Some(called) = definition(found.span) {
                if !said.insert((found.rule, found.span, found.message.clone())) {
                    continue;
                }
                found = found.related(called.call, "a step calls the action here");
            } else if let Some(&template) = inputs.get(&found.span).filter(|template| **template != found.span) {
                found = found.related(template, "the action's template uses it here");
            }
            placed.push(found);
        }
        placed
    }
}

/// The rule about what a call gives.
const CALL_INVALID: &str = "custom-action-call-invalid";

/// What a call gives, with the schema whose defaults add to it.
#[derive(Clone, Copy)]
struct Input<'a> {
    with: Option<&'a NodeRef>,
    schema: Option<&'a NodeRef>,
    is_known: bool,
}

impl Input<'_> {
    const UNKNOWN: Self = Self { with: None, schema: None, is_known: false };
}

/// A value of the input.
struct Given {
    node: NodeRef,
    is_default: bool,
}

impl Input<'_> {
    /// The value at a path; `None` where it is not known or missing.
    fn at(&self, path: &[&str]) -> Option<Given> {
        let mut value = self.with.cloned();
        let mut schema = self.schema;
        let mut is_default = false;
        for name in path {
            schema = schema.and_then(|schema| schema.get_some("properties")).and_then(|properties| properties.get_some(name));
            let child = match value.as_ref().map(|value| &value.target().kind) {
                Some(Kind::Mapping(_)) => value.as_ref().and_then(|value| value.get(name)).cloned(),
                Some(Kind::Sequence(items)) => Some(items.get(name.parse::<usize>().ok()?)?.clone()),
                Some(_) => return None,
                None => None,
            };
            if child.is_none() {
                is_default = true;
            }
            value = child.or_else(|| schema?.get("default").cloned());
        }
        let node = value.filter(|_| self.is_known)?;
        let has_defaults = node.entries().is_some() && schema.is_some_and(|schema| schema.get("properties").is_some());
        (!has_defaults).then_some(Given { node, is_default })
    }
}

struct Expander<'a> {
    definitions: &'a Definitions<'a>,
    left: usize,
    calls: Vec<NodeRef>,
    steps: Vec<NodeRef>,
    computed: Vec<Computed>,
    called: HashSet<*const Entry>,
    /// Those of them of which a call could be expanded.
    expanded: HashSet<*const Entry>,
    order: Vec<Called>,
}

impl<'a> Expander<'a> {
    /// The root with its calls expanded; `None` when it has none.
    fn root(&mut self, root: &NodeRef) -> Option<NodeRef> {
        changed(root, |entry| match entry.name() {
            "steps" => self.list(&entry.value, 0),
            "handler_on" => changed(&entry.value, |handler| self.step(&handler.value, 0)),
            _ => None,
        })
    }

    fn list(&mut self, list: &NodeRef, depth: usize) -> Option<NodeRef> {
        let items = list.items().filter(|_| depth < DEEPEST)?;
        let steps: Vec<Option<NodeRef>> =
            items.iter().map(|item| if item.items().is_some() { self.list(item, depth + 1) } else { self.step(item, depth) }).collect();
        replaced(list, items, steps)
    }

    fn step(&mut self, step: &NodeRef, depth: usize) -> Option<NodeRef> {
        if self.definitions.call(step).is_some() {
            return self.expanded(step);
        }
        changed(step, |entry| match entry.name() {
            "foreach" => changed(&entry.value, |entry| if entry.name() == "steps" { self.list(&entry.value, depth + 1) } else { None }),
            _ => None,
        })
    }

    /// The step that a call becomes in the end: a template may call another action.
    fn expanded(&mut self, written: &NodeRef) -> Option<NodeRef> {
        let mut step = written.clone();
        let mut path: HashSet<*const Entry> = HashSet::new();
        loop {
            self.left = self.left.checked_sub(1)?;
            let definitions = self.definitions;
            let Some(call) = definitions.call(&step) else {
                self.steps.push(step.clone());
                return Some(step);
            };
            let definition = call.definition;
            self.calls.push(step.clone());
            let key = key_of(&definition);
            if self.called.insert(key) {
                let (start, end) = (definition.entry.key.span.start, definition.entry.value.span.end);
                self.order.push(Called { definition: Span::new(start, end), call: call.key.value_span() });
            }
            let is_input = call.with().is_none_or(|with| with.value.entries().is_some() || with.value.is_unresolved());
            let has_other =
                ["run"].iter().chain(&custom_action::OLDER_KEYS).any(|key| *key != call.key.name() && step.entry(key).is_some());
            if !path.insert(key) || !is_taken(&definition) || !is_input || (has_other && !definition.is_step_type) {
                return None;
            }
            let input = Input {
                with: call.with().map(|with| &with.value),
                schema: definition.entry.value.get_some("input_schema"),
                is_known: true,
            };
            let filled = self.filled(definition, &input)?;
            self.expanded.insert(key);
            let merged = over(&filled, &call);
            if definition.is_step_type {
                self.steps.push(merged);
                return None;
            }
            step = merged;
        }
    }

    /// The template of a definition as a step.
    fn filled(&mut self, definition: Definition<'_>, input: &Input<'_>) -> Option<NodeRef> {
        let template = definition.template()?;
        let entries = template.value.entries().filter(|entries| inserted(entries).is_none())?;
        let mut filled: Vec<Entry> = Vec::with_capacity(entries.len() + 1);
        for entry in entries {
            let value = self.fill(&entry.value, input, 0).unwrap_or_else(|| entry.value.clone());
            // The engine reads variables as a list before it fills them.
            let is_mapping = entry.name() == "env" && entry.value.entries().is_some();
            let value = if is_mapping { Arc::new(Node::composed(&entry.value, Kind::Sequence(vec![value]))) } else { value };
            filled.push(Entry { value, ..entry.clone() });
        }
        if definition.is_step_type
            && let Some(kind) = definition.entry.value.entry("type")
        {
            filled.push(kind.clone());
        }
        (self.left > 0).then(|| Arc::new(Node::composed(&template.value, Kind::Mapping(filled))))
    }

    /// A node of a template, filled; `None` where nothing is to be filled in.
    fn fill(&mut self, node: &NodeRef, input: &Input<'_>, depth: usize) -> Option<NodeRef> {
        self.left = self.left.saturating_sub(1);
        if depth > DEEPEST || self.left == 0 {
            return None;
        }
        match &node.target().kind {
            Kind::Mapping(entries) => {
                if let Some(path) = inserted(entries) {
                    let path: Vec<&str> = path.trim().split('.').collect();
                    let given = input.at(&path);
                    return Some(self.computed(node, given.map(|given| given.node), None));
                }
                changed(node, |entry| self.fill(&entry.value, input, depth + 1))
            }
            Kind::Sequence(items) => {
                let filled = items.iter().map(|item| self.fill(item, input, depth + 1)).collect();
                replaced(node, items, filled)
            }
            Kind::Scalar(scalar) if node.string().is_some() && scalar.text.contains("{{") => {
                let print = |path: &[&str]| input.at(path).and_then(|given| template_text::printed(&given.node, given.is_default));
                let filled = template_text::fill(&scalar.text, print).map(|filled| {
                    let whole = filled.whole.and_then(|path| input.at(&path.iter().map(String::as_str).collect::<Vec<_>>()));
                    let origin = whole.map_or_else(|| node.clone(), |given| given.node);
                    Arc::new(Node::composed(&origin, Kind::Scalar(Scalar { text: filled.text, style: Style::Computed })))
                });
                Some(self.computed(node, filled, Some(TEXT)))
            }
            Kind::Scalar(_) | Kind::Alias(_) => None,
        }
    }

    fn computed(&mut self, template: &Node, node: Option<NodeRef>, tag: Option<&str>) -> NodeRef {
        let node = node.unwrap_or_else(|| {
            let mut unknown = Node::composed(template, Kind::Alias(None));
            unknown.properties = tag.map(|tag| Box::new(Properties { tag: Some(tag.to_owned()), ..Properties::default() }));
            Arc::new(unknown)
        });
        self.computed.push(Computed { node: node.clone(), template: template.span });
        node
    }
}

/// Whether all of a value is known, down to its last scalar.
pub fn is_known(node: &Node) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.target().kind {
            Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &*entry.value)),
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Scalar(_) => {}
            Kind::Alias(_) => return false,
        }
    }
    true
}

fn key_of(definition: &Definition<'_>) -> *const Entry {
    std::ptr::from_ref(definition.entry)
}

/// The path in `{$input: path}`, which stands for a value of the input.
fn inserted(entries: &[Entry]) -> Option<&str> {
    match entries {
        [only] if only.name() == "$input" => only.value.string(),
        _ => None,
    }
}

/// Whether the engine takes the template at all; a rule says so of another.
fn is_taken(definition: &Definition<'_>) -> bool {
    let Some(template) = definition.template().filter(|template| template.value.entries().is_some()) else { return false };
    let has = |key: &str| template.value.entry(key).is_some();
    if definition.is_step_type {
        return !has("type");
    }
    (has("run") != has("action")) && !custom_action::OLDER_KEYS.iter().any(|key| has(key))
}

/// A filled template with what its call says itself: variables and conditions of both, else the
/// call's in place of the template's.
fn over(filled: &NodeRef, call: &Call<'_>) -> NodeRef {
    let is_input = |name: &str| name == call.key.name() || call.with().is_some_and(|with| with.name() == name) || name == "with";
    let own: Vec<&Entry> = call.step.entries().unwrap_or_default().iter().filter(|entry| !is_input(entry.name())).collect();
    let names: HashSet<&str> = own.iter().map(|entry| entry.name()).collect();
    let mut entries: Vec<Entry> = Vec::new();
    for entry in filled.entries().unwrap_or_default() {
        if !names.contains(entry.name()) {
            entries.push(entry.clone());
        }
    }
    for entry in own {
        let below = filled.entry(entry.name());
        entries.push(match below.filter(|_| matches!(entry.name(), "env" | "preconditions")) {
            // The engine reads variables before it joins them, and says so of a text.
            Some(below) if entry.name() == "env" && is_text(&below.value) => below.clone(),
            Some(below) => Entry { value: joined(&below.value, &entry.value), ..entry.clone() },
            None => entry.clone(),
        });
    }
    Arc::new(Node::composed(filled, Kind::Mapping(entries)))
}

fn is_text(node: &Node) -> bool {
    (node.scalar().is_some() && !node.is_null()) || node.tag() == Some(TEXT)
}

/// The items of both; what is no list counts as its only item, and null as none.
fn joined(first: &NodeRef, second: &NodeRef) -> NodeRef {
    let items = |node: &NodeRef| match node.items() {
        Some(items) => items.to_vec(),
        None if node.is_null() => Vec::new(),
        None => vec![node.clone()],
    };
    let all = items(first).into_iter().chain(items(second)).collect();
    Arc::new(Node::composed(second, Kind::Sequence(all)))
}

/// A mapping with some values replaced; `None` when none is.
fn changed(mapping: &NodeRef, mut value: impl FnMut(&Entry) -> Option<NodeRef>) -> Option<NodeRef> {
    let entries = mapping.entries()?;
    let values: Vec<Option<NodeRef>> = entries.iter().map(&mut value).collect();
    if values.iter().all(Option::is_none) {
        return None;
    }
    let entries = entries.iter().zip(values).map(|(entry, value)| match value {
        Some(value) => Entry { value, ..entry.clone() },
        None => entry.clone(),
    });
    Some(Arc::new(Node::composed(mapping, Kind::Mapping(entries.collect()))))
}

fn replaced(list: &NodeRef, items: &[NodeRef], new: Vec<Option<NodeRef>>) -> Option<NodeRef> {
    if new.iter().all(Option::is_none) {
        return None;
    }
    let items = items.iter().zip(new).map(|(item, new)| new.unwrap_or_else(|| item.clone()));
    Some(Arc::new(Node::composed(list, Kind::Sequence(items.collect()))))
}
