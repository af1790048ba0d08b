use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "yaml-too-large",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The document is nested too deeply, or its aliases stand for too much.",
    why: "More than 128 levels of nesting, or aliases that stand for more than a million nodes, are how a small \
          file is made to cost all memory. The part beyond the limit is not checked.",
    grounds: "A limit of dagu-rs.",
    bad: "steps:\n  - id: deep\n    run: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
    good: "steps:\n  - id: deep\n    run: [echo one, echo two]\n",
    absence: false,
    check: Check::Elsewhere,
};
