use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "unknown-key",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A key is not one that the engine knows at this place.",
    why: "The engine rejects the whole file for one unknown key. Most are misspelt, written in camelCase, or stand one level too high or too low. Where the author chooses the keys (environment variables, an agent's flags, labels) nothing is reported. In the template of a custom action it is a warning: the engine looks at a template only where it is used.",
    grounds: "Engine: `has invalid keys`, `unknown field`, `does not support with.KEY`, `unexpected additional properties`, for each kind of mapping.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n    timeout_secs: 10\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n    timeout_sec: 10\n",
    absence: false,
    check: Check::Elsewhere,
};
