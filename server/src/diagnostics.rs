//! `textDocument/publishDiagnostics`: follows a document and publishes what its newest text has.

use std::sync::Arc;

use dagu_schema::{Diagnostic, Fix, rules};
use serde::Serialize;
use tower_lsp::Client;
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use crate::convert::{self, Converter};
use crate::documents::{Documents, Updates};

/// Publishes the findings of a document each time it changed, until it is closed. Findings of a
/// text that has changed meanwhile are dropped. YAML that is no DAG is met with silence.
pub(crate) async fn follow(uri: Url, mut updates: Updates, documents: Arc<Documents>, client: Client, encoding: dagu_schema::Encoding) {
    // Whether the client has heard of this document.
    let mut spoken = false;
    loop {
        let state = updates.borrow_and_update().clone();
        match state {
            Some(snapshot) => {
                let analysis = snapshot.analysis().await;
                if updates.has_changed().unwrap_or(false) {
                    continue;
                }
                if analysis.is_some() || spoken {
                    spoken = analysis.is_some();
                    let converter = Converter::new(&snapshot.text, &snapshot.lines, encoding);
                    let converter = analysis.as_deref().map_or(converter, |analysis| converter.of(analysis));
                    let found = analysis.iter().flat_map(|analysis| &analysis.diagnostics);
                    let found = found.map(|diagnostic| diagnostic_for(&uri, converter, diagnostic)).collect();
                    client.publish_diagnostics(uri.clone(), found, Some(snapshot.version)).await;
                }
            }
            None => {
                if std::mem::take(&mut spoken) {
                    client.publish_diagnostics(uri.clone(), Vec::new(), None).await;
                }
                if documents.forget(&uri) {
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

/// A finding in the protocol's terms.
pub(crate) fn diagnostic_for(uri: &Url, converter: Converter<'_>, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let related = diagnostic.related.iter().map(|related| lsp::DiagnosticRelatedInformation {
        location: lsp::Location { uri: uri.clone(), range: converter.range(related.span) },
        message: related.message.clone(),
    });
    let related: Vec<_> = related.collect();
    lsp::Diagnostic {
        range: converter.range(diagnostic.span),
        severity: Some(convert::severity(diagnostic.severity)),
        code: Some(lsp::NumberOrString::String(diagnostic.rule.to_owned())),
        code_description: Url::parse(&rules::url(diagnostic.rule)).ok().map(|href| lsp::CodeDescription { href }),
        source: Some("dagu-rs".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: tag(diagnostic.rule).map(|tag| vec![tag]),
        data: data(converter, &diagnostic.fixes),
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
    fn tagged_rules_exist() {
        for rule in super::WITHOUT_EFFECT {
            assert!(rules::find(rule).is_some(), "{rule}");
        }
    }
}
