//! Which rules have a fix. A test holds this against the findings of many texts.

use crate::diagnostic::Safety;

/// Rules of whose findings some have a fix that keeps what the author meant.
const SAFE: &[&str] = &[
    "container-env-invalid",
    "container-env-not-imported",
    "container-multiline-run",
    "container-pull-policy-invalid",
    "container-restart-policy-invalid",
    "container-shell-operators",
    "container-startup-invalid",
    "container-wait-for-invalid",
    "deprecated-syntax",
    "docker-run-pull-invalid",
    "env-alias-unresolved",
    "harness-fallback-invalid",
    "harness-prompt-missing",
    "harness-provider-missing",
    "harness-provider-unknown",
    "ignored-key",
    "key-letter-case",
    "local-image-pulled",
    "missing-key",
    "secret-provider-unknown",
    "stream-json-without-verbose",
    "unknown-dependency",
    "unknown-key",
    "unused-suppression",
    "volume-relative-without-working-dir",
    "wrong-type",
    "yaml-dialect",
    "yaml-syntax",
];

/// Rules whose fixes change what the DAG does, or guess.
const UNSAFE: &[&str] = &[
    "condition-not-run",
    "container-kept",
    "container-shell-not-in-image",
    "credential-in-root-container",
    "credential-mounted-read-only",
    "docker-run-container-left",
    "empty-document",
    "entry-document-name",
    "harness-flag-misspelt",
    "harness-prompt-apostrophe",
    "harness-prompt-mode-stdin-in-container",
    "hosted-provider-without-credential",
    "invalid-value",
    "order-assumed",
    "param-name-misspelt",
    "port-on-all-interfaces",
    "registry-auth-unmatched",
    "remote-input-misspelt",
    "root-mount-not-inherited",
    "router-target-invalid",
    "schema-keyword-misspelt",
    "secrets-namespace",
    "select-path-missing",
    "step-type-unknown",
    "sub-dag-params-invalid",
    "sub-dag-unknown",
    "template-field-missing",
    "undeclared-parameter",
    "unresolvable-reference",
    "variable-misspelt",
    "volume-name-for-file",
    "volume-name-for-folder",
    "volume-writable-for-agent",
];

/// The safety of a rule's fix, where its findings may have one: safe where any is.
pub fn of(rule: &str) -> Option<Safety> {
    match rule {
        rule if SAFE.contains(&rule) => Some(Safety::Safe),
        rule if UNSAFE.contains(&rule) => Some(Safety::Unsafe),
        _ => None,
    }
}
