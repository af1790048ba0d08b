use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "empty-document",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A document of the file is no DAG: it is empty, or no mapping.",
    why: "The engine rejects the whole file when one of its documents is empty. A `---` at the end of the file starts such a document. A mapping with an anchor or a tag of its own counts as empty too.",
    grounds: "Engine: `entrypoint document must not be empty`, `document 2 must not be empty`.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n---\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n",
    absence: true,
    check: Check::Elsewhere,
};
