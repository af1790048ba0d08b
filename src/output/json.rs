//! One JSON object. Version 1: fields may be added, none is removed or changes its meaning.

use std::io::{self, Write};

use dagu_schema::{Fix, Span, rules};
use serde::Serialize;

use super::Checked;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: String,
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    start: Place,
    end: Place,
    help: Option<&'a str>,
    related: Vec<Other<'a>>,
    fixes: Vec<Change<'a>>,
    url: String,
}

/// Line and column from 1; the column counts characters.
#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Other<'a> {
    file: String,
    start: Place,
    end: Place,
    message: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    title: &'a str,
    safety: &'a str,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    start: Place,
    end: Place,
    text: &'a str,
}

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let report = Report { version: 1, diagnostics: files.iter().flat_map(findings).collect() };
    serde_json::to_writer(&mut *out, &report)?;
    writeln!(out)
}

fn findings(file: &Checked) -> impl Iterator<Item = Finding<'_>> {
    file.diagnostics.iter().map(|diagnostic| {
        let [start, end] = places(file, diagnostic.span);
        let related = diagnostic.related.iter().map(|related| {
            let [start, end] = places(file, related.span);
            Other { file: file.name(), start, end, message: &related.message }
        });
        Finding {
            file: file.name(),
            rule: diagnostic.rule,
            severity: diagnostic.severity.name(),
            message: &diagnostic.message,
            start,
            end,
            help: diagnostic.help.as_deref(),
            related: related.collect(),
            fixes: diagnostic.fixes.iter().map(|fix| change(file, fix)).collect(),
            url: rules::url(diagnostic.rule),
        }
    })
}

fn change<'a>(file: &Checked, fix: &'a Fix) -> Change<'a> {
    let edits = fix.edits.iter().map(|edit| {
        let [start, end] = places(file, edit.span);
        Replacement { start, end, text: &edit.text }
    });
    Change { title: &fix.title, safety: fix.safety.name(), edits: edits.collect() }
}

fn places(file: &Checked, span: Span) -> [Place; 2] {
    file.places(span).map(|(line, column)| Place { line, column })
}
