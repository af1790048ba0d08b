//! What a change of a DAG newly shows to which step.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dagu_schema::printable;
use dagu_schema::workflow::visibility::Routes;
use serde::Serialize;

use super::matrix::{Credential, Matrix};
use crate::inspect::words;

/// The differences between two matrices.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) version: u32,
    pub(super) file: &'a str,
    pub(super) against: &'a str,
    pub(super) changes: &'a [Change],
}

/// A step that sees a credential in one of two versions only, in more ways, or another one under its name.
#[derive(Serialize)]
pub(super) struct Change {
    /// `new`, `gone`, or `other_source`: another credential under the same name
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
    /// What its value was taken from, when that is something else now, or less.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) was: Vec<String>,
    /// What its value is taken from then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) now: Vec<String>,
}

impl Change {
    /// Whether a step sees what it did not see before.
    pub(super) fn is_new(&self) -> bool {
        self.kind != "gone"
    }
}

/// Which document, which step, which credential.
type Key<'a> = (&'a str, &'a str, &'a str);

/// The changes; all is new against a version in which the file is not there.
pub(super) fn between(before: Option<&Matrix>, after: &Matrix) -> Vec<Change> {
    let (old, new) = (before.map(cells).unwrap_or_default(), cells(after));
    let mut changes = compare("new", &new, &old);
    changes.extend(compare("gone", &old, &new));
    changes
}

/// What a step sees of a credential.
#[derive(Clone, Copy)]
struct Cell<'a> {
    credential: &'a Credential,
    contract: Routes,
    engine: Routes,
}

/// All that steps see, by name: a credential that is passed on at another place of the file is still
/// the same to the step, as long as its value comes from the same.
fn cells(matrix: &Matrix) -> BTreeMap<Key<'_>, Cell<'_>> {
    let mut cells = BTreeMap::new();
    for dag in &matrix.dags {
        for row in &dag.steps {
            for sees in &row.sees {
                let Some(credential) = dag.credentials.get(sees.credential) else { continue };
                let cell = Cell { credential, contract: sees.contract.of_value(), engine: sees.engine.of_value() };
                let key = (dag.dag.as_str(), row.step.as_str(), credential.name.as_str());
                // By the one rules it may come from elsewhere than by the other.
                let known = cells.entry(key).or_insert(cell);
                known.contract = both(known.contract, cell.contract);
                known.engine = both(known.engine, cell.engine);
            }
        }
    }
    cells
}

fn both(one: Routes, other: Routes) -> Routes {
    Routes {
        environment: one.environment || other.environment,
        text: one.text || other.text,
        mount: one.mount || other.mount,
        ..Routes::default()
    }
}

fn compare(kind: &'static str, these: &BTreeMap<Key<'_>, Cell<'_>>, those: &BTreeMap<Key<'_>, Cell<'_>>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (&(dag, step, name), &cell) in these {
        let there = those.get(&(dag, step, name));
        let (is_new, source) = (kind == "new", &cell.credential.source);
        let has_more = |there: &&Cell<'_>| !source.is_within(&there.credential.source);
        let has_else = |there: &&Cell<'_>| !there.credential.source.is_within(source);
        // What comes from elsewhere now is one change, said of the later version.
        if !is_new && there.as_ref().is_some_and(has_else) {
            continue;
        }
        // What is made of less than before shows nothing new: what it is made of no longer is gone.
        let other = there.filter(has_more);
        let (other_contract, other_engine) =
            there.filter(|_| other.is_none()).map_or_else(Default::default, |there| (there.contract, there.engine));
        let more = |here: Routes, there: Routes| Routes {
            environment: here.environment && !there.environment,
            text: here.text && !there.text,
            mount: here.mount && !there.mount,
            ..Routes::default()
        };
        let (contract, engine) = (more(cell.contract, other_contract), more(cell.engine, other_engine));
        if !contract.any() && !engine.any() {
            continue;
        }
        let under = [(contract.any(), "dagu-rs run"), (engine.any(), "the Dagu engine")];
        changes.push(Change {
            kind: if other.is_some() && is_new { "other_source" } else { kind },
            dag: dag.to_owned(),
            step: step.to_owned(),
            credential: name.to_owned(),
            origin: cell.credential.origin.key(),
            under: under.into_iter().filter(|(is_so, _)| *is_so).map(|(_, name)| name).collect(),
            by: words(both(contract, engine)).collect(),
            was: other.map(|there| if is_new { there } else { &cell }.credential.source.called()).unwrap_or_default(),
            now: other.map(|there| if is_new { &cell } else { there }.credential.source.called()).unwrap_or_default(),
        });
    }
    changes
}

/// The changes as lines of text. `is_there`: whether the file is in the other version.
pub(super) fn text(file: &str, against: &str, is_there: bool, changes: &[Change]) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    if !is_there {
        let _ = writeln!(out, "{file} is not in {against}: all that its steps see is new");
    } else if changes.is_empty() {
        return format!("{file}: every step sees what it saw in {against}\n");
    }
    for change in changes {
        let dag = if change.dag.is_empty() { String::new() } else { format!("{}: ", change.dag) };
        let (sign, says) = match change.kind {
            "new" => ('+', "newly sees"),
            "gone" if !change.now.is_empty() => ('-', "sees less as"),
            "gone" => ('-', "no longer sees"),
            _ => ('+', "sees another credential as"),
        };
        let under = if change.under.len() == 1 { format!(", in {} only", change.under.concat()) } else { String::new() };
        let source = match (change.was.join(" and "), change.now.join(" and ")) {
            (was, _) if was.is_empty() => String::new(),
            (was, now) if was == now => format!(": it is another than before, {now}"),
            (was, now) => format!(": was {was}, is {now}"),
        };
        let step = printable::line(&change.step);
        let _ = writeln!(out, "{sign} {dag}{step} {says} {} ({}{under}){source}", change.credential, change.by.join(" and "));
    }
    out
}
