//! Retry, continuation and conditions.

use crate::source::Span;

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
