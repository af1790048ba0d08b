//! `dagu-rs explain`: a rule's page.

use std::fmt::Write as _;
use std::io::Write as _;

use dagu_schema::rules::{self, Rule};

use crate::Exit;

/// What `explain` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The rule's name; without one, all rules are listed.
    rule: Option<String>,
}

/// Prints a rule's page, or a line for each rule.
pub(crate) fn explain(args: &Args) -> Exit {
    let text = match &args.rule {
        None => list(),
        Some(name) => match rules::find(name) {
            Some(rule) => rule.page(),
            None => {
                let near = dagu_schema::suggest::nearest(name, rules::ALL.iter().map(|rule| rule.name));
                let hint = near.map_or_else(|| "; `dagu-rs explain` lists them".to_owned(), |near| format!("; did you mean `{near}`?"));
                return crate::output::fail(&format!("no rule is called `{name}`{hint}"));
            }
        },
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Success,
        Err(error) => crate::output::fail(&format!("cannot write to standard output: {error}")),
    }
}

fn list() -> String {
    let width = rules::ALL.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    rules::ALL.iter().fold(String::new(), |mut out, Rule { name, severity, confidence, summary, .. }| {
        let _ = writeln!(out, "{:<8} {:<8} {name:width$}  {summary}", severity.name(), confidence.name());
        out
    })
}
