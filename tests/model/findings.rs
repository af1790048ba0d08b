//! What the model reports: the cases of `cases/*.yaml`, each with its findings.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use dagu_schema::{Analysis, Encoding, Facts, analyze};

/// The rules that the model reports itself.
const RULES: &[&str] = &[
    "duplicate-document-name",
    "empty-document",
    "entry-document-name",
    "ignored-key",
    "invalid-value",
    "missing-key",
    "missing-steps",
    "unknown-key",
    "wrong-type",
];

fn report(text: &str) -> String {
    let Analysis { tree, diagnostics, .. } = analyze(text, &Facts::default());
    let place = |offset| tree.lines.position(text, offset, Encoding::Chars);
    let mut out = String::new();
    for found in diagnostics.iter().filter(|found| RULES.contains(&found.rule)) {
        let (start, end) = (place(found.span.start), place(found.span.end));
        let shown = text[found.span.range()].lines().next().unwrap_or_default();
        let _ = write!(out, "{}:{}-{}:{} ", start.line + 1, start.column + 1, end.line + 1, end.column + 1);
        let _ = writeln!(out, "{}[{}] at {shown:?}: {}", found.severity.name(), found.rule, found.message);
        for related in &found.related {
            let _ = writeln!(out, "    see {}: {}", place(related.span.start).line + 1, related.message);
        }
        if let Some(help) = &found.help {
            let _ = writeln!(out, "    help: {help}");
        }
        for fix in &found.fixes {
            let mut fixed = text.to_owned();
            for edit in fix.edits.iter().rev() {
                fixed.replace_range(edit.span.range(), &edit.text);
            }
            let changed = fixed.lines().zip(text.lines()).find(|(new, old)| new != old).map_or("", |(new, _)| new.trim());
            let _ = writeln!(out, "    {} fix: {} -> {changed}", fix.safety.name(), fix.title);
        }
    }
    out
}

fn reports(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model/cases").join(format!("{name}.yaml"));
    let cases = fs::read_to_string(path).unwrap();
    cases.split("\n====\n").fold(String::new(), |out, case| {
        let found = report(case);
        let found = if found.is_empty() { "nothing\n".to_owned() } else { found };
        let quoted: String = case.trim_end().lines().map(|line| format!("| {line}\n")).collect();
        out + &quoted + &found + "\n"
    })
}

#[test]
fn documents() {
    insta::assert_snapshot!(reports("documents"));
}

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(reports("unknown_keys"));
}

#[test]
fn types() {
    insta::assert_snapshot!(reports("types"));
}

#[test]
fn values() {
    insta::assert_snapshot!(reports("values"));
}

#[test]
fn missing() {
    insta::assert_snapshot!(reports("missing"));
}

#[test]
fn keys_of_the_authors_choice_are_free() {
    let found = reports("free_keys");
    assert!(found.lines().all(|line| line.is_empty() || line.starts_with("| ") || line == "nothing"), "{found}");
}

/// Each safe fix of the model removes its finding, and brings no other for it.
#[test]
fn a_safe_fix_mends() {
    let mut tried = 0;
    for name in ["unknown_keys", "types", "values", "missing"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model/cases").join(format!("{name}.yaml"));
        for case in fs::read_to_string(path).unwrap().split("\n====\n") {
            let before = model_findings(case);
            for found in &before {
                for fix in found.fixes.iter().filter(|fix| fix.safety == dagu_schema::Safety::Safe) {
                    let mut fixed = case.to_owned();
                    for edit in fix.edits.iter().rev() {
                        fixed.replace_range(edit.span.range(), &edit.text);
                    }
                    let after = model_findings(&fixed);
                    assert!(after.len() < before.len(), "{}: {case}\n=>\n{fixed}\n{after:#?}", fix.title);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried >= 15, "only {tried}");
}

fn model_findings(text: &str) -> Vec<dagu_schema::Diagnostic> {
    analyze(text, &Facts::default()).diagnostics.into_iter().filter(|found| RULES.contains(&found.rule)).collect()
}
