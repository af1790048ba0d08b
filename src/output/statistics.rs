//! How often each rule reports, in place of the findings.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dagu_schema::{Severity, rules};
use serde::Serialize;

use super::{Checked, count};

#[derive(Serialize)]
struct Statistics {
    version: u32,
    files: usize,
    rules: Vec<Count>,
}

/// How often a rule reports.
#[derive(Serialize)]
struct Count {
    rule: &'static str,
    severity: &'static str,
    findings: usize,
    /// Files in which it reports.
    files: usize,
    /// Findings that offer a fix.
    fixable: usize,
    url: String,
}

/// The rules that report, those with the most findings first.
fn counts(files: &[Checked]) -> Vec<Count> {
    let mut counts: BTreeMap<(&'static str, Severity), Count> = BTreeMap::new();
    let mut seen: BTreeMap<(&'static str, Severity), usize> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        for found in &file.diagnostics {
            let key = (found.rule, found.severity);
            let new = || Count {
                rule: found.rule,
                severity: found.severity.name(),
                findings: 0,
                files: 0,
                fixable: 0,
                url: rules::url(found.rule),
            };
            let count = counts.entry(key).or_insert_with(new);
            count.findings += 1;
            count.fixable += usize::from(!found.fixes.is_empty());
            count.files += usize::from(seen.insert(key, number) != Some(number));
        }
    }
    let mut counts: Vec<Count> = counts.into_values().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.findings));
    counts
}

/// A table for people.
pub(super) fn table(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let counts = counts(files);
    if !counts.is_empty() {
        writeln!(out, "{:>8}  {:>6}  {:>7}  {:<8}  rule", "findings", "files", "fixable", "severity")?;
        for Count { rule, severity, findings, files, fixable, .. } in &counts {
            writeln!(out, "{findings:>8}  {files:>6}  {fixable:>7}  {severity:<8}  {rule}")?;
        }
    }
    let number = files.len();
    writeln!(out, "{number} DAG{} checked: {}", if number == 1 { "" } else { "s" }, count(files))
}

/// One JSON object.
pub(super) fn json(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let statistics = Statistics { version: 1, files: files.len(), rules: counts(files) };
    serde_json::to_writer(&mut *out, &statistics)?;
    writeln!(out)
}
