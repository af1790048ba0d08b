//! Retry, continuation and conditions.

use crate::source::Span;
use crate::syntax::{Node, ScalarType};
use crate::workflow::resolve::{boolean, integer, text, texts};

/// `continue_on`: which ends of a step do not stop the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContinueOn {
    /// A failure.
    pub failure: bool,
    /// A skip.
    pub skipped: bool,
    /// These exit codes.
    pub exit_code: Vec<i64>,
    /// Output that holds one of these texts, or matches after `re:`.
    pub output: Vec<String>,
    /// The step then counts as succeeded.
    pub mark_success: bool,
}

/// `retry_policy` of a step. Numbers that are references are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetryPolicy {
    /// Further attempts.
    pub limit: Option<u32>,
    /// Seconds between attempts.
    pub interval_sec: Option<u64>,
    /// The factor by which the interval grows; `None` for none.
    pub backoff: Option<f64>,
    /// The most seconds between attempts.
    pub max_interval_sec: Option<u64>,
    /// Exit codes to retry; all when empty.
    pub exit_code: Vec<i64>,
}

/// One precondition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The command or value; as `eval` it is also run through a shell.
    pub condition: String,
    /// Whether it was given as `eval`.
    pub eval: bool,
    /// What the value must be: a line, or a pattern after `re:`.
    pub expected: Option<String>,
    /// Turns the result round.
    pub negate: bool,
    /// Where it stands.
    pub span: Span,
}

impl ContinueOn {
    /// Reads the value of `continue_on`: a word or a mapping.
    pub(super) fn read(node: &Node) -> Self {
        let flag = |field: &str| node.get(field).and_then(|value| boolean(value)).unwrap_or(false);
        let word = node.string().map(str::to_lowercase);
        Self {
            failure: word.as_deref() == Some("failed") || flag("failure") || flag("failed"),
            skipped: word.as_deref() == Some("skipped") || flag("skipped"),
            exit_code: node.get("exit_code").map(|codes| integers(codes)).unwrap_or_default(),
            output: node.get("output").map(|output| texts(output)).unwrap_or_default(),
            mark_success: flag("mark_success"),
        }
    }
}

impl RetryPolicy {
    /// Reads the value of `retry_policy`.
    pub(super) fn read(node: &Node) -> Option<Self> {
        node.entries()?;
        let backoff = node.get("backoff").and_then(|value| match value.scalar_type()? {
            ScalarType::Bool(true) => Some(2.0),
            ScalarType::Float(factor) => Some(factor),
            ScalarType::Int(factor) => Some(factor as f64),
            _ => None,
        });
        Some(Self {
            limit: number(node, "limit").and_then(|limit| u32::try_from(limit).ok()),
            interval_sec: number(node, "interval_sec"),
            backoff,
            max_interval_sec: integer(node.get("max_interval_sec")),
            exit_code: node.get("exit_code").map(|codes| integers(codes)).unwrap_or_default(),
        })
    }
}

/// Reads the value of `preconditions`.
pub(super) fn conditions(node: &Node) -> Vec<Condition> {
    let read = |item: &Node| match item.entries() {
        None => Some(Condition { condition: text(item)?, eval: false, expected: None, negate: false, span: item.span }),
        Some(_) => {
            let (value, eval) = match item.get_some("eval") {
                Some(value) => (value, true),
                None => (item.get_some("condition")?, false),
            };
            Some(Condition {
                condition: text(value)?,
                eval,
                expected: item.get_some("expected").and_then(|expected| text(expected)),
                negate: item.get("negate").and_then(|negate| boolean(negate)).unwrap_or(false),
                span: item.span,
            })
        }
    };
    match node.items() {
        Some(items) => items.iter().filter_map(|item| read(item)).collect(),
        None => read(node).into_iter().collect(),
    }
}

/// A number, also one written as a string of digits.
fn number(node: &Node, field: &str) -> Option<u64> {
    let value = node.get(field)?;
    integer(Some(value)).or_else(|| value.text()?.trim().parse().ok())
}

/// A list of integers; a single one counts as a list.
fn integers(node: &Node) -> Vec<i64> {
    texts(node).iter().filter_map(|text| text.trim().parse().ok()).collect()
}
