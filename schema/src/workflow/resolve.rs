//! Tree to workflow.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::source::Spanned;
use crate::syntax::{Document, Keys, Node, NodeRef, ScalarType, Tree};
use crate::workflow::gathered::Gathered;
use crate::workflow::{Base, Container, DagType, Defaults, Names, Param, Step, Workflow, env, graph, harness, inherit, policy, step};

/// The workflow of one document, with what it inherits; `None` when its root is no mapping.
pub fn document(tree: &Tree, document: &Document, from: Option<Arc<Base>>) -> Option<Workflow> {
    let base = from.as_deref().and_then(Base::root);
    let own = document.root.as_ref()?;
    own.entries()?;
    let root = &base.map_or_else(|| own.clone(), |base| inherit::root(own, base));
    let container = root.entry("container").and_then(Container::read(tree));
    let harnesses = harness::definitions(root);
    let harness_defaults = root.get_some("harness").cloned();
    let defaults = Defaults::read(tree, root);
    let context = step::Surroundings { tree, root, container: container.as_ref(), harnesses: &harnesses, defaults: defaults.as_ref() };
    let (steps, groups) = root.get("steps").map(|steps| step::list(&context, steps)).unwrap_or_default();
    let handlers = step::handlers(&context, root);
    let kind = match root.get("type").and_then(|node| node.string()).map(str::trim) {
        Some("chain") => DagType::Chain,
        Some("agent" | "controller") => DagType::Agent,
        Some("build") => DagType::Build,
        _ => DagType::Graph,
    };
    let names = Names::of(&steps);
    let edges = graph::edges(kind, &steps, &names, &groups);
    let workflow = Workflow {
        node: root.clone(),
        base: from.clone(),
        name: spanned_text(root, "name"),
        kind,
        working_dir: spanned_text(root, "working_dir"),
        shell: shell(own, base),
        env: root.get("env").map(|node| env::entries(tree, node)).unwrap_or_default(),
        params: params(tree, own, base),
        given_credentials: HashSet::new(),
        secrets: root.get("secrets").map(|node| env::secrets(node)).unwrap_or_default(),
        consts: root.get("consts").map(|node| env::consts(node)).unwrap_or_default(),
        dotenv: match root.get_some("dotenv") {
            // The default file is read before those that are named; the DAG's own empty list means none.
            Some(node) if node.items().is_some_and(<[_]>::is_empty) => Vec::new(),
            Some(node) => std::iter::once(".env".to_owned())
                .chain(texts(node).into_iter().filter(|file| !file.is_empty() && file != ".env"))
                .collect(),
            None => vec![".env".to_owned()],
        },
        harness_defaults,
        providers: Arc::default(),
        defaults,
        timeout_sec: integer(root.get("timeout_sec")).filter(|&seconds| seconds > 0),
        max_active_steps: integer(root.get("max_active_steps")).filter(|&steps| steps > 0).and_then(|steps| usize::try_from(steps).ok()),
        max_clean_up_time_sec: integer(root.get("max_clean_up_time_sec")).unwrap_or(5),
        max_output_size: integer(root.get("max_output_size")).unwrap_or(1 << 20),
        preconditions: root.get("preconditions").map(|node| policy::conditions(node)).unwrap_or_default(),
        container,
        harnesses,
        steps,
        handlers,
        edges,
        names,
        step_keys: Keys::default(),
        known: OnceLock::new(),
        mentions: Gathered::default(),
        files: Gathered::default(),
        signature: OnceLock::new(),
    };
    Some(workflow.indexed())
}

/// Puts the step of another item into a workflow whose items each are a step: `number` is that of both. `own` is the root
/// of the document with that item. False, with nothing changed, where that bears on other steps: one of them may get
/// another name.
pub(crate) fn replace_step(tree: &Tree, workflow: &mut Workflow, own: &NodeRef, number: usize) -> bool {
    let root = match workflow.base.as_deref().and_then(Base::root) {
        Some(base) => inherit::root(own, base),
        None => own.clone(),
    };
    let Some(item) =
        root.get("steps").and_then(|steps| steps.items()?.get(number)).filter(|item| !item.is_null() && item.items().is_none())
    else {
        return false;
    };
    let context = step::Surroundings {
        tree,
        root: &root,
        container: workflow.container.as_ref(),
        harnesses: &workflow.harnesses,
        defaults: workflow.defaults.as_ref(),
    };
    let Some(old) = workflow.steps.get(number) else { return false };
    let Some(step) = step::replaced(&context, item, old) else { return false };
    let is_called_the_same = step.name == old.name && step.id.as_ref().map(|id| &id.value) == old.id.as_ref().map(|id| &id.value);
    if !is_called_the_same && workflow.steps.iter().any(Step::has_given_name) {
        return false;
    }
    workflow.step_keys.add(&step.node);
    step.every().for_each(|step| workflow.step_keys.add(&step.node));
    if let Some(place) = workflow.steps.get_mut(number) {
        *place = step;
    }
    workflow.node = root;
    workflow.regather(number);
    if is_called_the_same {
        graph::replace_edges(workflow.kind, &workflow.steps, &workflow.names, &mut workflow.edges, number);
    } else {
        let groups: Vec<usize> = (0..workflow.steps.len()).collect();
        workflow.names = Names::of(&workflow.steps);
        workflow.edges = graph::edges(workflow.kind, &workflow.steps, &workflow.names, &groups);
    }
    true
}

/// The same workflow with the steps and handlers of another root.
pub(super) fn with_steps_of(tree: &Tree, workflow: &Workflow, root: &NodeRef) -> Workflow {
    let (container, defaults) = (workflow.container.as_ref(), workflow.defaults.as_ref());
    let context = step::Surroundings { tree, root, container, harnesses: &workflow.harnesses, defaults };
    let (steps, groups) = root.get("steps").map(|steps| step::list(&context, steps)).unwrap_or_default();
    let names = Names::of(&steps);
    Workflow {
        node: root.clone(),
        edges: graph::edges(workflow.kind, &steps, &names, &groups),
        names,
        handlers: step::handlers(&context, root),
        steps,
        mentions: Gathered::default(),
        files: Gathered::default(),
        ..workflow.clone()
    }
    .indexed()
}

/// The document's parameters, then those of the base that it does not declare.
fn params(tree: &Tree, own: &Node, base: Option<&Node>) -> Vec<Param> {
    let read = |root: &Node| root.get("params").map(|node| env::params(tree, node)).unwrap_or_default();
    let mut params = read(own);
    let inherited = base.map(read).unwrap_or_default();
    let given: HashSet<String> = params.iter().map(|param| param.name.value.clone()).collect();
    params.extend(inherited.into_iter().filter(|param| !given.contains(&param.name.value)));
    params
}

/// The words of the shell: the document's, with the arguments of the base's before its own.
fn shell(own: &Node, base: Option<&Node>) -> Option<Vec<String>> {
    let words = |root: &Node| step::shell_words(root.get("shell"), root.get("shell_args"));
    let inherited = base.and_then(words).filter(|words| !words.is_empty());
    match (words(own), inherited) {
        (Some(mut own), Some(inherited)) => {
            own.splice(1..1, inherited.into_iter().skip(1));
            Some(own)
        }
        (None, Some(mut inherited)) => {
            inherited.extend(own.get("shell_args").map(|args| texts(args)).unwrap_or_default());
            Some(inherited)
        }
        (own, None) => own,
    }
}

/// A field's text and place, when it is a scalar that is not null.
pub(super) fn spanned_text(node: &Node, field: &str) -> Option<Spanned<String>> {
    let value = node.get_some(field)?;
    Some(Spanned::new(text(value)?, value.span))
}

/// A scalar's text as the engine's weak decoding gives it: numbers and booleans in Go's own
/// spelling. `None` for null, lists and mappings.
pub(super) fn text(node: &Node) -> Option<String> {
    match node.scalar_type()? {
        ScalarType::Null => None,
        ScalarType::Bool(value) => Some(value.to_string()),
        ScalarType::Int(value) => Some(value.to_string()),
        ScalarType::Float(value) => Some(value.to_string()),
        ScalarType::String => node.text().map(str::to_owned),
    }
}

/// A list's texts; a scalar counts as a list of one.
pub(super) fn texts(node: &Node) -> Vec<String> {
    match node.items() {
        Some(items) => items.iter().filter_map(|item| text(item)).collect(),
        None => text(node).into_iter().collect(),
    }
}

/// A list's texts, each with its scalar; a scalar counts as a list of one.
pub(super) fn text_nodes(node: &NodeRef) -> Vec<(String, NodeRef)> {
    match node.items() {
        Some(items) => items.iter().filter_map(|item| Some((text(item)?, item.clone()))).collect(),
        None => text(node).map(|text| (text, node.clone())).into_iter().collect(),
    }
}

/// A number that is at least 0; a fraction is cut off as the engine does.
pub(super) fn integer(node: Option<&NodeRef>) -> Option<u64> {
    match node?.scalar_type()? {
        ScalarType::Int(value) => u64::try_from(value).ok(),
        ScalarType::Float(value) if value >= 0.0 => Some(value as u64),
        _ => None,
    }
}

/// A boolean; in weakly decoded places also the words Go's `ParseBool` knows.
pub(super) fn boolean(node: &Node) -> Option<bool> {
    match node.scalar_type()? {
        ScalarType::Bool(value) => Some(value),
        _ => match node.text()? {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
            _ => None,
        },
    }
}

/// A mapping's entries as a map of texts.
pub(super) fn text_map(node: &Node) -> IndexMap<String, String> {
    node.entries().unwrap_or_default().iter().filter_map(|entry| Some((entry.name().to_owned(), text(&entry.value)?))).collect()
}
