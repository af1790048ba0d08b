//! SARIF 2.1.0, as GitHub code scanning and others read it.

use std::collections::HashMap;
use std::io::{self, Write};

use dagu_schema::rules::{self, Rule};
use dagu_schema::{Confidence, Diagnostic, Fix, Severity, Span};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::fingerprint::Fingerprint;
use super::json::write_line;
use super::paths::{Root, uri};
use super::{Checked, with_help};

/// What stands for the folder that the command was called in.
const ROOT: &str = "%SRCROOT%";

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let mut rules = Rules::default();
    files.iter().flat_map(|file| &file.diagnostics).for_each(|diagnostic| rules.add(diagnostic));
    let run = Run {
        tool: json!({
            "driver": {
                "name": "dagu-rs",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.descriptors,
            },
        }),
        column_kind: "unicodeCodePoints",
        newline_sequences: ["\r\n", "\n", "\r"],
        original_uri_base_ids: json!({ROOT: {"description": {"text": "The folder that dagu-rs was called in."}}}),
        results: Results { files, rules: rules.indices },
    };
    write_line(&Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'a str,
    newline_sequences: [&'a str; 3],
    original_uri_base_ids: Value,
    results: Results<'a>,
}

/// The results, each made when it is written: there may be very many.
struct Results<'a> {
    files: &'a [Checked],
    rules: HashMap<&'static str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let root = Root::current();
        let of = |file| {
            let artifact = artifact(&root, file);
            let found = file.diagnostics.iter().zip(file.fingerprints());
            found.map(move |(diagnostic, fingerprint)| result(file, &artifact, diagnostic, fingerprint, self.rules.get(diagnostic.rule)))
        };
        serializer.collect_seq(self.files.iter().flat_map(of))
    }
}

fn artifact(root: &Root, file: &Checked) -> Value {
    let path = root.relative(&file.path);
    match path.is_absolute() {
        true => json!({"uri": uri(&path)}),
        false => json!({"uri": uri(&path), "uriBaseId": ROOT}),
    }
}

/// The rules of the results, in the order of their first ones.
#[derive(Default)]
struct Rules {
    descriptors: Vec<Value>,
    indices: HashMap<&'static str, usize>,
}

impl Rules {
    fn add(&mut self, diagnostic: &Diagnostic) {
        self.indices.entry(diagnostic.rule).or_insert_with(|| {
            self.descriptors.push(rules::find(diagnostic.rule).map_or_else(|| json!({"id": diagnostic.rule}), descriptor));
            self.descriptors.len() - 1
        });
    }
}

fn descriptor(rule: &Rule) -> Value {
    let page = rule.page();
    let why = rule.why.split("\n\n").next().unwrap_or_default();
    json!({
        "id": rule.name,
        "name": pascal_case(rule.name),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": why, "markdown": why},
        "help": {"text": page, "markdown": page},
        "helpUri": rule.url(),
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": ["dagu"],
            "precision": match rule.confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "high",
                Confidence::Maybe => "medium",
            },
            "problem.severity": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Hint => "recommendation",
            },
        },
    })
}

fn result(file: &Checked, artifact: &Value, diagnostic: &Diagnostic, fingerprint: Fingerprint, rule: Option<&usize>) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "ruleIndex": rule,
        "level": level(diagnostic.severity),
        "message": message(&with_help(diagnostic)),
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region(file, diagnostic.span)}}],
        "partialFingerprints": {"ruleAndLine/v1": fingerprint.to_string()},
    });
    let related = diagnostic.related.iter().map(|related| {
        let place = json!({"artifactLocation": artifact, "region": region(file, related.span)});
        json!({"physicalLocation": place, "message": message(&related.message)})
    });
    let fixes = diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty()).map(|fix| change(file, artifact, fix));
    for (name, values) in [("relatedLocations", distinct(related)), ("fixes", distinct(fixes))] {
        if !values.is_empty() {
            result[name] = Value::Array(values);
        }
    }
    result
}

/// Each value once, as SARIF wants it.
fn distinct(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    values.filter(|value| seen.insert(value.to_string())).collect()
}

fn change(file: &Checked, artifact: &Value, fix: &Fix) -> Value {
    let replacements = fix.edits.iter().map(|edit| {
        let [(start_line, start_column), (end_line, end_column)] = file.places(edit.span);
        // A region of no length is where something is inserted.
        let region = json!({"startLine": start_line, "startColumn": start_column, "endLine": end_line, "endColumn": end_column});
        json!({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    });
    json!({
        "description": message(&fix.title),
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements.collect::<Vec<_>>()}],
        "properties": {"safety": fix.safety.name()},
    })
}

/// A region that is never empty: an empty line is marked as a line.
fn region(file: &Checked, span: Span) -> Value {
    let span = file.marked(span);
    let [(start_line, start_column), (end_line, end_column)] = file.places(span);
    let mut region = Map::from_iter([("startLine".to_owned(), start_line.into())]);
    if span.start != span.end {
        region.extend(
            [("startColumn", start_column), ("endLine", end_line), ("endColumn", end_column)]
                .map(|(name, number)| (name.to_owned(), number.into())),
        );
    }
    Value::Object(region)
}

/// A text as it is: what would read as a link is written so that it does not.
fn message(text: &str) -> Value {
    if text.contains("](") { json!({"text": text.replace('[', "\\[").replace(']', "\\]")}) } else { json!({"text": text}) }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

/// `order-assumed` as `OrderAssumed`.
fn pascal_case(name: &str) -> String {
    let mut is_start = true;
    let letter = |c: char| {
        let shown = (c != '-').then(|| if is_start { c.to_ascii_uppercase() } else { c });
        is_start = c == '-';
        shown
    };
    name.chars().filter_map(letter).collect()
}
