//! Steps that start another DAG, and what a DAG takes from who starts it.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::source::Spanned;
use crate::syntax::{Node, NodeRef, Tree};
use crate::workflow::credential::{Credentials, Held};
use crate::workflow::resolve::boolean;
use crate::workflow::{Action, Base, Step, Workflow, env};

/// A step that starts another DAG, which it names without a reference.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The step.
    pub step: &'a Step,
    /// The name of the other DAG, trimmed.
    pub target: Spanned<&'a str>,
    /// What is handed to it.
    pub params: Option<&'a NodeRef>,
    /// Whether it is started once for each item of a list.
    pub parallel: bool,
}

/// The steps of a document that start another DAG, handlers and `foreach` bodies included.
pub fn calls<'a>(tree: &Tree, workflow: &'a Workflow) -> Vec<Call<'a>> {
    workflow.every_step().filter_map(|step| call_of(tree, step)).collect()
}

/// The other DAG that a step starts, if it names it.
pub fn call_of<'a>(tree: &Tree, step: &'a Step) -> Option<Call<'a>> {
    // Most steps do something else, which shows without a look at the mapping.
    if matches!(step.action, Action::Run(_) | Action::Harness(_) | Action::DockerRun(_)) {
        return None;
    }
    let node = &step.node;
    let (target, params) = match node.get("action") {
        Some(action) if matches!(action.string()?.trim(), "dag.run" | "dag.enqueue") => {
            let with = node.get_some("with")?;
            (with.get_some("dag")?, with.get_some("params"))
        }
        Some(_) => return None,
        None => (node.get_some("call")?, node.get_some("params")),
    };
    let written = target.text()?;
    let name = written.trim();
    if name.is_empty() || name.contains(['$', '`']) {
        return None;
    }
    let start = written.len() - written.trim_start().len();
    let target = Spanned::new(name, tree.span_in(target, start..start + name.len()));
    Some(Call { step, target, params, parallel: node.get_some("parallel").is_some() })
}

/// What a call hands over.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The parameters that are given by name.
    pub names: Vec<Spanned<String>>,
    /// How many are given by position.
    pub positional: usize,
    /// Whether a reference may bring in more.
    pub open: bool,
}

impl Given {
    /// Reads the `params` of a call: a text, a list, or a mapping.
    pub fn read(tree: &Tree, params: &Node) -> Self {
        let mut given = Self::default();
        given.add(tree, params);
        given
    }

    fn add(&mut self, tree: &Tree, node: &Node) {
        if let Some(entries) = node.entries() {
            self.open |= entries.iter().any(|entry| entry.name().contains(['$', '`']));
            self.names.extend(entries.iter().map(|entry| Spanned::new(entry.name().to_owned(), entry.key.span)));
            return;
        }
        for item in node.items().unwrap_or_default() {
            // Lists in lists are no parameters.
            if item.items().is_none() {
                self.add(tree, item);
            }
        }
        let Some(written) = node.text() else { return };
        // JSON is read as such, and a reference may become several words.
        if written.trim_start().starts_with(['{', '[']) || written.contains(['$', '`']) {
            self.open = true;
        }
        if written.trim_start().starts_with(['{', '[']) {
            return;
        }
        let mut words = Vec::new();
        env::words(tree, node, written, &mut words);
        for word in words {
            if word.name.value.bytes().all(|byte| byte.is_ascii_digit()) {
                self.positional += 1;
            } else if !word.name.value.contains(['$', '`']) {
                self.names.push(word.name);
            }
        }
    }

    /// Whether nothing is handed over.
    pub fn is_nothing(&self) -> bool {
        self.names.is_empty() && self.positional == 0 && !self.open
    }
}

/// What a DAG takes from who starts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The names of its parameters, in order.
    pub names: IndexSet<String>,
    /// Those of them that it cannot do without.
    pub required: Vec<String>,
    /// Whether it takes others as well.
    pub open: bool,
    /// Whether it takes no more values by position than it has parameters.
    pub counted: bool,
}

impl Signature {
    /// What a DAG takes whose root, with what it inherits, is this: the parameters of the base
    /// configuration count when the DAG declares none.
    pub(super) fn of(tree: &Tree, root: &Node) -> Self {
        let Some(node) = root.get_some("params") else { return Self { open: true, ..Self::default() } };
        let params = env::params(tree, node);
        let is_schema = node.get("schema").is_some() || node.get("properties").is_some();
        let is_closed = node.get("additionalProperties").is_some_and(|node| boolean(node) == Some(false));
        let is_external = node.get("schema").is_some();
        let is_named = |name: &str| !name.bytes().all(|byte| byte.is_ascii_digit());
        let are_named = params.iter().any(|param| is_named(&param.name.value));
        let required = params.iter().filter(|param| param.required && param.default.is_none() && param.eval.is_none());
        Self {
            required: if is_external { Vec::new() } else { required.map(|param| param.name.value.clone()).collect() },
            open: !are_named || is_external || (is_schema && !is_closed),
            // Definitions with more than a name.
            counted: node.items().is_some_and(|items| items.iter().any(|item| item.get_some("name").is_some() && has_several_keys(item))),
            names: params.into_iter().map(|param| param.name.value).collect(),
        }
    }

    /// What the DAG of a text takes: its first document. `None` for a text that holds no DAG.
    pub fn read(dag: &str, base: Option<&Base>) -> Option<Self> {
        let (tree, _) = Tree::parse(dag);
        let own = tree.documents.first()?.root.as_ref().filter(|root| root.entries().is_some() && tree.repaired.is_empty())?;
        let own: &Node = own;
        let inherited = || base.and_then(Base::root).filter(|_| own.get_some("params").is_none());
        Some(Self::of(&tree, inherited().unwrap_or(own)))
    }

    /// The parameters by name that it refuses.
    pub fn unknown<'g>(&self, given: &'g Given) -> Vec<&'g Spanned<String>> {
        if self.open {
            return Vec::new();
        }
        given.names.iter().filter(|name| !self.names.contains(name.value.as_str())).collect()
    }

    /// The first few parameters that it needs and is not given.
    pub fn missing(&self, given: &Given) -> Vec<&str> {
        if given.open {
            return Vec::new();
        }
        let by_position = self.names.iter().take(given.positional);
        let there: HashSet<&str> = given.names.iter().map(|name| name.value.as_str()).chain(by_position.map(String::as_str)).collect();
        self.required.iter().map(String::as_str).filter(|name| !there.contains(name)).take(FEW).collect()
    }
}

/// Names that a message lists.
const FEW: usize = 8;

fn has_several_keys(item: &Node) -> bool {
    item.entries().is_some_and(|entries| entries.len() > 1)
}

/// The documents of a file by name, but for the first: where a call looks at first.
pub type Locals<'w> = HashMap<&'w str, &'w Workflow>;

/// The documents that calls find in the file itself.
pub fn locals(workflows: &[Workflow]) -> Locals<'_> {
    workflows.iter().skip(1).filter_map(|workflow| Some((workflow.name.as_ref()?.value.as_str(), workflow))).collect()
}

/// Notes in each document of a file which of its parameters others of the file give a credential.
pub fn note_credentials(tree: &Tree, workflows: &mut [Workflow]) {
    if workflows.len() < 2 {
        return;
    }
    // What is handed on may be handed on again.
    for _ in 0..workflows.len().min(DEEPEST) {
        let locals: HashMap<&str, usize> =
            workflows.iter().enumerate().skip(1).filter_map(|(at, workflow)| Some((workflow.name.as_ref()?.value.as_str(), at))).collect();
        let mut found: Vec<(usize, String)> = Vec::new();
        for workflow in workflows.iter() {
            let calls = calls(tree, workflow);
            let calls = calls.iter().filter_map(|call| Some((call, *locals.get(call.target.value)?, call.params?)));
            let credentials = std::cell::LazyCell::new(|| Credentials::of(workflow, &super::dotenv::Dotenv::default()));
            for (call, target, params) in calls {
                let Some(called) = workflows.get(target) else { continue };
                found.extend(handed(&credentials, call.step, &env::params(tree, params), called).map(|name| (target, name)));
            }
        }
        let mut has_new = false;
        for (target, name) in found {
            has_new |= workflows.get_mut(target).is_some_and(|called| called.given_credentials.insert(name));
        }
        if !has_new {
            return;
        }
    }
}

/// Calls within calls above which nothing is followed.
const DEEPEST: usize = 16;

/// The parameters of a called document that receive a credential.
fn handed<'a>(
    credentials: &'a Credentials,
    step: &Step,
    given: &'a [env::Param],
    called: &'a Workflow,
) -> impl Iterator<Item = String> + use<'a> {
    let mut local: HashMap<String, Held> = HashMap::new();
    for entry in step.every_env() {
        let held = credentials.held(&entry.name.value, &entry.value, &local, &|_, _| false);
        local.insert(entry.name.value.clone(), held);
    }
    given.iter().filter_map(move |param| {
        let value = param.default.as_deref()?;
        // The parameter's own name makes nothing a credential that is written here.
        let is_one = credentials.held("", value, &local, &|_, _| false).credential;
        let position = param.name.value.parse::<usize>().ok().and_then(|number| called.params.get(number.checked_sub(1)?));
        is_one.then(|| position.map_or_else(|| param.name.value.clone(), |param| param.name.value.clone()))
    })
}
