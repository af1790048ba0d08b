//! A flowchart for Mermaid. Nodes have generated ids, and every text is quoted: what a label may
//! hold otherwise differs between versions.

use std::fmt::Write as _;

use super::model::{Contents, Dag, First, Graph, Waits};
use super::shown;

/// What Mermaid draws unless it is told to draw more.
const MOST_EDGES: usize = 500;
const MOST_TEXT: usize = 50_000;

/// What is to be said of a graph that is too large.
pub(super) fn limit(graph: &Graph, text: &str) -> Option<&'static str> {
    let edges: usize = graph.dags.iter().map(|dag| dag.edges.len() + dag.sees.len()).sum();
    let is_large = edges > MOST_EDGES || text.chars().count() > MOST_TEXT;
    is_large.then_some(
        "Mermaid draws 500 edges and 50000 characters at the most, unless `maxEdges` and `maxTextSize` say otherwise: this is more",
    )
}

pub(super) fn write(graph: &Graph) -> String {
    let mut out = String::from("flowchart TB\n");
    // The numbers of the nodes go on from document to document.
    let mut first = First::default();
    for dag in &graph.dags {
        let several = graph.dags.len() > 1;
        if several {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  subgraph d{}[\"{}\"]", first.dag, label(&graph.title(dag)));
        }
        inside(&mut out, dag, &dag.contents(), dag.clusters.len(), &first, if several { 2 } else { 1 });
        if several {
            out.push_str("  end\n");
        }
        edges(&mut out, dag, &first);
        first.go_behind(dag);
    }
    out
}

/// What stands directly within a cluster. Clusters stand in each other as `foreach` do, of which
/// few are read.
fn inside(out: &mut String, dag: &Dag, contents: &[Contents], at: usize, first: &First, depth: usize) {
    let indent = "  ".repeat(depth);
    let Some(here) = contents.get(at) else { return };
    for &step in &here.steps {
        let Some(node) = dag.steps.get(step) else { continue };
        let _ = writeln!(out, "{indent}n{}[\"{}<br/>{}\"]", first.step + step, label(&node.id), label(&node.action));
    }
    for &number in &here.clusters {
        let Some(cluster) = dag.clusters.get(number) else { continue };
        let _ = writeln!(out, "{indent}subgraph c{}[\"{}\"]", first.cluster + number, label(&cluster.label));
        inside(out, dag, contents, number, first, depth + 1);
        let _ = writeln!(out, "{indent}end");
    }
    if at == dag.clusters.len() {
        for (number, credential) in dag.credentials.iter().enumerate() {
            let _ = writeln!(out, "{indent}k{}([\"{}\"])", first.credential + number, label(&credential.label));
        }
    }
}

fn edges(out: &mut String, dag: &Dag, first: &First) {
    for edge in &dag.edges {
        let arrow = match edge.kind {
            Waits::Depends | Waits::Body => "-->",
            Waits::Assumed => "-.->|assumed|",
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", first.step + edge.from, first.step + edge.to);
    }
    for sees in &dag.sees {
        let line = if sees.engine_only { "-.-" } else { "---" };
        let _ = writeln!(out, "  k{} {line} n{}", first.credential + sees.credential, first.step + sees.step);
    }
}

/// A text within quotes, with character codes for whatever could mean something.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Mermaid looks for lines that set a style before it reads what is quoted.
    let is_style = text.contains("style") || text.contains("classDef");
    let mut is_start = true;
    for c in shown(text).chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '_' | '/' | ',' | '=' | '(' | ')' => out.push(c),
            // At the start they would make a list.
            '.' | '-' if !is_start => out.push(c),
            ':' if !is_style => out.push(c),
            c if c.is_ascii() => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
        is_start &= c.is_ascii_digit() || c.is_whitespace();
    }
    // An empty label would be a syntax error.
    if out.trim().is_empty() { "#160;".to_owned() } else { out }
}
