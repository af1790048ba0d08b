use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "key-letter-case",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A key in another letter case than the field it is taken for.",
    why: "The engine's loader decodes most fields in any letter case, so the DAG runs as if the key were written as documented, and dagu-rs reads it so too. But it looks some keys up as they are written (`steps`, `run`, `action`, `with`, `outputs`, and what an action takes), its documentation says that letter case counts, and its JSON Schema refuses the key. Beside the documented spelling, the other one is an unknown key.",
    grounds: "Measured on the engine, for the fields of DAGs, steps, containers and policies: runs with `ENV`, `Params`, `Harnesses`, `Depends` or `Foreach` do what they say; `id` with `Id` is refused (`has invalid keys: Id`); a step with `Outputs` declares none.",
    bad: "steps:\n  - id: greet\n    run: echo hello\n  - id: part\n    Depends: greet\n    run: echo bye\n",
    good: "steps:\n  - id: greet\n    run: echo hello\n  - id: part\n    depends: greet\n    run: echo bye\n",
    absence: false,
    check: Check::Elsewhere,
};
