//! What a change of a DAG newly shows to which step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dagu_schema::workflow::visibility::{Origin, Routes};
use serde::Serialize;

use super::matrix::Matrix;
use crate::inspect::words;

/// The differences between two matrices.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) version: u32,
    pub(super) file: &'a str,
    pub(super) against: &'a str,
    pub(super) changes: &'a [Change],
}

/// A step that sees a credential in one of two versions only, or in more ways.
#[derive(Serialize)]
pub(super) struct Change {
    /// `new` or `gone`
    pub(super) kind: &'static str,
    /// The document; empty for the first.
    pub(super) dag: String,
    pub(super) step: String,
    pub(super) credential: String,
    /// Where the credential comes from.
    pub(super) origin: &'static str,
    /// What executes the step so: `dagu-rs run`, the Dagu engine.
    pub(super) under: Vec<&'static str>,
    /// `env`, `text`, `file`
    pub(super) by: Vec<&'static str>,
}

impl Change {
    /// Whether a step sees what it did not see before.
    pub(super) fn is_new(&self) -> bool {
        self.kind == "new"
    }
}

/// Which document, which step, which credential.
type Key<'a> = (&'a str, &'a str, &'a str);

pub(super) fn between(before: &Matrix, after: &Matrix) -> Vec<Change> {
    let (old, new) = (cells(before), cells(after));
    let mut changes = compare("new", &new, &old);
    changes.extend(compare("gone", &old, &new));
    changes
}

/// All that steps see: by name alone, since a credential that comes from another place of the file
/// is still the same to the step.
fn cells(matrix: &Matrix) -> BTreeMap<Key<'_>, (Origin, Routes, Routes)> {
    let mut cells = BTreeMap::new();
    for dag in &matrix.dags {
        for row in &dag.steps {
            for sees in &row.sees {
                let Some(credential) = dag.credentials.get(sees.credential) else { continue };
                cells.insert(
                    (dag.dag.as_str(), row.step.as_str(), credential.name.as_str()),
                    (credential.origin, sees.contract.of_value(), sees.engine.of_value()),
                );
            }
        }
    }
    cells
}

fn compare(
    kind: &'static str,
    these: &BTreeMap<Key<'_>, (Origin, Routes, Routes)>,
    those: &BTreeMap<Key<'_>, (Origin, Routes, Routes)>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (&(dag, step, credential), &(origin, contract, engine)) in these {
        let (other_contract, other_engine) =
            those.get(&(dag, step, credential)).map_or_else(Default::default, |&(_, contract, engine)| (contract, engine));
        let more = |here: Routes, there: Routes| Routes {
            environment: here.environment && !there.environment,
            text: here.text && !there.text,
            mount: here.mount && !there.mount,
            ..Routes::default()
        };
        let (contract, engine) = (more(contract, other_contract), more(engine, other_engine));
        if !contract.any() && !engine.any() {
            continue;
        }
        let under = [(contract.any(), "dagu-rs run"), (engine.any(), "the Dagu engine")];
        let all = Routes {
            environment: contract.environment || engine.environment,
            text: contract.text || engine.text,
            mount: contract.mount || engine.mount,
            ..Routes::default()
        };
        changes.push(Change {
            kind,
            dag: dag.to_owned(),
            step: step.to_owned(),
            credential: credential.to_owned(),
            origin: origin.key(),
            under: under.into_iter().filter(|(is_so, _)| *is_so).map(|(_, name)| name).collect(),
            by: words(all).collect(),
        });
    }
    changes
}

/// The changes as lines of text.
pub(super) fn text(file: &str, against: &str, changes: &[Change]) -> String {
    if changes.is_empty() {
        return format!("{file}: every step sees what it saw in {against}\n");
    }
    let mut out = String::new();
    for change in changes {
        let sign = if change.is_new() { '+' } else { '-' };
        let dag = if change.dag.is_empty() { String::new() } else { format!("{}: ", change.dag) };
        let says = if change.is_new() { "newly sees" } else { "no longer sees" };
        let under = if change.under.len() == 1 { format!(", in {} only", change.under.concat()) } else { String::new() };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{sign} {dag}{} {says} {} ({}{under})", change.step, change.credential, change.by.join(" and "));
    }
    out
}
