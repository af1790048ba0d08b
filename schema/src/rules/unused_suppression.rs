use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "unused-suppression",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A comment `# dagu-rs: ignore[...]` suppresses nothing.",
    why: "What it once suppressed is gone, or the comment does not cover it: a comment covers what is reported on its own line, or, on a line of its own, in the key or list item that starts on the next line. Left alone, it would hide a later fault. A name in it that no rule has is reported too, and a comment that names no rule.",
    grounds: "How dagu-rs reads such comments; the engine takes them for comments like any other.",
    bad: "steps:\n\
        \x20 # dagu-rs: ignore[unknown-key] we need it\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Elsewhere,
};
