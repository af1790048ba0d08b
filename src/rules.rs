//! `dagu-rs rules`: the catalogue.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use clap::ValueEnum;
use dagu_schema::Safety;
use dagu_schema::rules::{self, Rule};
use serde_json::json;

use crate::Exit;
use crate::output::fail;

/// What `rules` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How the rules are printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// A form of the catalogue.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for each rule, for people.
    Text,
    /// One JSON object, version 1.
    Json,
    /// A table in Markdown.
    Md,
}

/// Prints the rules.
pub(crate) fn rules(args: &Args) -> Exit {
    let text = match args.format {
        Format::Text => text(),
        Format::Json => json(),
        Format::Md => markdown(),
    };
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
        _ => Exit::Success,
    }
}

fn fix_name(rule: &Rule) -> Option<&'static str> {
    rules::fixes::of(rule.name).map(Safety::name)
}

fn text() -> String {
    let width = rules::ALL.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules::ALL.iter().fold(String::new(), |mut out, rule| {
        let Rule { name, severity, confidence, summary, .. } = rule;
        let engine = if rule.refused { "refused" } else { "" };
        let fix = fix_name(rule).map(|safety| format!("{safety} fix")).unwrap_or_default();
        let _ = writeln!(out, "{:<8} {:<8} {engine:<8} {fix:<10}  {name:width$}  {summary}", severity.name(), confidence.name());
        out
    })
}

fn json() -> String {
    let rule = |rule: &&Rule| {
        json!({
            "name": rule.name,
            "severity": rule.severity.name(),
            "confidence": rule.confidence.name(),
            "refused": rule.refused,
            "summary": rule.summary,
            "fix": fix_name(rule),
            "url": rule.url(),
        })
    };
    let all: Vec<_> = rules::ALL.iter().map(rule).collect();
    format!("{}\n", json!({"version": 1, "rules": all}))
}

fn markdown() -> String {
    let mut out = String::from("| Rule | Severity | Confidence | The engine | Fix | Reports |\n|---|---|---|---|---|---|\n");
    for rule in rules::ALL {
        let engine = if rule.refused { "refuses" } else { "loads" };
        let fix = fix_name(rule).unwrap_or_default();
        let (severity, confidence) = (rule.severity.name(), rule.confidence.name());
        let _ = writeln!(out, "| [{}]({}) | {severity} | {confidence} | {engine} | {fix} | {} |", rule.name, rule.url(), rule.summary);
    }
    out
}
