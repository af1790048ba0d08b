//! What a rule looks at.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use hashbrown::DefaultHashBuilder;

use crate::analysis::Facts;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef, Tree};
use crate::workflow::call::Locals;
use crate::workflow::custom_action::{Call, Definitions};
use crate::workflow::harness::{Attempt, FlagValue};
use crate::workflow::provider::{self, KnownProvider, Provider};
use crate::workflow::visibility::Sight;
use crate::workflow::{Action, Container, HarnessStep, Place, Step, Workflow};

/// One document of a file, for the rules to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    tree: &'a Tree,
    pub(super) workflow: &'a Workflow,
    workflows: &'a [Workflow],
    locals: &'a Locals<'a>,
    facts: &'a Facts,
    calls: &'a [NodeRef],
}

impl<'a> Subject<'a> {
    pub(crate) fn new(tree: &'a Tree, workflow: &'a Workflow, workflows: &'a [Workflow], locals: &'a Locals<'a>, facts: &'a Facts) -> Self {
        Self { tree, workflow, workflows, locals, facts, calls: &[] }
    }

    /// The same, whose calls of custom actions are expanded.
    pub(crate) fn expanded(self, calls: &'a [NodeRef]) -> Self {
        Self { calls, ..self }
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        self.tree
    }

    pub(super) fn facts(&self) -> &'a Facts {
        self.facts
    }

    pub(crate) fn workflow(&self) -> &'a Workflow {
        self.workflow
    }
}

/// What a rule looks at: a part of a document.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The parsed text.
    pub tree: &'a Tree,
    /// The document.
    pub workflow: &'a Workflow,
    /// All documents of the file, this one included.
    pub workflows: &'a [Workflow],
    /// The documents that a call of another DAG finds in the file.
    pub locals: &'a Locals<'a>,
    /// What is known of the machine.
    pub facts: &'a Facts,
    /// The steps that call a custom action, which the document holds expanded.
    calls: &'a [NodeRef],
    shared: &'a Shared<'a>,
    part: Part<'a>,
}

/// Names that a document gives a value.
pub(super) type DefinedNames<'a> = HashSet<&'a str, DefaultHashBuilder>;

/// What several rules ask of a document, each made for the first that does.
#[derive(Debug, Default)]
pub(super) struct Shared<'a> {
    sight: OnceCell<Sight<'a>>,
    defined: OnceCell<DefinedNames<'a>>,
}

/// The part of a document that a rule looks at in one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) steps: &'a [&'a Step],
    /// Of them, those that run an agent.
    pub(super) harness: &'a [(&'a Step, &'a HarnessStep)],
    /// Of them, those that run in a container or say something of one.
    pub(super) contained: &'a [&'a Step],
    /// Whether the root belongs to it.
    pub(super) root: bool,
}

/// A container with the step it belongs to; the root container belongs to none.
#[derive(Clone, Copy, Debug)]
pub struct Owned<'a> {
    /// The container.
    pub container: &'a Container,
    /// The step, for a step's own container.
    pub step: Option<&'a Step>,
}

impl<'a> Context<'a> {
    pub(super) fn new(document: &Subject<'a>, shared: &'a Shared<'a>, part: Part<'a>) -> Self {
        let Subject { tree, workflow, workflows, locals, facts, calls } = *document;
        Self { tree, workflow, workflows, locals, facts, calls, shared, part }
    }

    /// What the steps of the document see.
    pub fn sight(&self) -> &'a Sight<'a> {
        self.shared.sight.get_or_init(|| Sight::new(self.workflow, &self.facts.dotenv))
    }

    /// The calls of custom actions: those that are written as steps, and those within templates
    /// that they lead to.
    pub fn calls(&self) -> Vec<Call<'a>> {
        if self.calls.is_empty() {
            return Vec::new();
        }
        let definitions = Definitions::of(&self.workflow.node);
        self.calls.iter().filter_map(|step| definitions.call(step)).collect()
    }

    /// The steps that the rule looks at: those of the document, in bodies of `foreach` and handlers
    /// too.
    pub fn steps(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.part.steps.iter().copied()
    }

    /// The root mapping, where the rule looks at what is no step's.
    pub fn root(&self) -> Option<&'a NodeRef> {
        Some(&self.workflow.node).filter(|_| self.part.root)
    }

    /// The root's `defaults`.
    pub fn defaults(&self) -> Option<&'a NodeRef> {
        self.root()?.get("defaults")
    }

    /// The root's `harness`.
    pub fn harness_defaults(&self) -> Option<&'a NodeRef> {
        self.workflow.harness_defaults.as_ref().filter(|_| self.part.root)
    }

    /// The root container and the steps' own.
    pub fn containers(&self) -> impl Iterator<Item = Owned<'a>> + use<'a> {
        let has_root = self.part.root;
        let root = self.workflow.container.iter().filter(move |_| has_root).map(|container| Owned { container, step: None });
        root.chain(self.contained().filter_map(|step| Some(Owned { container: step.container.as_deref()?, step: Some(step) })))
    }

    /// A setting of every container that is created: `field` of containers, `of_run` of `docker.run`.
    pub fn settings_of_created(&self, field: &'static str, of_run: &'static str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let created = self.containers().filter(|owned| owned.container.image().is_some());
        let of_runs = self.contained().filter_map(move |step| match &step.action {
            Action::DockerRun(Some(with)) => with.entry(of_run).filter(|_| with.get_some("image").is_some()),
            _ => None,
        });
        created.filter_map(move |owned| owned.container.entry(field)).chain(of_runs)
    }

    /// The `harness.run` steps.
    pub fn harness_steps(&self) -> impl Iterator<Item = (&'a Step, &'a HarnessStep)> {
        self.part.harness.iter().copied()
    }

    /// The steps that run in the root container.
    pub fn root_container_steps(&self) -> impl Iterator<Item = &'a Step> {
        self.contained().filter(|step| step.place == Place::RootContainer)
    }

    /// The steps that run in a container, or say something of one.
    pub fn contained(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.part.contained.iter().copied()
    }

    /// The names that the DAG itself gives a value: env, params, secrets, and what `output:` of
    /// its steps sets.
    pub(super) fn defined_names(&self) -> &'a DefinedNames<'a> {
        let workflow = self.workflow;
        self.shared.defined.get_or_init(|| {
            let outputs = workflow.steps.iter().filter_map(|step| Some(step.output_variable()?.value.as_str()));
            let env = workflow.env.iter().map(|entry| entry.name.value.as_str());
            let params = workflow.params.iter().map(|param| param.name.value.as_str());
            let secrets = workflow.secrets.iter().map(|secret| secret.name.value.as_str());
            env.chain(params).chain(secrets).chain(outputs).collect()
        })
    }

    /// The place of a part of a scalar, in bytes of its text.
    pub fn span_in(&self, node: &Node, range: Range<usize>) -> Span {
        self.tree.span_in(node, range)
    }
}

/// Whether a step runs in a container or says something of one.
pub(super) fn is_contained(step: &Step) -> bool {
    step.place != Place::Host || step.container.is_some() || matches!(step.action, Action::DockerRun(_))
}

/// Whether a container is started first and its commands are executed in it afterwards: the root
/// container, and that of a step with several commands.
pub fn starts_in_background(owned: Owned<'_>) -> bool {
    owned.step.is_none_or(|step| step.commands().is_some_and(|commands| commands.len() > 1))
}

/// The built-in provider of an attempt; `None` when it is unknown, not fixed yet, or one of the
/// DAG's own that shadows it.
pub fn built_in(context: &Context<'_>, attempt: &Attempt) -> Option<&'static Provider> {
    let name = &attempt.provider.as_ref()?.value;
    provider::find(name).filter(|_| !context.workflow.harnesses.contains_key(name))
}

/// The steps of agents that run in a container. For a root container it is asked by a rule that
/// looks at the whole document.
pub fn agents<'a>(context: &Context<'a>, owned: Owned<'a>) -> Vec<&'a Step> {
    match owned.step {
        Some(step) => step.harness().map(|_| step).into_iter().collect(),
        None => context.root_container_steps().filter(|step| step.harness().is_some()).collect(),
    }
}

/// What is known of the provider of an attempt; `None` when nothing is, or its name is not fixed yet.
pub fn known<'a>(context: &Context<'a>, attempt: &Attempt) -> Option<KnownProvider<'a>> {
    context.workflow.known_provider(&attempt.provider.as_ref()?.value)
}

/// Whether an attempt talks to a model on its own machine, as far as its flags tell: it then needs
/// neither a network nor a credential.
pub fn uses_local_model(attempt: &Attempt) -> bool {
    const LOCAL: &[&str] = &["ollama", "lmstudio", "lm_studio", "localhost", "127.0.0.1"];
    attempt.flags.iter().any(|(key, value)| match value {
        FlagValue::Text(text) => LOCAL.iter().any(|local| text.contains(local)) || key.value == "local_provider",
        FlagValue::Bool(on) => *on && key.value == "oss",
        _ => false,
    })
}

/// Every provider that a step can name: the DAG's own, then the built-in ones.
pub fn provider_names<'a>(context: &Context<'a>) -> Vec<&'a str> {
    let described = context.workflow.providers.iter().map(|provider| provider.name.as_str());
    let described = described.filter(|name| !context.workflow.harnesses.contains_key(*name) && provider::find(name).is_none());
    let own = context.workflow.harnesses.keys().map(String::as_str).chain(described);
    own.chain(provider::PROVIDERS.iter().map(|provider| provider.name)).collect()
}
