use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "invalid-value",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A value is not one of those that the engine accepts at this place.",
    why: "Some fields take one word of a fixed set, a number within bounds, or text that is not empty. The engine checks these when it loads the file, and rejects the file.",
    grounds: "Engine: `invalid type`, `must be one of`, `must be >= 0`, `unknown action`, `step command is empty` and their like, measured field by field.",
    bad: "type: grph\nsteps:\n  - id: greet\n    run: echo hello\n",
    good: "type: graph\nsteps:\n  - id: greet\n    run: echo hello\n",
    absence: false,
    check: Check::Elsewhere,
};
