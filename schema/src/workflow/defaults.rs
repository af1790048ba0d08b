//! Root `defaults`: what steps take over as the engine merges it. Variables and conditions stand
//! before a step's own; of the rest, what the step has no key for. Handlers and calls of custom
//! actions take them too, the steps of a `foreach` body do not.

use std::sync::Arc;

use crate::syntax::{Node, Tree};
use crate::workflow::policy::{self, Condition, ContinueOn, RetryPolicy};
use crate::workflow::resolve::{integer, spanned_text};
use crate::workflow::{EnvEntry, env};

/// Root `defaults`, as far as it changes what a step does.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// `env`, in order.
    pub env: Vec<EnvEntry>,
    /// `preconditions`
    pub preconditions: Vec<Condition>,
    /// `timeout_sec`, in seconds; `None` for no limit.
    pub timeout_sec: Option<u64>,
    /// `continue_on`
    pub continue_on: Option<Arc<ContinueOn>>,
    /// `retry_policy`
    pub retry: Option<Arc<RetryPolicy>>,
    /// `signal_on_stop`
    pub signal_on_stop: Option<Box<str>>,
}

impl Defaults {
    /// Reads the root's `defaults`; `None` where it says nothing.
    pub(super) fn read(tree: &Tree, root: &Node) -> Option<Arc<Self>> {
        let node = root.get_some("defaults").filter(|node| node.entries().is_some_and(|entries| !entries.is_empty()))?;
        Some(Arc::new(Self {
            env: node.get("env").map(|value| env::entries(tree, value)).unwrap_or_default(),
            preconditions: node.get("preconditions").map(|value| policy::conditions(value)).unwrap_or_default(),
            timeout_sec: timeout_sec(node),
            continue_on: continue_on(node),
            retry: retry(node),
            signal_on_stop: signal_on_stop(node),
        }))
    }
}

/// `timeout_sec`; none for 0.
pub(super) fn timeout_sec(node: &Node) -> Option<u64> {
    integer(node.get("timeout_sec")).filter(|&seconds| seconds > 0)
}

/// `continue_on`
pub(super) fn continue_on(node: &Node) -> Option<Arc<ContinueOn>> {
    node.get("continue_on").map(|value| Arc::new(ContinueOn::read(value)))
}

/// `retry_policy`
pub(super) fn retry(node: &Node) -> Option<Arc<RetryPolicy>> {
    node.get("retry_policy").and_then(|value| RetryPolicy::read(value)).map(Arc::new)
}

/// `signal_on_stop`
pub(super) fn signal_on_stop(node: &Node) -> Option<Box<str>> {
    spanned_text(node, "signal_on_stop").map(|signal| signal.value.into_boxed_str())
}
