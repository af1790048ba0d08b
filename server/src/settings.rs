//! What the user of an editor may set, in the section `dagu-rs` of its settings.

use serde::Deserialize;
use tower_lsp::lsp_types::TraceValue;

/// The settings. What is left out is as by default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Settings {
    /// The findings.
    pub(crate) diagnostics: Diagnostics,
    /// What is shown between the letters of the text.
    pub(crate) inlay_hints: InlayHints,
    /// What is offered above the lines of the text.
    pub(crate) code_lenses: CodeLenses,
    /// Whether to leave to another server what a YAML parser and a JSON Schema say.
    pub(crate) semantic_only: bool,
    /// What of the conversation is reported to the client; where it says nothing, what the client asked for.
    pub(crate) trace: Option<Trace>,
}

/// Settings of the findings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Diagnostics {
    /// Whether they are reported.
    pub(crate) enable: bool,
}

impl Default for Diagnostics {
    fn default() -> Self {
        Self { enable: true }
    }
}

/// Settings of the inlay hints.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct InlayHints {
    /// Where a step runs.
    pub(crate) place: bool,
    /// Who can read a credential.
    pub(crate) credentials: bool,
}

impl Default for InlayHints {
    fn default() -> Self {
        Self { place: true, credentials: true }
    }
}

/// Settings of the code lenses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CodeLenses {
    /// What can be done with the DAG.
    pub(crate) tasks: bool,
    /// How many steps wait for a step.
    pub(crate) dependents: bool,
}

impl Default for CodeLenses {
    fn default() -> Self {
        Self { tasks: true, dependents: true }
    }
}

/// How much of the conversation is reported: in a word, or as some editors keep it for their own client.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Trace {
    /// `"trace": "messages"`.
    Word(TraceValue),
    /// `"trace": {"server": "messages"}`.
    Of {
        /// The word.
        server: TraceValue,
    },
}

impl Trace {
    /// The word.
    pub(crate) fn value(&self) -> TraceValue {
        match self {
            Self::Word(value) | Self::Of { server: value } => *value,
        }
    }
}
