use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "missing-steps",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A document has no list of steps.",
    why: "The engine wants `steps` to be a list with at least one step, written out in the document: an alias, or a list with an anchor or a tag of its own, does not count.",
    grounds: "Engine: `must define steps`, `steps must be a non-empty sequence`.",
    bad: "env:\n  - WHO: you\n",
    good: "env:\n  - WHO: you\nsteps:\n  - id: greet\n    run: echo hello\n",
    absence: true,
    check: Check::Elsewhere,
};
