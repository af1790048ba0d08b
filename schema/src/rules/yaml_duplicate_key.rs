use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "yaml-duplicate-key",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A key stands twice in one mapping.",
    why: "The engine rejects the file. Other YAML readers keep one of the two values and drop the other in silence.",
    grounds: "Engine: `mapping key \"run\" already defined`, at any depth.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n    run: echo bye\n",
    good: "steps:\n  - id: greet\n    run: [echo hello, echo bye]\n",
    absence: false,
    check: Check::Elsewhere,
};
