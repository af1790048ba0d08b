//! For Graphviz.

use std::fmt::Write as _;

use super::model::{Contents, Dag, First, Graph, Kind, Waits};
use super::shown;

pub(super) fn write(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph dag {\n  rankdir=TB;\n  compound=true;\n  fontname=\"sans-serif\";\n  \
         node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    // The numbers go on from document to document.
    let mut first = First::default();
    for dag in &graph.dags {
        let several = graph.dags.len() > 1;
        if several {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  subgraph cluster_d{} {{\n    label=\"{}\";", first.dag, text(&graph.title(dag)));
        }
        inside(&mut out, dag, &dag.contents(), dag.clusters.len(), &first, if several { 2 } else { 1 });
        if several {
            out.push_str("  }\n");
        }
        edges(&mut out, dag, &first);
        first.go_behind(dag);
    }
    out.push_str("}\n");
    out
}

fn inside(out: &mut String, dag: &Dag, contents: &[Contents], at: usize, first: &First, depth: usize) {
    let indent = "  ".repeat(depth);
    let Some(here) = contents.get(at) else { return };
    for &step in &here.steps {
        let Some(node) = dag.steps.get(step) else { continue };
        let line = node.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let about = text(&format!("{}{line}", node.place));
        let _ =
            writeln!(out, "{indent}n{} [label=\"{}\\n{}\", tooltip=\"{about}\"];", first.step + step, text(&node.id), text(&node.action));
    }
    for &number in &here.clusters {
        let Some(cluster) = dag.clusters.get(number) else { continue };
        let style = match cluster.kind {
            Kind::Foreach | Kind::Handlers => "dashed",
            Kind::RootContainer | Kind::OwnContainer | Kind::Attached => "rounded",
        };
        let _ = writeln!(
            out,
            "{indent}subgraph cluster_{} {{\n{indent}  label=\"{}\"; style={style};",
            first.cluster + number,
            text(&cluster.label)
        );
        inside(out, dag, contents, number, first, depth + 1);
        let _ = writeln!(out, "{indent}}}");
    }
    if at == dag.clusters.len() {
        for (number, credential) in dag.credentials.iter().enumerate() {
            let about = credential.origin.name();
            let _ = writeln!(
                out,
                "{indent}k{} [label=\"{}\", tooltip=\"{about}\", shape=ellipse, style=solid, fontsize=9, color=firebrick, fontcolor=firebrick];",
                first.credential + number,
                text(&credential.label)
            );
        }
    }
}

fn edges(out: &mut String, dag: &Dag, first: &First) {
    for edge in &dag.edges {
        let style = match edge.kind {
            Waits::Depends => "",
            Waits::Body => " [arrowhead=open]",
            Waits::Assumed => " [style=dashed, label=\"assumed\"]",
        };
        let _ = writeln!(out, "  n{} -> n{}{style};", first.step + edge.from, first.step + edge.to);
    }
    for sees in &dag.sees {
        let style = if sees.engine_only { "dotted" } else { "solid" };
        let _ = writeln!(
            out,
            "  k{} -> n{} [style={style}, color=firebrick, arrowhead=none];",
            first.credential + sees.credential,
            first.step + sees.step
        );
    }
}

/// A text within quotes. A backslash would begin an escape, an ampersand an entity.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}
