use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "base-configuration-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The base configuration, from which every DAG inherits, has an error.",
    why: "Dagu reads `base.yaml` before each DAG. What is wrong there makes it refuse all of them, whatever they say. The message names the first fault; `dagu-rs check base.yaml` shows all.",
    grounds: "Engine, at load, measured: `failed to read`, `unmarshal` and `decode base config`, and the errors of the base itself, which it builds on its own before it looks at the DAG.",
    bad: "# base.yaml\n\
        enviroment: [REGION=eu]\n\
        # dag.yaml\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "# base.yaml\n\
        env: [REGION=eu]\n\
        # dag.yaml\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Elsewhere,
};
