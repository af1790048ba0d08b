//! What the value of a name is made of in the end: two versions of a DAG may give the same name to
//! different things.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::syntax::{Kind, Node};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::reference::{self, Target};
use crate::workflow::visibility::{self, Origin, Sight, Visible};
use crate::workflow::{Action, EnvEntry, Step, Workflow};

/// All that goes into a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source(BTreeSet<Root>);

/// Something that a value is made of and that is not made of other names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Root {
    /// What the author would call it.
    called: String,
    /// What else tells it from others, such as a literal value. Never shown.
    hidden: String,
}

impl Source {
    /// Whether all that this is made of goes into another as well.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What the author would call its parts, each once.
    pub fn called(&self) -> Vec<String> {
        let mut called: Vec<String> = self.0.iter().map(|root| root.called.clone()).collect();
        called.dedup();
        called
    }
}

/// The names of a DAG and what they are made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    workflow: &'a Workflow,
    /// What its dotenv files define, the values as written.
    dotenv: &'a BTreeMap<String, String>,
}

/// Whether every name that a step sees in two versions of a DAG is made of the same in both, and none
/// is gone that the step mentions. What a step does not see any more, or newly sees, is no matter here.
pub fn is_kept(before: (&Workflow, &Dotenv), after: (&Workflow, &Dotenv)) -> bool {
    let views = [before, after].map(|(workflow, dotenv)| View::of(workflow, dotenv));
    let [old, new] = &views;
    if old.steps.len() != new.steps.len() {
        return true;
    }
    old.steps.iter().zip(&new.steps).all(|(&was, &is)| {
        let now = new.names(is);
        let named: HashSet<String> = visibility::named_in_command(was).into_iter().collect();
        old.names(was).into_iter().all(|(name, (source, is_text))| match now.get(&name) {
            Some((other, _)) => source == *other,
            None => !is_text && !named.contains(&name),
        })
    })
}

/// A version of a DAG, for its steps' names.
struct View<'a> {
    workflow: &'a Workflow,
    sight: Sight<'a>,
    defined: BTreeMap<String, String>,
    steps: Vec<&'a Step>,
}

impl<'a> View<'a> {
    fn of(workflow: &'a Workflow, dotenv: &'a Dotenv) -> Self {
        let defined = dotenv.names().map(|name| (name.clone(), name.clone())).collect();
        Self { workflow, sight: Sight::new(workflow, dotenv), defined, steps: workflow.every_step().collect() }
    }

    /// What each name that has a value for the step is made of, and whether it stands in its texts.
    fn names(&self, step: &Step) -> HashMap<String, (Source, bool)> {
        let sources = Sources::new(self.workflow, &self.defined);
        let seen = self.sight.of(step).into_iter().filter(|visible| visible.contract.of_value().any() && visible.origin != Origin::Mount);
        // Of two of a name the first is the nearer.
        seen.rev().map(|visible| (visible.name.clone(), (sources.of(step, &visible), visible.contract.text))).collect()
    }
}

/// Where a name is looked up, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Container,
    Step,
    /// All of the DAG's scope.
    Dag,
    /// What the DAG's own `env` sees: neither secrets nor dotenv files.
    DagEnv,
}

/// A look at the names that go into one value.
struct Walk<'s> {
    sources: &'s Sources<'s>,
    step: &'s Step,
    open: Vec<(String, Scope, usize)>,
    seen: HashSet<(String, Scope, usize)>,
    roots: BTreeSet<Root>,
}

impl<'a> Sources<'a> {
    /// The names of a DAG. `dotenv`: what its dotenv files define, where that is known.
    pub fn new(workflow: &'a Workflow, dotenv: &'a BTreeMap<String, String>) -> Self {
        Self { workflow, dotenv }
    }

    /// What a name that a step sees is made of.
    pub fn of(&self, step: &Step, visible: &Visible) -> Source {
        let mut walk = Walk { sources: self, step, open: Vec::new(), seen: HashSet::new(), roots: BTreeSet::new() };
        let name = &visible.name;
        match visible.origin {
            Origin::ContainerEnv => match docker_value(step, visible) {
                Some(value) => walk.value(&value, Scope::Dag, usize::MAX),
                None => walk.written(name, Scope::Container, usize::MAX),
            },
            Origin::StepEnv => walk.written(name, Scope::Step, usize::MAX),
            Origin::DagEnv => walk.written(name, Scope::DagEnv, usize::MAX),
            Origin::Secret | Origin::Dotenv | Origin::Param => walk.named(name, Scope::Dag, usize::MAX),
            Origin::StepOutput => walk.root(format!("the output `{name}` of a step"), String::new()),
            Origin::Mount => walk.root(format!("the mount of {name}"), String::new()),
        }
        while let Some((name, scope, before)) = walk.open.pop() {
            if walk.seen.insert((name.clone(), scope, before)) {
                walk.named(&name, scope, before);
            }
        }
        Source(walk.roots)
    }
}

impl Walk<'_> {
    fn root(&mut self, called: String, hidden: String) {
        self.roots.insert(Root { called, hidden });
    }

    fn entries(&self, scope: Scope) -> &[EnvEntry] {
        let workflow = self.sources.workflow;
        let of_root = workflow.container.as_ref().map(|container| container.env.as_slice());
        match scope {
            Scope::Container => workflow.container_of(self.step).map(|container| container.env.as_slice()).or(of_root).unwrap_or_default(),
            Scope::Step => &self.step.env,
            Scope::Dag | Scope::DagEnv => &workflow.env,
        }
    }

    /// The last entry of a name before another one; false when there is none.
    fn entry(&mut self, name: &str, scope: Scope, before: usize) -> bool {
        let entries = self.entries(scope);
        let found = entries.iter().enumerate().take(before).rev().find(|(_, entry)| entry.name.value == name);
        let Some((at, value)) = found.map(|(at, entry)| (at, entry.value.clone())) else { return false };
        let inside = if scope == Scope::Dag { Scope::DagEnv } else { scope };
        self.value(&value, inside, at);
        true
    }

    fn written(&mut self, name: &str, scope: Scope, before: usize) {
        if !self.entry(name, scope, before) {
            self.root(format!("`{name}`"), String::new());
        }
    }

    /// What a value refers to, or what it is.
    fn value(&mut self, value: &str, scope: Scope, before: usize) {
        let names = reference::sources(value);
        if value.contains('`') || value.contains("$(") {
            self.root("the output of a command".to_owned(), value.to_owned());
        } else if names.is_empty() {
            self.root("a value in the file".to_owned(), value.to_owned());
        }
        for found in reference::find(value) {
            if let Target::Variable { operator: Some(operator), .. } = found.target {
                self.root("a default in the file".to_owned(), operator);
            }
        }
        self.open.extend(names.into_iter().map(|name| (name, scope, before)));
    }

    /// What a name stands for, seen from an entry of a scope.
    fn named(&mut self, name: &str, scope: Scope, before: usize) {
        let workflow = self.sources.workflow;
        if let Some(name) = name.strip_prefix("params.") {
            return self.param(name);
        }
        if let Some(value) =
            name.strip_prefix("consts.").and_then(|name| workflow.consts.iter().rev().find(|(known, _)| known.value == name))
        {
            return self.root(format!("`{name}`"), value.1.clone());
        }
        if name.contains('.') {
            return self.root(format!("`{name}`"), String::new());
        }
        if matches!(scope, Scope::Container | Scope::Step) {
            let next = |scope| if scope == Scope::Container && self.step.container.is_some() { Scope::Step } else { Scope::Dag };
            let next = next(scope);
            if !self.entry(name, scope, before) {
                self.open.push((name.to_owned(), next, usize::MAX));
            }
            return;
        }
        if scope == Scope::Dag {
            if workflow.secrets.iter().any(|secret| secret.name.value == name) {
                return self.secret(name);
            }
            if let Some(value) = self.sources.dotenv.get(name) {
                // A reference that stays in it is none that the run looks up, or a part of the value.
                return self.root("a value in a dotenv file".to_owned(), value.clone());
            }
        }
        if self.entry(name, scope, before) {
            return;
        }
        if workflow.params.iter().any(|param| param.name.value == name) {
            return self.param(name);
        }
        self.root(format!("{name} of the environment"), String::new());
    }

    fn param(&mut self, name: &str) {
        let param = self.sources.workflow.params.iter().rev().find(|param| param.name.value == name);
        let texts = param.into_iter().flat_map(|param| [param.default.clone(), param.eval.clone()]).flatten();
        self.root(format!("the parameter {name}"), texts.collect::<Vec<_>>().join("\0"));
    }

    fn secret(&mut self, name: &str) {
        let Some(secret) = self.sources.workflow.secrets.iter().rev().find(|secret| secret.name.value == name) else { return };
        let key = secret.key.as_ref().map(|key| key.value.clone());
        match (secret.provider.as_ref().map(|provider| provider.value.trim()), key) {
            // The same as the variable itself.
            (Some("env"), Some(key)) => self.root(format!("{key} of the environment"), String::new()),
            (Some(provider), Some(key)) => self.root(format!("{key} of the provider `{provider}`"), scalars(&secret.node)),
            _ => {
                let named = secret.node.get("ref").and_then(|node| node.text()).unwrap_or(name).to_owned();
                self.root(format!("the stored secret {named}"), scalars(&secret.node));
            }
        }
    }
}

/// All that a secret's item says but its name.
fn scalars(node: &Node) -> String {
    let mut texts = Vec::new();
    let mut open: Vec<&Node> =
        node.entries().into_iter().flatten().filter(|entry| entry.name() != "name").map(|entry| &*entry.value).collect();
    while let Some(node) = open.pop() {
        match &node.target().kind {
            Kind::Mapping(entries) => {
                texts.extend(entries.iter().map(|entry| entry.name()));
                open.extend(entries.iter().map(|entry| &*entry.value));
            }
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Scalar(scalar) => texts.push(&scalar.text),
            Kind::Alias(_) => {}
        }
    }
    texts.join("\0")
}

/// The value of a variable in the `env` of a `docker.run`, which is no container of the DAG's.
fn docker_value(step: &Step, visible: &Visible) -> Option<String> {
    let Action::DockerRun(Some(with)) = &step.action else { return None };
    let env = with.get("container").and_then(|container| container.get("env")).or_else(|| with.get("env"))?;
    if let Some(entry) = env.entries().into_iter().flatten().find(|entry| entry.name() == visible.name) {
        return Some(entry.value.text().unwrap_or_default().to_owned());
    }
    let mut items = env.items().into_iter().flatten().filter_map(|item| item.text()?.split_once('='));
    items.find(|(name, _)| *name == visible.name).map(|(_, value)| value.to_owned())
}
