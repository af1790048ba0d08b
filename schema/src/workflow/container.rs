//! A `container:` at the root or on a step.

use crate::source::{Span, Spanned};
use crate::syntax::NodeRef;
use crate::workflow::EnvEntry;

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

    /// The entry of a field, for its place.
    pub fn entry(&self, field: &str) -> Option<&crate::syntax::Entry> {
        self.node.entry(field)
    }
}
