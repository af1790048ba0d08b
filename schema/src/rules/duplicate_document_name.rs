use super::Rule;
use crate::diagnostic::Severity;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-document-name",
    severity: Severity::Error,
    summary: "Two documents of a file have the same name.",
    why: "The documents after the first are sub-DAGs, and `dag.run` finds them by name. The engine rejects a file in which a name stands for two of them.",
    grounds: "Engine: `DAG document name \"NAME\" must be unique`.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n---\nname: child\nsteps:\n  - id: greet\n    run: echo hello\n---\nname: other\nsteps:\n  - id: greet\n    run: echo hello\n",
    absence: false,
    check: None,
};
