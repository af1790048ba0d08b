//! What the user of an editor may set, in the section `dagu-rs` of its settings.

use serde::Deserialize;

/// The settings. What is left out is as by default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Settings {
    /// What is shown between the letters of the text.
    pub(crate) inlay_hints: InlayHints,
}

impl Settings {
    /// From what the client hands over with `initialize`: the section, or what holds it.
    pub(crate) fn of(options: Option<&serde_json::Value>) -> Self {
        let own = options.map(|options| options.get("dagu-rs").unwrap_or(options));
        own.and_then(|own| serde_json::from_value(own.clone()).ok()).unwrap_or_default()
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
