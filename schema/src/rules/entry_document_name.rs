use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "entry-document-name",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The first document of a file has a `name`.",
    why: "The engine names the DAG after its file, and its `validate` rejects a `name` there. Later documents, which are sub-DAGs of the first, need one. Removing the line renames the DAG, and with it its history, unless the file has that name already.",
    grounds: "Engine: `entrypoint document must not define name`; its other commands accept the key.",
    bad: "name: greeter\nsteps:\n  - id: greet\n    run: echo hello\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n",
    absence: false,
    check: Check::Elsewhere,
};
