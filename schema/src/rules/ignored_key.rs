use super::{Check, Rule};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "ignored-key",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A key that the engine passes over is near one that it reads.",
    why: "In most places the engine rejects an unknown key. In the `with` of some actions, and in a few mappings of the \
          root, it passes over it, so that a misspelt setting has no effect and nothing says so. Only keys that look like \
          a misspelling are reported.",
    grounds: "Engine: unknown keys of `http.request`, `ssh.run`, `docker.run`, the databases, `redis.*`, `s3.*`, \
              `archive.*`, `otel`, `tools` and `registry_auths` load without a word.",
    bad: "steps:\n  - id: fetch\n    action: http.request\n    with:\n      method: GET\n      url: https://example.com\n      \
          quey: {page: \"1\"}\n",
    good: "steps:\n  - id: fetch\n    action: http.request\n    with:\n      method: GET\n      url: https://example.com\n      \
           query: {page: \"1\"}\n",
    absence: false,
    check: Check::Elsewhere,
};
