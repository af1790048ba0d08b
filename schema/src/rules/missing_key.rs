use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "missing-key",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A key that has to be there is missing.",
    why: "The engine rejects the file when a mapping lacks a key that it cannot do without, such as the `url` of an `http.request`, the `limit` of a `retry_policy`, or the `name` of a second document.",
    grounds: "Engine: `with.FIELD is required`, `limit is required when retry_policy is specified`, `must define name` and their like, for each kind of mapping.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n    retry_policy:\n      limit: 3\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n    retry_policy:\n      limit: 3\n      interval_sec: 10\n",
    absence: true,
    check: Check::Elsewhere,
};
