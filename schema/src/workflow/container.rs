//! A `container:` at the root or on a step.

use std::sync::OnceLock;

use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node, NodeRef, ScalarType, Tree};
use crate::workflow::resolve::{boolean, text, text_nodes, texts};
use crate::workflow::volume::{self, Volume};
use crate::workflow::{EnvEntry, duration, env};

/// Whether a container is made or an existing one is used.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Made from an image.
    Image(Spanned<String>),
    /// An existing one, by name or id (`exec:` or the string form).
    Attach(Spanned<String>),
}

/// When the image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Before each use.
    Always,
    /// Never.
    Never,
    /// When it is not there.
    #[default]
    Missing,
    /// Before each use; the local one serves when that fails.
    Fallback,
}

impl PullPolicy {
    /// The spelling in a DAG.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Missing => "missing",
            Self::Fallback => "fallback",
        }
    }
}

/// A container, as written. Fields that do not make sense are `None` or left out; rules look at
/// `node` for them.
#[derive(Clone, Debug)]
pub struct Container {
    /// The value of the `container` key.
    pub node: NodeRef,
    /// The place of the `container` key itself.
    pub key: Span,
    /// Image or attach; `None` when the author gave neither or both.
    pub mode: Option<Mode>,
    /// `name`
    pub name: Option<Spanned<String>>,
    /// `pull_policy`; `None` when it is not one of the four.
    pub pull_policy: Option<PullPolicy>,
    /// `env`, in order.
    pub env: Vec<EnvEntry>,
    /// `volumes`: each with the scalar it stands in.
    pub volumes: Vec<(String, NodeRef)>,
    mounts: OnceLock<Vec<(Volume, NodeRef)>>,
    /// `ports`
    pub ports: Vec<(String, NodeRef)>,
    /// `user`
    pub user: Option<String>,
    /// `working_dir`: a path in the container.
    pub working_dir: Option<String>,
    /// `platform`
    pub platform: Option<String>,
    /// `network`
    pub network: Option<Spanned<String>>,
    /// `keep_container`
    pub keep_container: bool,
    /// `startup`, trimmed and in lower case: `keepalive` when not given.
    pub startup: String,
    /// `command`
    pub command: Vec<String>,
    /// `wait_for`, trimmed and in lower case: `running` when not given.
    pub wait_for: String,
    /// `log_pattern`
    pub log_pattern: Option<String>,
    /// `restart_policy`, trimmed and in lower case.
    pub restart_policy: Option<String>,
    /// `healthcheck`
    pub healthcheck: Option<Healthcheck>,
    /// `shell`: the words of the command that reads a `run` text.
    pub shell: Vec<String>,
}

/// Fields beside `image` that describe a container to be made: an existing one does not take them.
pub const IMAGE_FIELDS: &[&str] = &[
    "name",
    "pull_policy",
    "volumes",
    "ports",
    "network",
    "platform",
    "startup",
    "command",
    "wait_for",
    "log_pattern",
    "restart_policy",
    "keep_container",
    "healthcheck",
];

/// A container's health check.
#[derive(Clone, Debug, Default)]
pub struct Healthcheck {
    /// `test`
    pub test: Vec<String>,
    /// `interval`, in nanoseconds.
    pub interval: Option<i64>,
    /// `timeout`, in nanoseconds.
    pub timeout: Option<i64>,
    /// `start_period`, in nanoseconds.
    pub start_period: Option<i64>,
    /// `retries`
    pub retries: Option<i64>,
}

impl Container {
    /// Those of [`Self::volumes`] that mean something, split; at the first call, since many steps may
    /// share a container.
    pub fn mounts(&self) -> &[(Volume, NodeRef)] {
        let read = |(text, node): &(String, NodeRef)| Some((volume::parse(text).ok()?, node.clone()));
        self.mounts.get_or_init(|| self.volumes.iter().filter_map(read).collect())
    }

    /// The image, when one is made from it.
    pub fn image(&self) -> Option<&Spanned<String>> {
        match &self.mode {
            Some(Mode::Image(image)) => Some(image),
            _ => None,
        }
    }

    /// The existing container, when one is used.
    pub fn attach(&self) -> Option<&Spanned<String>> {
        match &self.mode {
            Some(Mode::Attach(target)) => Some(target),
            _ => None,
        }
    }

    /// The texts beside `env`, `command` and `shell` in which references are replaced: not in
    /// `healthcheck` and `platform`, and of an existing container only in what it is used with.
    pub fn filled(&self) -> Vec<&str> {
        let target = self.attach().or(self.image()).map(|target| target.value.as_str());
        let used = target.into_iter().chain(self.user.as_deref()).chain(self.working_dir.as_deref());
        if self.attach().is_some() {
            return used.collect();
        }
        let named = [&self.name, &self.network].into_iter().flatten().map(|written| written.value.as_str());
        let lists = self.volumes.iter().chain(&self.ports).map(|(text, _)| text.as_str());
        used.chain(named).chain(lists).collect()
    }

    /// The entry of a field, for its place.
    pub fn entry(&self, field: &str) -> Option<&Entry> {
        self.node.entry(field)
    }
}

impl Container {
    /// Reads the entry of a `container` key: a mapping, or the name of an existing container.
    pub(super) fn read(tree: &Tree) -> impl Fn(&Entry) -> Option<Self> {
        move |entry| {
            let node = &entry.value;
            if node.is_null() || node.is_unresolved() {
                return None;
            }
            let field = |name: &str| node.get_some(name).and_then(|value| Some(Spanned::new(text(value)?, value.span)));
            let word = |name: &str| field(name).map(|word| word.value.trim().to_lowercase()).filter(|word| !word.is_empty());
            let list = |name: &str| node.get_some(name).map(text_nodes).unwrap_or_default();
            Some(Self {
                mode: mode(node),
                key: entry.key.span,
                name: field("name"),
                pull_policy: match node.get("pull_policy") {
                    Some(value) => pull_policy(value),
                    None => Some(PullPolicy::default()),
                },
                env: node.get("env").map(|value| env::entries(tree, value)).unwrap_or_default(),
                volumes: list("volumes"),
                mounts: OnceLock::new(),
                ports: list("ports"),
                user: field("user").map(|user| user.value),
                working_dir: field("working_dir").map(|directory| directory.value),
                platform: field("platform").map(|platform| platform.value),
                network: field("network"),
                keep_container: node.get("keep_container").and_then(|value| boolean(value)).unwrap_or(false),
                startup: word("startup").unwrap_or_else(|| "keepalive".to_owned()),
                command: node.get_some("command").map(|value| texts(value)).unwrap_or_default(),
                wait_for: word("wait_for").unwrap_or_else(|| "running".to_owned()),
                log_pattern: field("log_pattern").map(|pattern| pattern.value).filter(|pattern| !pattern.is_empty()),
                restart_policy: word("restart_policy"),
                healthcheck: node.get_some("healthcheck").map(|value| Healthcheck::read(value)),
                shell: node
                    .get_some("shell")
                    .map(|value| texts(value))
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect(),
                node: node.clone(),
            })
        }
    }
}

fn mode(node: &Node) -> Option<Mode> {
    if let Some(name) = text(node) {
        let name = name.trim();
        return (!name.is_empty()).then(|| Mode::Attach(Spanned::new(name.to_owned(), node.span)));
    }
    let given = |field: &str| {
        node.get_some(field).and_then(|value| Some(Spanned::new(text(value)?, value.span))).filter(|value| !value.value.is_empty())
    };
    match (given("image"), given("exec")) {
        (Some(image), None) => Some(Mode::Image(image)),
        (None, Some(target)) => Some(Mode::Attach(Spanned::new(target.value.trim().to_owned(), target.span))),
        _ => None,
    }
}

/// Reads a pull policy: one of the four words in lower case, or a boolean.
fn pull_policy(node: &Node) -> Option<PullPolicy> {
    match node.scalar_type()? {
        ScalarType::Null => Some(PullPolicy::default()),
        ScalarType::Bool(true) => Some(PullPolicy::Always),
        ScalarType::Bool(false) => Some(PullPolicy::Never),
        ScalarType::Int(_) | ScalarType::Float(_) => None,
        ScalarType::String => match node.text()? {
            "" => Some(PullPolicy::default()),
            "always" => Some(PullPolicy::Always),
            "never" => Some(PullPolicy::Never),
            "missing" => Some(PullPolicy::Missing),
            "fallback" => Some(PullPolicy::Fallback),
            _ => boolean(node).map(|always| if always { PullPolicy::Always } else { PullPolicy::Never }),
        },
    }
}

impl Healthcheck {
    fn read(node: &Node) -> Self {
        let time = |field: &str| node.get_some(field).and_then(|value| duration::nanoseconds(&text(value)?));
        Self {
            test: node.get_some("test").map(|value| texts(value)).unwrap_or_default(),
            interval: time("interval"),
            timeout: time("timeout"),
            start_period: time("start_period"),
            retries: node.get_some("retries").and_then(|value| text(value)?.parse().ok()),
        }
    }
}
