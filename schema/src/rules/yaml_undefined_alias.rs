use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "yaml-undefined-alias",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An alias (`*name`) names no anchor (`&name`) before it.",
    why: "The engine rejects the file. A value that starts with a literal `*` has to be quoted.",
    grounds: "Engine: `could not find alias`.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n    env: *common\n",
    good: "env: &common\n  - WHO: you\nsteps:\n  - id: greet\n    run: echo hello\n    env: *common\n",
    absence: false,
    check: Check::Elsewhere,
};
