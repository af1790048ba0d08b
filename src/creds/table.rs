//! The matrix as a table of text.

use std::fmt::Write as _;

use dagu_schema::printable;

use super::matrix::{Credential, Dag, Matrix, Sees};
use crate::inspect::words_with_literal;

pub(super) fn write(matrix: &Matrix) -> String {
    let mut out = String::new();
    for (number, dag) in matrix.dags.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let name = if dag.dag.is_empty() { matrix.file.clone() } else { format!("{} ({})", matrix.file, dag.dag) };
        document(&mut out, &name, dag);
    }
    out
}

fn document(out: &mut String, name: &str, dag: &Dag) {
    if dag.credentials.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name}: no step sees a credential");
        for note in &dag.notes {
            let _ = writeln!(out, "{note}");
        }
        return;
    }
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let _ = writeln!(out, "{name}: {}, {}\n", plural(dag.credentials.len(), "credential"), plural(dag.steps.len(), "step"));
    for (number, credential) in dag.credentials.iter().enumerate() {
        let _ = writeln!(out, "{:>4}  {}", number + 1, about(credential));
    }
    out.push('\n');
    let cells: Vec<Vec<String>> =
        dag.steps.iter().map(|row| (0..dag.credentials.len()).map(|number| cell(&row.sees, number)).collect()).collect();
    let widths: Vec<usize> = (0..dag.credentials.len())
        .map(|column| {
            cells
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .chain([(column + 1).to_string().len()])
                .max()
                .unwrap_or(1)
        })
        .collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let steps = width(&mut dag.steps.iter().map(|row| printable::line(&row.step).chars().count()).chain([4]));
    let places = width(&mut dag.steps.iter().map(|row| row.place.chars().count()).chain([7]));
    let mut line = |step: &str, place: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "{}", format!("{step:steps$}  {place:places$}  {}", cells.join("  ")).trim_end());
    };
    line("step", "runs in", &mut (1..=dag.credentials.len()).map(|number| number.to_string()));
    for (row, cells) in dag.steps.iter().zip(&cells) {
        line(&printable::line(&row.step), row.place, &mut cells.iter().cloned());
    }
    let all = || cells.iter().flatten();
    let mut legend = Vec::new();
    if all().any(|cell| cell.contains('(')) {
        legend.push("(...) in the Dagu engine, and not in dagu-rs run");
    }
    if all().any(|cell| cell.contains('!')) {
        legend.push("! in dagu-rs run, and not in the Dagu engine");
    }
    legend.extend(&dag.notes);
    if !legend.is_empty() {
        let _ = writeln!(out, "\n{}", legend.join("\n"));
    }
}

/// What a credential is and where it comes from.
pub(super) fn about(credential: &Credential) -> String {
    let from = match credential.from.as_slice() {
        [] => String::new(),
        _ if credential.origin == dagu_schema::workflow::visibility::Origin::Mount => format!(": {}", credential.from.join(", ")),
        names => format!(", taken from {}", names.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(" and ")),
    };
    let line = credential.line.map(|line| format!(", line {line}")).unwrap_or_default();
    format!("{}  {}{line}{from}", credential.name, credential.origin.name())
}

/// How a credential gets to a step, in a cell: `-` for not at all.
pub(super) fn cell(sees: &[Sees], credential: usize) -> String {
    let Some(sees) = sees.iter().find(|sees| sees.credential == credential) else { return "-".to_owned() };
    let engine: Vec<&str> = words_with_literal(sees.engine).collect();
    let contract: Vec<&str> = words_with_literal(sees.contract).collect();
    let mut parts: Vec<String> =
        contract.iter().map(|word| if engine.contains(word) { (*word).to_owned() } else { format!("{word}!") }).collect();
    parts.extend(engine.iter().filter(|word| !contract.contains(word)).map(|word| format!("({word})")));
    parts.join(" ")
}
