//! The resolved workflow: what a DAG will do. `check`, the editor and `run` all read this.
//!
//! Built from the tree without judging it: what does not make sense is left out here and reported
//! by a rule. Values are as written; what only a run knows (`${...}`) is resolved by the runner
//! with [`mod@reference`].

pub mod account;
mod agent_flag;
pub mod argv;
pub mod base;
pub mod call;
pub mod capability;
pub mod command;
pub mod container;
pub mod credential;
pub mod cron;
pub mod cron_times;
pub mod custom_action;
pub mod defaults;
pub mod docker_run;
pub mod dotenv;
pub mod duration;
pub mod env;
pub mod expand;
pub mod expander;
pub mod fault;
mod gathered;
pub mod glob;
pub mod graph;
pub mod harness;
pub mod image;
pub(crate) mod inherit;
pub(crate) mod kept_files;
pub mod key_shape;
pub mod known;
pub mod lineage;
pub mod mention;
pub mod mounted;
pub mod names;
pub mod notice;
pub mod one_off;
pub mod order;
pub mod param_text;
pub mod pattern;
pub mod policy;
pub mod port;
pub mod provider;
pub mod quantity;
pub mod readers;
pub mod reference;
pub mod resolve;
pub mod run_values;
pub mod scalar_schema;
pub mod set_by_run;
pub mod shell;
pub mod shown;
pub mod step;
pub mod template_field;
pub mod template_function;
pub mod template_text;
pub mod timestamp;
pub mod timezone;
pub mod url;
pub mod visibility;
pub mod volume;

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::source::{Span, Spanned};
use crate::syntax::{Keys, NodeRef, Tree};

pub use base::Base;
pub use command::Command;
pub use container::{Container, Mode, PullPolicy};
pub use defaults::Defaults;
pub use env::{EnvEntry, Param, Secret};
use gathered::Gathered;
pub use harness::{Attempt, Definition, HarnessStep};
pub use names::Names;
pub use step::{Action, Output, Place, Step};

/// What kind of DAG it is (root `type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DagType {
    /// Steps run when what they depend on has run.
    #[default]
    Graph,
    /// Each step depends on the one before it.
    Chain,
    /// An agent decides the order.
    Agent,
    /// Steps are ordered and reused by the files they read and write.
    Build,
}

/// One document of a DAG file.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The document's root mapping, with what it inherits from the base configuration.
    pub node: NodeRef,
    /// What the document inherits from.
    pub base: Option<Arc<Base>>,
    /// Root `name`.
    pub name: Option<Spanned<String>>,
    /// Root `type`.
    pub kind: DagType,
    /// Root `working_dir`, as written.
    pub working_dir: Option<Spanned<String>>,
    /// Root `container`.
    pub container: Option<Container>,
    /// Root `shell` and `shell_args`: the words of the command that reads a host step's text.
    pub shell: Option<Vec<String>>,
    /// Root `env`, in order.
    pub env: Vec<EnvEntry>,
    /// Root `params`, in order.
    pub params: Vec<Param>,
    /// Parameters that another document of the file gives a credential.
    pub given_credentials: HashSet<String>,
    /// Root `secrets`.
    pub secrets: Vec<Secret>,
    /// Root `consts`, in order.
    pub consts: Vec<(Spanned<String>, String)>,
    /// The files of `dotenv` that add to the environment, relative to the DAG's folder: `.env`,
    /// then those that the DAG names; none for an empty list.
    pub dotenv: Vec<String>,
    /// Root `harnesses`: the custom providers.
    pub harnesses: IndexMap<String, Definition>,
    /// Root `harness`: what `harness.run` steps take their provider and flags from.
    pub harness_defaults: Option<NodeRef>,
    /// Providers that the user of the DAG describes; known once it is judged.
    pub providers: Arc<[provider::Described]>,
    /// Root `defaults`, which the steps have taken over.
    pub defaults: Option<Arc<Defaults>>,
    /// Root `timeout_sec`, in seconds; `None` for no limit.
    pub timeout_sec: Option<u64>,
    /// Root `max_active_steps`; `None` for no limit.
    pub max_active_steps: Option<usize>,
    /// Root `max_clean_up_time_sec`: seconds that a stopped step has to end.
    pub max_clean_up_time_sec: u64,
    /// Root `max_output_size`: the most bytes that `output:` captures.
    pub max_output_size: u64,
    /// Root `preconditions`.
    pub preconditions: Vec<policy::Condition>,
    /// The steps, in the order written; nested lists are flattened.
    pub steps: Vec<Step>,
    /// Root `handler_on`: event name and step.
    pub handlers: Vec<(Spanned<String>, Step)>,
    /// For each step the steps it runs after, by index: `depends`, or the order of a chain.
    pub edges: Vec<Vec<graph::Edge>>,
    /// What `depends` can call the steps.
    pub names: Names,
    step_keys: Keys,
    known: OnceLock<known::OfDag>,
    mentions: Gathered<mention::Mention>,
    files: Gathered<order::File>,
    signature: OnceLock<call::Signature>,
}

impl Workflow {
    /// The steps and the handlers' steps.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.handlers.iter().map(|(_, step)| step))
    }

    /// The steps, those in the bodies of `foreach` at any depth, and the handlers' steps. A step
    /// comes before those in its body.
    pub fn every_step(&self) -> impl Iterator<Item = &Step> {
        let mut outer = self.all_steps();
        let mut open: Vec<&Step> = Vec::new();
        std::iter::from_fn(move || {
            let step = open.pop().or_else(|| outer.next())?;
            open.extend(step.body.iter().rev());
            Some(step)
        })
    }

    /// The same workflow, once it is known which keys its steps have.
    fn indexed(mut self) -> Self {
        let mut keys = Keys::default();
        self.every_step().for_each(|step| keys.add(&step.node));
        self.step_keys = keys;
        self
    }

    /// The keys that the root mapping has, and those of [`Self::every_step`].
    pub(crate) fn keys(&self) -> (Keys, Keys) {
        let mut root = Keys::default();
        root.add(&self.node);
        (root, self.step_keys)
    }

    /// Those of [`Self::every_step`] that have the key. Where none has, that is known at once.
    pub fn every_step_with(&self, key: &'static str) -> impl Iterator<Item = &Step> {
        let steps = self.step_keys.may_be(key).then(|| self.every_step());
        steps.into_iter().flatten().filter(move |step| step.node.get(key).is_some())
    }

    /// The lists of steps that the engine checks as a graph: `steps`, and each `foreach` body in
    /// them, with the step that holds it.
    pub fn lists(&self) -> impl Iterator<Item = (Option<&Step>, &[Step])> {
        let bodies = self.every_step_with("foreach").filter(|step| !step.body.is_empty() && !step.is_in_handler());
        std::iter::once((None, self.steps.as_slice())).chain(bodies.map(|step| (Some(step), step.body.as_slice())))
    }

    /// Every reference of the document; collected at the first call.
    pub fn mentions(&self) -> &[mention::Mention] {
        self.mentions.get(|| mention::all(self))
    }

    /// The files that the texts of the steps name; collected at the first call.
    fn files(&self) -> &[order::File] {
        self.files.get(|| order::files(&self.steps))
    }

    /// Takes note that a step is another one now.
    fn regather(&mut self, number: usize) {
        let Self { steps, mentions, files, .. } = self;
        if let Some(step) = steps.get(number) {
            mentions.replace(|| mention::of_step(step, number), |mention| mention.owner.stands_to_step(number));
            files.replace(|| order::files_of(step, number), |file| file.step.cmp(&number));
        }
    }

    /// What the document takes from who starts it; read at the first call.
    pub fn signature(&self, tree: &Tree) -> &call::Signature {
        self.signature.get_or_init(|| call::Signature::of(tree, &self.node))
    }

    /// The step with this id or name.
    pub fn step_index(&self, id_or_name: &str) -> Option<usize> {
        self.names.find(&self.steps, id_or_name)
    }

    /// The container in which a step runs: its own, or the root's for a step placed there.
    pub fn container_of<'a>(&'a self, step: &'a Step) -> Option<&'a Container> {
        match step.place {
            Place::Host | Place::DockerRun | Place::Ssh => None,
            Place::RootContainer => self.container.as_ref(),
            Place::OwnContainer => step.container.as_deref(),
        }
    }

    /// The place of the root mapping's first line, for findings about what is missing there.
    pub fn first_key(&self) -> Span {
        self.node.entries().and_then(|entries| entries.first()).map_or(self.node.span, |entry| entry.key.span)
    }
}
