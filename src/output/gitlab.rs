//! GitLab's code quality report.

use std::collections::HashSet;
use std::io::{self, Write};

use dagu_schema::Severity;
use serde_json::{Value, json};

use super::fingerprint::{self, Fingerprint};
use super::paths::Root;
use super::{Checked, json};

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let root = Root::current();
    let mut seen = HashSet::new();
    let mut report: Vec<Value> = Vec::new();
    for file in files {
        let path = root.relative(&file.path);
        let name = path.display().to_string();
        for (diagnostic, fingerprint) in file.diagnostics.iter().zip(file.fingerprints()) {
            let [(begin, _), (end, _)] = file.places(file.marked(diagnostic.span));
            report.push(json!({
                "description": diagnostic.message,
                "check_name": diagnostic.rule,
                "fingerprint": unique(path.as_os_str().as_encoded_bytes(), fingerprint, &mut seen),
                "severity": match diagnostic.severity {
                    Severity::Error => "critical",
                    Severity::Warning => "major",
                    Severity::Info => "minor",
                    Severity::Hint => "info",
                },
                "location": {"path": name, "lines": {"begin": begin, "end": end}},
            }));
        }
    }
    json::write_line(&report, out)
}

/// A fingerprint that no other finding of the report has: two with the same one are taken for one.
fn unique(path: &[u8], fingerprint: Fingerprint, seen: &mut HashSet<u64>) -> String {
    let mut hash = fingerprint::hash(&[path, fingerprint.to_string().as_bytes()]);
    while !seen.insert(hash) {
        hash = fingerprint::hash(&[&hash.to_le_bytes()]);
    }
    format!("{hash:016x}")
}
