//! What `creds`, `env`, `graph` and `plan` share: a DAG file is looked at, and nothing of it runs.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::path::Path;

use dagu_schema::workflow::expand::Expansion;
use dagu_schema::workflow::visibility::Routes;
use dagu_schema::workflow::{Step, Workflow};
use dagu_schema::{Analysis, Encoding, Severity, Span, printable};

use crate::Exit;
use crate::facts::Machine;
use crate::files::read_file;
use crate::output::{complain, fail};

/// Reads a file; `None` when it holds no DAG. One with errors is shown as far as it can be read, and
/// that it may not be all of it is said.
pub(crate) fn read(machine: &Machine, file: &Path) -> Result<Option<Analysis>, String> {
    let analysis = machine.analyze(Some(file), &read_file(file)?);
    let name = file.display();
    let errors = analysis.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        complain(&format!("{name} has {errors} error{plural} (see `dagu-rs check`): what follows is what could be read"));
    }
    if analysis.workflows.is_empty() {
        complain(&format!("{name} holds no DAG"));
        return Ok(None);
    }
    Ok(Some(analysis))
}

/// The workflow with calls of custom actions expanded.
pub(crate) fn expanded<'a>(analysis: &Analysis, workflow: &'a Workflow) -> Cow<'a, Workflow> {
    Expansion::of(&analysis.tree, workflow).map_or(Cow::Borrowed(workflow), |expansion| Cow::Owned(expansion.workflow))
}

/// Writes the answer.
pub(crate) fn finish(answer: Result<(String, Exit), String>) -> Exit {
    let (text, exit) = match answer {
        Ok(answer) => answer,
        Err(trouble) => return fail(&trouble),
    };
    // Nobody is left to be told when standard output is closed.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    exit
}

/// An answer in lines of text, as it may reach a terminal.
pub(crate) fn lines(text: String) -> String {
    match printable::lines(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(escaped) => escaped,
    }
}

/// As JSON, for people too.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| format!("cannot write the answer: {error}"))?;
    Ok(text + "\n")
}

/// Line and column of a place, from 1; none in the base configuration.
pub(crate) fn position(analysis: &Analysis, span: Span) -> Option<(usize, usize)> {
    let place = (!span.is_beyond()).then(|| analysis.tree.lines.position(&analysis.tree.text, span.start, Encoding::Chars))?;
    Some((place.line + 1, place.column + 1))
}

/// What answers call a step.
pub(crate) fn called(step: &Step) -> String {
    if step.standing.in_handler && step.standing.depth == 0 { format!("handler {}", step.name) } else { step.called().to_owned() }
}

/// The same, and `literal` where only the reference as written gets there.
pub(crate) fn words_with_literal(routes: Routes) -> impl Iterator<Item = &'static str> {
    words(routes.of_value()).chain(routes.is_literal().then_some("literal"))
}

/// The ways that a value takes, in one word each.
pub(crate) fn words(routes: Routes) -> impl Iterator<Item = &'static str> {
    [(routes.environment, "env"), (routes.text, "text"), (routes.mount, "file")]
        .into_iter()
        .filter(|(is_taken, _)| *is_taken)
        .map(|(_, word)| word)
}
