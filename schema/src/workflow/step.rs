//! A step.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeRef, Tree};
use crate::workflow::policy::{self, Condition, ContinueOn, RetryPolicy};
use crate::workflow::resolve::{spanned_text, text, text_nodes, texts};
use crate::workflow::{Command, Container, Defaults, Definition, EnvEntry, HarnessStep, defaults, env};

/// Where a step's command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On the machine that runs the DAG.
    Host,
    /// In the root `container`, shared with other steps.
    RootContainer,
    /// In the step's own `container`.
    OwnContainer,
    /// In the container of `docker.run`, which is no `container` of the DAG.
    DockerRun,
    /// On the machine that the root's `ssh` names.
    Ssh,
}

/// Where a step stands in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is a handler, or within one.
    pub in_handler: bool,
    /// How many `foreach` it is within.
    pub depth: usize,
    /// Whether the key that it stands under is its name.
    pub is_named_by_key: bool,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `run:` (or the legacy `command`/`script`): shell text, or the commands of a list in turn.
    Run(Vec<Command>),
    /// `harness.run`
    Harness(Box<HarnessStep>),
    /// `docker.run` or `container.run`, with its `with` mapping.
    DockerRun(Option<NodeRef>),
    /// Another action, by name.
    Other(Spanned<String>),
    /// Nothing that can be executed was given.
    None,
}

/// `output:` of a step.
#[derive(Clone, Debug)]
pub enum Output {
    /// A variable that receives the trimmed standard output.
    Variable(Spanned<String>),
    /// The object form.
    Object(NodeRef),
}

/// A declared output (`outputs:`).
#[derive(Clone, Debug)]
pub struct DeclaredOutput {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether its value is JSON (`type: json`).
    pub json: bool,
}

/// A step, as written and placed.
#[derive(Clone, Debug)]
pub struct Step {
    /// The step's mapping (or its string, in the legacy short form).
    pub node: NodeRef,
    operation: Option<Box<str>>,
    /// Where it stands.
    pub standing: Standing,
    /// `id`
    pub id: Option<Spanned<String>>,
    /// `name`, or `id`, or the name the engine generates.
    pub name: String,
    /// The place to show for the step as a whole: its id, its name, or its first key.
    pub label: Span,
    /// The steps of a `foreach`, nested lists not allowed there; empty for another step.
    pub body: Vec<Step>,
    /// What it does.
    pub action: Action,
    /// Where the `run`, `action`, `command`... key stands.
    pub action_key: Span,
    /// Where it runs.
    pub place: Place,
    /// The step's own `container`.
    pub container: Option<Box<Container>>,
    /// `depends`: ids or names.
    pub depends: Vec<Spanned<String>>,
    /// Whether the step has a `depends` key at all.
    pub has_depends: bool,
    /// `env` of its own, in order; [`Self::every_env`] has what it takes from `defaults` too.
    pub env: Vec<EnvEntry>,
    /// The root's `defaults`; `None` for a step that takes none.
    pub defaults: Option<Arc<Defaults>>,
    /// `working_dir`, as written.
    pub working_dir: Option<Box<Spanned<String>>>,
    /// The shell named for a host step (`with.shell` or legacy `shell`), split into words.
    pub shell: Option<Vec<String>>,
    /// `output`
    pub output: Option<Box<Output>>,
    /// `outputs`
    pub outputs: Vec<DeclaredOutput>,
    /// `stdout`, when it is a path.
    pub stdout: Option<Box<Spanned<String>>>,
    /// `stderr`, when it is a path.
    pub stderr: Option<Box<Spanned<String>>>,
    /// `timeout_sec`, in seconds; `None` for no limit.
    pub timeout_sec: Option<u64>,
    /// `continue_on`
    pub continue_on: Option<Arc<ContinueOn>>,
    /// `retry_policy`
    pub retry: Option<Arc<RetryPolicy>>,
    /// `preconditions` of its own.
    pub preconditions: Vec<Condition>,
    /// `signal_on_stop`, such as `SIGTERM`.
    pub signal_on_stop: Option<Box<str>>,
}

impl Step {
    /// The variables of `defaults` and its own, in the order in which they are set.
    pub fn every_env(&self) -> impl Iterator<Item = &EnvEntry> + Clone {
        self.defaults.iter().flat_map(|defaults| &defaults.env).chain(&self.env)
    }

    /// The conditions of `defaults` and its own.
    pub fn every_precondition(&self) -> impl Iterator<Item = &Condition> {
        self.defaults.iter().flat_map(|defaults| &defaults.preconditions).chain(&self.preconditions)
    }

    /// The id, or the name of a step without one: what reports call the step.
    pub fn called(&self) -> &str {
        self.id.as_ref().map_or(&self.name, |id| &id.value)
    }

    /// Whether `depends` can mean this step by the text given.
    pub fn is_called(&self, id_or_name: &str) -> bool {
        self.name == id_or_name || self.id.as_ref().is_some_and(|id| id.value == id_or_name)
    }

    /// Whether its name is one that the engine gives it.
    pub(super) fn has_given_name(&self) -> bool {
        let is_said = self.node.get("name").and_then(|name| super::resolve::text(name)).is_some_and(|name| !name.is_empty());
        !is_said && self.id.is_none()
    }

    /// The step, then those of its body, at any depth.
    pub(crate) fn every(&self) -> impl Iterator<Item = &Self> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let step = open.pop()?;
            open.extend(step.body.iter().rev());
            Some(step)
        })
    }

    /// Whether it stands in `handler_on`, where the engine checks less before the run.
    pub fn is_in_handler(&self) -> bool {
        self.standing.in_handler
    }

    /// The settings of the action: `with`, or its older spelling `config`.
    pub fn input(&self) -> Option<&NodeRef> {
        self.node.get_some("with").or_else(|| self.node.get_some("config"))
    }

    /// The built-in action with its operation, such as `file.read`; also of a step in the older
    /// spelling, where `type` and `command` say it.
    pub fn operation(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// The variable that receives the standard output.
    pub fn output_variable(&self) -> Option<&Spanned<String>> {
        match self.output.as_deref()? {
            Output::Variable(name) => Some(name),
            Output::Object(_) => None,
        }
    }

    /// The declared outputs that are files.
    pub fn outputs_with_path(&self) -> impl Iterator<Item = &NodeRef> {
        let outputs = self.node.get("outputs").and_then(|outputs| outputs.items()).unwrap_or_default();
        outputs.iter().filter_map(|output| output.get("path"))
    }

    /// Whether the older `call` names a sub-DAG.
    pub fn calls_sub_dag(&self) -> bool {
        self.node.get("call").and_then(|call| call.text()).is_some_and(|name| !name.trim().is_empty())
    }

    /// Whether all it does is to publish outputs that need no command to run.
    pub fn only_publishes(&self) -> bool {
        let keys = ["run", "action", "type", "command", "script", "exec", "call", "foreach"];
        let is_stream = |value: &NodeRef| matches!(value.get("from").and_then(|from| from.text()), Some("stdout" | "stderr"));
        let output = self.node.get_some("output").and_then(|output| output.entries()).unwrap_or_default();
        !output.is_empty()
            && !output.iter().any(|entry| is_stream(&entry.value))
            && keys.iter().all(|key| self.node.get_some(key).is_none())
    }

    /// The harness part of a `harness.run` step.
    pub fn harness(&self) -> Option<&HarnessStep> {
        match &self.action {
            Action::Harness(harness) => Some(harness),
            _ => None,
        }
    }

    /// Whether it is a `run` step whose commands the engine executes in a container that it keeps
    /// running for them.
    pub fn is_executed_in_running_container(&self) -> bool {
        match (self.commands(), self.place) {
            (None, _) | (_, Place::Host | Place::DockerRun | Place::Ssh) => false,
            (_, Place::RootContainer) => true,
            (Some(commands), Place::OwnContainer) => {
                commands.len() > 1 && self.container.as_ref().is_some_and(|container| container.image().is_some())
            }
        }
    }

    /// The commands of a `docker.run` step.
    pub fn docker_commands(&self) -> Vec<Command> {
        match &self.action {
            Action::DockerRun(Some(with)) => {
                with.get_some("command").or_else(|| self.node.get_some("command")).map(commands).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The commands of a `run` step.
    pub fn commands(&self) -> Option<&[Command]> {
        match &self.action {
            Action::Run(commands) => Some(commands),
            _ => None,
        }
    }
}

/// What a step is read within.
pub(super) struct Surroundings<'a> {
    pub(super) tree: &'a Tree,
    pub(super) root: &'a Node,
    pub(super) container: Option<&'a Container>,
    pub(super) harnesses: &'a IndexMap<String, Definition>,
    pub(super) defaults: Option<&'a Arc<Defaults>>,
}

/// Reads the value of `steps`. Nested lists are flattened; with the steps comes for each the
/// number of the entry it came from.
pub(super) fn list(context: &Surroundings<'_>, node: &NodeRef) -> (Vec<Step>, Vec<usize>) {
    let entries = node.entries().map(<[_]>::len).or(node.items().map(<[_]>::len)).unwrap_or_default();
    let mut steps: Vec<Step> = Vec::with_capacity(entries);
    let mut groups = Vec::with_capacity(entries);
    let mut taken = Taken::default();
    if let Some(entries) = node.entries() {
        // The form with names as keys, which `start` accepts.
        for (group, entry) in entries.iter().enumerate() {
            let mut step = read(context, &entry.value, Standing { is_named_by_key: true, ..Standing::default() });
            step.name = entry.name().to_owned();
            step.label = entry.key.span;
            steps.push(step);
            groups.push(group);
        }
    }
    for (group, item) in node.items().unwrap_or_default().iter().enumerate() {
        let nested = item.items().unwrap_or(std::slice::from_ref(item));
        for node in nested.iter().filter(|node| !node.is_null() && !node.is_unresolved()) {
            let mut step = read(context, node, Standing::default());
            if step.name.is_empty() {
                step.name = taken.free_name(&step, &steps);
            }
            steps.push(step);
            groups.push(group);
        }
    }
    (steps, groups)
}

/// Reads an item of `steps` that stands where another stood. `None` where its name depends on other steps.
pub(super) fn replaced(context: &Surroundings<'_>, node: &NodeRef, old: &Step) -> Option<Step> {
    let mut step = read(context, node, Standing::default());
    if step.name.is_empty() {
        if !old.has_given_name() || kind_of_name(&step) != kind_of_name(old) {
            return None;
        }
        step.name.clone_from(&old.name);
    }
    Some(step)
}

/// Reads `handler_on`.
pub(super) fn handlers(context: &Surroundings<'_>, root: &Node) -> Vec<(Spanned<String>, Step)> {
    let entries = root.get("handler_on").and_then(|node| node.entries()).unwrap_or_default();
    entries
        .iter()
        .filter(|entry| !entry.value.is_null())
        .map(|entry| {
            let mut step = read(context, &entry.value, Standing { in_handler: true, ..Standing::default() });
            step.name = handler_name(entry.name());
            step.label = entry.key.span;
            (Spanned::new(entry.name().to_owned(), entry.key.span), step)
        })
        .collect()
}

/// `exit` becomes `onExit`.
fn handler_name(event: &str) -> String {
    let mut letters = event.chars();
    letters.next().map_or_else(String::new, |first| format!("on{}{}", first.to_uppercase(), letters.as_str()))
}

/// Bodies within bodies above which nothing is read: no DAG goes so deep, and the stack stays small.
const MAX_DEPTH: usize = 16;

/// Reads the `steps` of a `foreach`.
fn body(context: &Surroundings<'_>, node: &NodeRef, around: Standing) -> Vec<Step> {
    let items = node.get("foreach").and_then(|foreach| foreach.get("steps")?.items()).unwrap_or_default();
    if around.depth >= MAX_DEPTH {
        return Vec::new();
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut taken = Taken::default();
    for item in items.iter().filter(|item| item.entries().is_some()) {
        let mut step = read(context, item, Standing { depth: around.depth + 1, is_named_by_key: false, ..around });
        if step.name.is_empty() {
            step.name = taken.free_name(&step, &steps);
        }
        steps.push(step);
    }
    steps
}

fn operation(node: &Node) -> Option<String> {
    if let Some(action) = node.get("action") {
        return Some(action.string()?.trim().to_owned());
    }
    let kind = node.get("type")?.string()?.trim();
    let command = node.get("command").and_then(|command| command.text());
    Some(format!("{kind}.{}", command.unwrap_or_default().trim()))
}

fn read(context: &Surroundings<'_>, node: &NodeRef, standing: Standing) -> Step {
    let container = node.entry("container").and_then(Container::read(context.tree)).map(Box::new);
    let (action, action_key, pinned_to_host) = action(context, node);
    let place = match &action {
        _ if container.is_some() => Place::OwnContainer,
        Action::DockerRun(_) => Place::DockerRun,
        Action::Run(_) | Action::Harness(_) if context.container.is_some() && !pinned_to_host => Place::RootContainer,
        Action::Run(_) if context.root.get_some("ssh").is_some() && !pinned_to_host => Place::Ssh,
        _ => Place::Host,
    };
    let id = spanned_text(node, "id").map(|id| Spanned::new(id.value.trim().to_owned(), id.span)).filter(|id| !id.value.is_empty());
    let name = spanned_text(node, "name");
    let first_key = node.entries().and_then(|entries| entries.first()).map_or(node.span, |entry| entry.key.span);
    let depends = node.get("depends");
    let with = node.get("with");
    let inherited = context.defaults.filter(|_| standing.depth == 0);
    // A key of the step counts whatever its value.
    let lacking = |field: &str| inherited.filter(|_| node.get(field).is_none());
    Step {
        operation: operation(node).map(String::into_boxed_str),
        label: id.as_ref().map(|id| id.span).or(name.as_ref().map(|name| name.span)).unwrap_or(first_key),
        name: name.map(|name| name.value).or_else(|| id.as_ref().map(|id| id.value.clone())).unwrap_or_default(),
        id,
        body: body(context, node, standing),
        standing,
        action,
        action_key: action_key.unwrap_or(first_key),
        place,
        container,
        depends: depends.map(text_nodes).unwrap_or_default().into_iter().map(|(text, node)| Spanned::new(text, node.span)).collect(),
        has_depends: depends.is_some(),
        env: node.get("env").map(|value| env::entries(context.tree, value)).unwrap_or_default(),
        working_dir: spanned_text(node, "working_dir").map(Box::new),
        shell: with
            .filter(|_| node.get("run").is_some())
            .and_then(|with| shell_words(with.get("shell"), with.get("shell_args")))
            .or_else(|| shell_words(node.get("shell"), node.get("shell_args"))),
        output: node.get_some("output").and_then(output).map(Box::new),
        outputs: node
            .get("outputs")
            .and_then(|outputs| outputs.items())
            .unwrap_or_default()
            .iter()
            .filter_map(|item| declared_output(item))
            .collect(),
        stdout: spanned_text(node, "stdout").map(Box::new),
        stderr: spanned_text(node, "stderr").map(Box::new),
        timeout_sec: lacking("timeout_sec").map_or_else(|| defaults::timeout_sec(node), |defaults| defaults.timeout_sec),
        continue_on: lacking("continue_on").map_or_else(|| defaults::continue_on(node), |defaults| defaults.continue_on.clone()),
        retry: lacking("retry_policy").map_or_else(|| defaults::retry(node), |defaults| defaults.retry.clone()),
        preconditions: node.get("preconditions").map(|value| policy::conditions(value)).unwrap_or_default(),
        signal_on_stop: lacking("signal_on_stop")
            .map_or_else(|| defaults::signal_on_stop(node), |defaults| defaults.signal_on_stop.clone()),
        defaults: inherited.cloned(),
        node: node.clone(),
    }
}

fn output(value: &NodeRef) -> Option<Output> {
    if value.entries().is_some() {
        return Some(Output::Object(value.clone()));
    }
    Some(Output::Variable(Spanned::new(text(value)?.trim_start_matches('$').to_owned(), value.span)))
}

fn declared_output(item: &Node) -> Option<DeclaredOutput> {
    let json = item.get("type").and_then(|kind| kind.string()) == Some("json");
    Some(DeclaredOutput { name: spanned_text(item, "name")?, json })
}

/// What a step does, the key that says so, and whether it stays on the host whatever the root
/// container says (legacy `type: shell` and `type: command`).
fn action(context: &Surroundings<'_>, node: &NodeRef) -> (Action, Option<Span>, bool) {
    if node.entries().is_none() {
        return (text(node).map_or(Action::None, |text| Action::Run(vec![command(text, node.clone())])), Some(node.span), false);
    }
    let key = |field: &str| node.entry(field).map(|entry| entry.key.span);
    if let Some(name) = spanned_text(node, "action") {
        return (named(context, node, name, node.get("with")), key("action"), false);
    }
    if let Some(entry) = node.entry("run") {
        return (Action::Run(commands(&entry.value)), key("run"), false);
    }
    if let Some(kind) = spanned_text(node, "type") {
        let with = node.get("with").or_else(|| node.get("config"));
        match kind.value.trim() {
            "shell" | "command" => return (legacy_commands(node).unwrap_or(Action::None), key("type"), true),
            "harness" => return (legacy_harness(context, node, with), key("type"), false),
            "docker" | "container" => return (Action::DockerRun(with.cloned()), key("type"), false),
            _ => return (Action::Other(kind), key("type"), false),
        }
    }
    for (field, action) in [
        ("foreach", "foreach"),
        ("call", "dag.run"),
        ("parallel", "dag.run"),
        ("exec", "exec"),
        ("messages", "chat.completion"),
        ("routes", "router.route"),
    ] {
        if let Some(entry) = node.entry(field).filter(|entry| !entry.value.is_null()) {
            return (Action::Other(Spanned::new(action.to_owned(), entry.key.span)), Some(entry.key.span), false);
        }
    }
    match legacy_commands(node) {
        Some(action) => (action, key("command").or_else(|| key("script")), false),
        None => (Action::None, None, false),
    }
}

fn named(context: &Surroundings<'_>, node: &NodeRef, name: Spanned<String>, with: Option<&NodeRef>) -> Action {
    match name.value.trim() {
        "harness.run" => Action::Harness(Box::new(HarnessStep::read(with, context.root.get_some("harness"), context.harnesses))),
        "docker.run" | "container.run" => Action::DockerRun(with.or_else(|| node.get("with")).cloned()),
        _ => Action::Other(name),
    }
}

fn legacy_harness(context: &Surroundings<'_>, node: &NodeRef, with: Option<&NodeRef>) -> Action {
    let mut harness = HarnessStep::read(with, context.root.get_some("harness"), context.harnesses);
    harness.prompt = node.get_some("command").and_then(|prompt| Some((text(prompt)?, prompt.clone())));
    harness.stdin = node.get_some("script").and_then(|stdin| Some((text(stdin)?.trim().to_owned(), stdin.span)));
    Action::Harness(Box::new(harness))
}

fn legacy_commands(node: &Node) -> Option<Action> {
    let value = node.get_some("command").or_else(|| node.get_some("script"))?;
    Some(Action::Run(commands(value)))
}

fn commands(value: &NodeRef) -> Vec<Command> {
    text_nodes(value).into_iter().filter(|(text, _)| !text.trim().is_empty()).map(|(text, node)| command(text, node)).collect()
}

fn command(text: String, node: NodeRef) -> Command {
    Command { script: text.contains('\n'), text, node }
}

/// The words of a `shell` (a string or a list) with `shell_args` behind them.
pub(super) fn shell_words(shell: Option<&NodeRef>, args: Option<&NodeRef>) -> Option<Vec<String>> {
    let shell = shell.filter(|shell| !shell.is_null())?;
    let mut words = match shell.items() {
        Some(_) => texts(shell),
        None => text(shell)?.split_whitespace().map(str::to_owned).collect(),
    };
    words.extend(args.map(|args| texts(args)).unwrap_or_default());
    (!words.is_empty()).then_some(words)
}

/// The names of the steps of a list, as far as they were asked for.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    steps: usize,
}

impl Taken {
    /// The name the engine gives a step that has none, behind these steps: a word for its kind and
    /// its position.
    fn free_name(&mut self, step: &Step, before: &[Step]) -> String {
        self.names.extend(before.iter().skip(self.steps).map(|step| step.name.clone()));
        self.steps = before.len();
        let prefix = kind_of_name(step);
        let mut names = (before.len() + 1..).map(|number| format!("{prefix}_{number}"));
        names.find(|name| !self.names.contains(name)).unwrap_or_default()
    }
}

fn kind_of_name(step: &Step) -> &str {
    match &step.action {
        Action::Harness(_) => "harness",
        Action::DockerRun(_) => "docker",
        Action::Other(name) => name.value.split('.').next().unwrap_or("step"),
        Action::Run(_) => match step.place {
            Place::OwnContainer | Place::DockerRun => "docker",
            Place::Ssh => "ssh",
            Place::RootContainer => "container",
            Place::Host if step.commands().is_some_and(|commands| commands.iter().any(|command| command.script)) => "script",
            Place::Host => "cmd",
        },
        Action::None => "step",
    }
}
