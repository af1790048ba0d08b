//! Source excerpts with the place marked, for people.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, Label, LabelStyle, Severity as Level};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Config};
use dagu_schema::{Severity, printable};

use super::excerpt::Excerpt;
use super::{Checked, count};

pub(super) fn write(color: bool, files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    if color {
        render(files, &mut Ansi::new(&mut *out))?
    } else {
        render(files, &mut NoColor::new(&mut *out))?
    }
    let number = files.len();
    writeln!(out, "{number} DAG{} checked: {}", if number == 1 { "" } else { "s" }, count(files))
}

fn render(files: &[Checked], out: &mut dyn WriteColor) -> io::Result<()> {
    let config = Config::default();
    for file in files.iter().filter(|file| !file.diagnostics.is_empty()) {
        let (path, text) = (file.name(), printable::in_place(&file.text));
        let source = SimpleFile::new(printable::line(&path).into_owned(), &*text);
        for diagnostic in &file.diagnostics {
            let mut shown = translate(diagnostic);
            let (excerpt, beyond) = Excerpt::of(&source, &mut shown.labels);
            shown.notes.extend(beyond);
            term::emit_to_write_style(out, &config, &excerpt, &shown).map_err(io_error)?;
        }
    }
    Ok(())
}

/// The I/O error behind an error of the renderer, so that its kind is kept.
fn io_error(error: codespan_reporting::files::Error) -> io::Error {
    match error {
        codespan_reporting::files::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

fn translate(diagnostic: &dagu_schema::Diagnostic) -> Diagnostic<()> {
    let level = match diagnostic.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
        Severity::Hint => Level::Help,
    };
    let related =
        diagnostic.related.iter().map(|related| Label::new(LabelStyle::Secondary, (), related.span.range()).with_message(&related.message));
    let mut notes: Vec<String> = diagnostic.help.iter().map(|help| format!("help: {help}")).collect();
    notes.extend(diagnostic.fixes.iter().map(|fix| format!("fix: {} ({})", fix.title, fix.safety.name())));
    Diagnostic::new(level)
        .with_code(diagnostic.rule)
        .with_message(&diagnostic.message)
        .with_labels(std::iter::once(Label::new(LabelStyle::Primary, (), diagnostic.span.range())).chain(related).collect())
        .with_notes(notes)
}
