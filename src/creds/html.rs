//! The matrix as a page that needs nothing else.

use std::fmt::Write as _;

use super::matrix::{Dag, Matrix};
use super::table::{about, cell};

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#d0d7de;--env:#cf222e;--text:#9a6700;--file:#8250df;--soft:#6e7781}\
@media(prefers-color-scheme:dark){:root{--line:#30363d;--env:#ff7b72;--text:#d29922;--file:#bc8cff;--soft:#8b949e}}\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}\
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top;white-space:nowrap}\
thead th{position:sticky;top:0;background:Canvas}td.no{color:var(--soft);text-align:center}\
.env{color:var(--env);font-weight:600}.text{color:var(--text);font-weight:600}.file{color:var(--file);font-weight:600}\
.engine{opacity:.75;font-style:italic}small{color:var(--soft)}";

pub(super) fn write(matrix: &Matrix) -> String {
    let file = escaped(&matrix.file);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Credentials of {file}</title>\n<style>{STYLE}</style>\n<h1>Credentials of {file}</h1>\n\
         <p><span class=\"env\">env</span> a variable of the step's process, <span class=\"text\">text</span> written into its command line, \
         prompt or input, <span class=\"file\">file</span> by a mount. In <span class=\"engine\">(parentheses)</span>: in the Dagu engine, and \
         not in <code>dagu-rs run</code>; with <b>!</b>: the other way round. Values are not in this page.</p>\n"
    );
    matrix.dags.iter().for_each(|dag| document(&mut out, dag));
    out.push_str("</html>\n");
    out
}

fn document(out: &mut String, dag: &Dag) {
    if !dag.dag.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "<h2>{}</h2>", escaped(&dag.dag));
    }
    if dag.credentials.is_empty() {
        out.push_str("<p>No step sees a credential.</p>\n");
        notes(out, dag);
        return;
    }
    out.push_str("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\">runs in</th>");
    for credential in &dag.credentials {
        let about = about(credential);
        let rest = about.strip_prefix(&credential.name).unwrap_or_default().trim();
        let _ = write!(out, "<th scope=\"col\">{}<br><small>{}</small></th>", escaped(&credential.name), escaped(rest));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &dag.steps {
        let container = row.container.as_ref().map(|container| format!("<br><small>{}</small>", escaped(container))).unwrap_or_default();
        let line = row.line.map(|line| format!(" title=\"line {line}\"")).unwrap_or_default();
        let _ = write!(out, "<tr><th scope=\"row\"{line}>{}</th><td>{}{container}</td>", escaped(&row.step), row.place);
        for number in 0..dag.credentials.len() {
            match cell(&row.sees, number).as_str() {
                "-" => out.push_str("<td class=\"no\">-</td>"),
                words => {
                    let marked: Vec<String> = words.split(' ').map(marked).collect();
                    let _ = write!(out, "<td>{}</td>", marked.join(" "));
                }
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    notes(out, dag);
}

fn notes(out: &mut String, dag: &Dag) {
    dag.notes.iter().for_each(|note| out.push_str(&format!("<p><small>{}</small></p>\n", escaped(note))));
}

/// A word of a cell with the class that colours it.
fn marked(word: &str) -> String {
    let kind = word.trim_matches(['(', ')', '!']);
    let engine = if word.starts_with('(') { " engine" } else { "" };
    format!("<span class=\"{kind}{engine}\">{word}</span>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
