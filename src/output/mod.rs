//! Reports of findings, one file a format.

mod checked;
mod checkstyle;
mod columns;
mod concise;
mod described;
mod excerpt;
pub(crate) mod fingerprint;
mod full;
mod github;
mod gitlab;
pub(crate) mod json;
mod jsonl;
mod junit;
mod paths;
mod sarif;
mod statistics;
mod xml;

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use clap::ValueEnum;
use dagu_schema::{Diagnostic, Severity, printable};

use crate::Exit;
pub(crate) use checked::Checked;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Source excerpts with the place marked, for people.
    Full,
    /// One line a finding: `file:line:column: severity[rule] message`.
    Concise,
    /// One JSON object, version 1; `dagu-rs schema --report` describes it.
    Json,
    /// One JSON object a finding, each on its line.
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and others.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML: a failed test a finding.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
}

/// When a report has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; always when `FORCE_COLOR` is.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether standard output gets colours.
    pub(crate) fn enabled(self) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => !set("NO_COLOR") && (set("FORCE_COLOR") || io::stdout().is_terminal()),
        }
    }
}

/// Writes a report.
pub(crate) fn write(format: Format, color: bool, files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Full => full::write(color, files, out),
        Format::Concise => concise::write(files, out),
        Format::Json => json::write(files, out),
        Format::Jsonl => jsonl::write(files, out),
        Format::Sarif => sarif::write(files, out),
        Format::Github => github::write(files, out),
        Format::Gitlab => gitlab::write(files, out),
        Format::Junit => junit::write(files, out),
        Format::Checkstyle => checkstyle::write(files, out),
    }
}

/// What a finding says, and on a line of its own what to do about it.
fn with_help(diagnostic: &Diagnostic) -> Cow<'_, str> {
    match &diagnostic.help {
        None => Cow::Borrowed(&diagnostic.message),
        Some(help) => Cow::Owned(format!("{}\nhelp: {help}", diagnostic.message)),
    }
}

/// Writes how often each rule reports; `None` for a format that has no form for it.
pub(crate) fn write_statistics(format: Format, files: &[Checked], out: &mut dyn Write) -> Option<io::Result<()>> {
    match format {
        Format::Full | Format::Concise => Some(statistics::table(files, out)),
        Format::Json => Some(statistics::json(files, out)),
        _ => None,
    }
}

/// "2 errors, 1 warning (3 suppressed)", or nothing to say.
pub(crate) fn count(files: &[Checked]) -> String {
    let found = || files.iter().flat_map(|file| &file.diagnostics);
    let number = |severity: Severity| found().filter(|diagnostic| diagnostic.severity == severity).count();
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint]
        .into_iter()
        .map(|severity| (severity.name(), number(severity)))
        .filter(|&(_, number)| number > 0)
        .map(|(name, number)| format!("{number} {name}{}", if number == 1 { "" } else { "s" }))
        .collect();
    let sum = |number: fn(&Checked) -> usize| files.iter().map(number).sum::<usize>();
    let hidden = [(sum(|file| file.suppressed), "suppressed"), (sum(|file| file.known), "in the baseline")];
    let hidden: Vec<String> = hidden.iter().filter(|(number, _)| *number > 0).map(|(number, how)| format!("{number} {how}")).collect();
    let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    if hidden.is_empty() { found } else { format!("{found} ({})", hidden.join(", ")) }
}

/// Says on standard error what went wrong.
pub(crate) fn complain(message: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "dagu-rs: {}", printable::lines(message));
}

/// Says on standard error what went wrong, and gives the exit code for it.
pub(crate) fn fail(message: &str) -> Exit {
    complain(message);
    Exit::Error
}
