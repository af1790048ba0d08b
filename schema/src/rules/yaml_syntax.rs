use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "yaml-syntax",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The text is not YAML, or no YAML that the engine's parser takes.",
    why: "The engine reads nothing of a file with a syntax error. dagu-rs leaves out the faulty part of the line, \
          reads the rest, and reports what else is wrong there.",
    grounds: "YAML 1.2; the engine's loader stops at the first syntax error. Measured on the engine: tabs before or as deep as the last key refuse even an empty line; a tab in double quotes loses the letter after them.",
    bad: "steps:\n  - id: greet\n    run: \"echo hello\n",
    good: "steps:\n  - id: greet\n    run: \"echo hello\"\n",
    absence: false,
    check: Check::Elsewhere,
};
