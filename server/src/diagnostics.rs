//! `textDocument/publishDiagnostics`: follows a document and publishes what its newest text has.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use dagu_schema::{Diagnostic, Fix, rules};
use serde::Serialize;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;
use tower_lsp::lsp_types::notification::{Notification as _, PublishDiagnostics};

use crate::backend::Backend;
use crate::convert::{self, Converter};
use crate::documents::{Snapshot, Updates};
use crate::settings::Settings;

/// What of a finding the client understands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    related: bool,
    tags: bool,
    code_description: bool,
    data: bool,
}

impl Traits {
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let said = client.text_document.as_ref().and_then(|text| text.publish_diagnostics.as_ref());
        Self {
            related: said.and_then(|said| said.related_information).unwrap_or(false),
            tags: said.is_some_and(|said| said.tag_support.is_some()),
            code_description: said.and_then(|said| said.code_description_support).unwrap_or(false),
            data: said.and_then(|said| said.data_support).unwrap_or(false),
        }
    }
}

/// Publishes the findings of a document each time it changed, until it is closed. The first of some changes is answered at
/// once; those that come while it is looked at are looked at together. Findings of a text that has changed meanwhile are
/// dropped. YAML that is no DAG is met with silence.
pub(crate) async fn follow(server: Backend, uri: Url, mut updates: Updates) {
    // What the client has last heard of this document.
    let mut published: Option<Arc<Vec<u8>>> = None;
    loop {
        let state = updates.borrow_and_update().clone();
        match state {
            Some(snapshot) => {
                let found = of(&server, &snapshot).await;
                if updates.has_changed().unwrap_or(false) {
                    continue;
                }
                let is_dag = found.is_some();
                let like = published.as_deref().map_or(0, Vec::len);
                let now = Arc::new(publication(&uri, found.unwrap_or_default(), Some(snapshot.version), like));
                if (is_dag || published.is_some()) && published.as_ref() != Some(&now) {
                    server.connection.send(now.clone()).await;
                    published = is_dag.then_some(now);
                }
            }
            None => {
                if published.take().is_some() {
                    server.connection.send(Arc::new(publication(&uri, Vec::new(), None, 0))).await;
                }
                if server.documents.forget(&uri) {
                    return;
                }
                continue;
            }
        }
        if updates.changed().await.is_err() {
            return;
        }
    }
}

/// The message that says what was found; `like`: about as many bytes as it will have.
fn publication(uri: &Url, diagnostics: Vec<lsp::Diagnostic>, version: Option<i32>, like: usize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Notification {
        jsonrpc: &'static str,
        method: &'static str,
        params: lsp::PublishDiagnosticsParams,
    }
    let params = lsp::PublishDiagnosticsParams { uri: uri.clone(), diagnostics, version };
    let mut message = Vec::with_capacity(like + like / 16);
    let notification = Notification { jsonrpc: "2.0", method: PublishDiagnostics::METHOD, params };
    // Nothing in it can fail to be written.
    let _ = serde_json::to_writer(&mut message, &notification);
    message
}

/// The findings of a document that are reported; `None` for one that is no DAG.
pub(crate) async fn of(server: &Backend, snapshot: &Arc<Snapshot>) -> Option<Vec<lsp::Diagnostic>> {
    let analysis = snapshot.analysis().await?;
    let converter = Converter::new(&snapshot.text, &snapshot.lines, server.traits().encoding).of(&analysis);
    let (settings, traits) = (server.configuration.settings(), server.traits().diagnostics);
    let found = analysis.diagnostics.iter().filter(|found| is_reported(found.rule, &settings));
    Some(found.map(|found| diagnostic_for(&snapshot.uri, converter, traits, found)).collect())
}

/// Whether the user wants to hear of what a rule finds.
fn is_reported(rule: &str, settings: &Settings) -> bool {
    settings.diagnostics.enable && !(settings.semantic_only && OF_SCHEMA.contains(&rule))
}

/// Rules that say what a YAML parser, or a checker with a JSON Schema of DAGs, says too.
const OF_SCHEMA: &[&str] = &[
    "ignored-key",
    "invalid-value",
    "missing-key",
    "missing-steps",
    "unknown-key",
    "wrong-type",
    "yaml-duplicate-key",
    "yaml-syntax",
    "yaml-undefined-alias",
];

/// What a client needs to mend a finding without asking for code actions.
#[derive(Serialize)]
struct Data {
    fixes: Vec<FixData>,
}

#[derive(Serialize)]
struct FixData {
    title: String,
    safety: &'static str,
    edits: Vec<lsp::TextEdit>,
}

/// The pages of the rules.
static PAGES: LazyLock<HashMap<&'static str, Url>> =
    LazyLock::new(|| rules::ALL.iter().filter_map(|rule| Some((rule.name, Url::parse(&rule.url()).ok()?))).collect());

/// A finding in the protocol's terms, as far as the client understands it.
pub(crate) fn diagnostic_for(uri: &Url, converter: Converter<'_>, traits: Traits, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let related = diagnostic.related.iter().map(|related| lsp::DiagnosticRelatedInformation {
        location: lsp::Location { uri: uri.clone(), range: converter.range(related.span) },
        message: related.message.clone(),
    });
    let page = || PAGES.get(diagnostic.rule).cloned();
    lsp::Diagnostic {
        range: converter.range(diagnostic.span),
        severity: Some(convert::severity(diagnostic.severity)),
        code: Some(lsp::NumberOrString::String(diagnostic.rule.to_owned())),
        code_description: traits.code_description.then(page).flatten().map(|href| lsp::CodeDescription { href }),
        source: Some("dagu-rs".to_owned()),
        message,
        related_information: (traits.related && !diagnostic.related.is_empty()).then(|| related.collect()),
        tags: tag(diagnostic.rule).filter(|_| traits.tags).map(|tag| vec![tag]),
        data: traits.data.then(|| data(converter, &diagnostic.fixes)).flatten(),
    }
}

fn data(converter: Converter<'_>, fixes: &[Fix]) -> Option<serde_json::Value> {
    let fixes: Vec<FixData> = fixes
        .iter()
        .map(|fix| FixData {
            title: fix.title.clone(),
            safety: fix.safety.name(),
            edits: fix.edits.iter().map(|edit| converter.edit(edit)).collect(),
        })
        .collect();
    if fixes.is_empty() { None } else { serde_json::to_value(Data { fixes }).ok() }
}

/// Rules whose findings mark text that changes nothing: editors fade it.
const WITHOUT_EFFECT: &[&str] = &["container-command-ignored", "container-field-ignored", "runtime-set-in-dag"];

/// How editors are asked to draw what a rule reports, besides the squiggle.
fn tag(rule: &str) -> Option<lsp::DiagnosticTag> {
    WITHOUT_EFFECT.contains(&rule).then_some(lsp::DiagnosticTag::UNNECESSARY)
}

#[cfg(test)]
mod tests {
    use dagu_schema::rules;

    #[test]
    fn rules_that_are_named_exist() {
        for rule in super::WITHOUT_EFFECT.iter().chain(super::OF_SCHEMA) {
            assert!(rules::find(rule).is_some(), "{rule}");
        }
    }
}
