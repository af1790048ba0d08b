use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "yaml-dialect",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The engine's parser reads this text otherwise than YAML 1.2 says.",
    why: "The engine runs what its own parser reads, and dagu-rs reads the same. Editors, formatters and other YAML tools refuse such a file, or read another value.",
    grounds: "Measured, with runs of the engine (goccy/go-yaml 1.19.2): a value that goes on over lines is read like `>-` from a line that starts with `-`, `: ` and ` #` included; a plain value may start with `%`, `,` or `}`; tabs in plain text are dropped (`echo a⇥b` prints `ab`); inside braces `80:80` is a mapping.",
    bad: "steps:\n  - id: notify\n    run: curl -X POST\n      -H \"Content-Type: application/json\"\n      http://localhost:8080/hook\n",
    good: "steps:\n  - id: notify\n    run: >-\n      curl -X POST\n      -H \"Content-Type: application/json\"\n      http://localhost:8080/hook\n",
    absence: false,
    check: Check::Elsewhere,
};
