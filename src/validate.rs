//! `dagu-rs validate`: the engine's own command, so that a script written for `dagu validate` runs unchanged.
//!
//! It says what the engine's loader says: exit code 0 for a DAG that loads and 1 for anything else, a wrong call
//! included; nothing on standard output; what is wrong, or worth a notice, on standard error.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dagu_schema::workflow::notice::{self, Notice};
use dagu_schema::{Analysis, Diagnostic, Encoding};

use crate::Exit;
use crate::facts::{self, Machine};
use crate::files::read_file;

/// What `validate` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The DAG file, or the name of a DAG in the folder of DAGs.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print nothing about a DAG that loads.
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = flag, hide_possible_values = true, hide_default_value = true, value_name = "BOOL")]
    quiet: bool,
    /// Also report references that have a value only during a run.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_parser = flag, hide_default_value = true, value_name = "BOOL")]
    show_unresolved: bool,
    #[command(flatten)]
    machine: facts::Options,
    /// Taken for the engine's sake; nothing in it bears on a DAG.
    #[arg(short, long, value_name = "PATH", hide = true)]
    config: Option<PathBuf>,
    /// Taken for the engine's sake; only a server has contexts.
    #[arg(long, value_name = "NAME", hide = true)]
    context: Option<String>,
    /// Taken for the engine's sake.
    #[arg(long, hide = true)]
    cpu_profile: bool,
}

/// The value of a flag, in the words that the engine takes.
fn flag(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("say true or false".to_owned()),
    }
}

/// Rules whose findings the engine prints as warnings when a DAG loads.
const WARNED: &[&str] = &["deprecated-syntax", "schedule-interval-uneven"];

/// Says whether the engine loads a DAG.
pub(crate) fn validate(args: &Args) -> Exit {
    let [file] = args.files.as_slice() else {
        return refuse(&format!("accepts 1 arg(s), received {}", args.files.len()));
    };
    let machine = match Machine::new(&args.machine) {
        Ok(machine) => machine,
        Err(trouble) => return refuse(&trouble),
    };
    let path = machine.dag_file(file);
    let mut out = Vec::new();
    let exit = match read_file(&path) {
        Err(reason) => {
            line(&mut out, &format!("Error: Validation failed for {}\n- {reason}", file.display()));
            Exit::Failure
        }
        Ok(text) => report(args, file, &machine.analyze(Some(&path), &text), &mut out),
    };
    // Nobody is left to be told when standard error is closed.
    let _ = io::stderr().lock().write_all(&out);
    exit
}

/// The error of a call that clap does not understand, with the engine's exit code.
pub(crate) fn misused(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    refuse(text.trim_start_matches("error: ").lines().next().unwrap_or_default())
}

fn refuse(message: &str) -> Exit {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "Error: {message}");
    Exit::Failure
}

fn report(args: &Args, file: &Path, analysis: &Analysis, out: &mut Vec<u8>) -> Exit {
    let refused: Vec<&Diagnostic> = analysis.diagnostics.iter().filter(|diagnostic| diagnostic.refused).collect();
    let name = file.display().to_string();
    if !refused.is_empty() {
        line(out, &format!("Error: Validation failed for {name}"));
        for Diagnostic { rule, message, help, span, .. } in refused {
            let (row, column) = place(analysis, span.start);
            let help = help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
            line(out, &format!("- {row}:{column}: {message}{help} ({rule})"));
        }
        return Exit::Failure;
    }
    if args.quiet {
        return Exit::Success;
    }
    for Diagnostic { rule, message, span, .. } in analysis.diagnostics.iter().filter(|found| WARNED.contains(&found.rule)) {
        log(out, "WARN", message, &name, place(analysis, span.start), &format!(" rule={rule}"));
    }
    let Some(entry) = analysis.workflows.first() else { return Exit::Success };
    let mut notices: Vec<(String, Notice<'_>)> = notice::all(entry).into_iter().map(|notice| (notice.field(entry), notice)).collect();
    let mut seen = std::collections::HashSet::new();
    notices.retain(|(field, notice)| seen.insert((field.clone(), notice.mention.written().to_owned())));
    for (field, notice) in notices {
        let level = match notice.reason {
            notice::Reason::NoReference => continue,
            reason if reason.is_said_at_once() => "WARN",
            _ if args.show_unresolved => "INFO",
            _ => continue,
        };
        let written = notice.mention.written();
        let start = analysis.tree.span_in(&notice.mention.node, notice.mention.range()).start;
        let reason = notice.reason.word().map(|word| format!(" reason={word}")).unwrap_or_default();
        log(out, level, &format!("{written} was left unchanged in {field}: {}", notice.message), &name, place(analysis, start), &reason);
    }
    Exit::Success
}

/// Line and column, from 1, in characters.
fn place(analysis: &Analysis, offset: usize) -> (usize, usize) {
    let position = analysis.tree.lines.position(&analysis.tree.text, offset, Encoding::Chars);
    (position.line + 1, position.column + 1)
}

fn log(out: &mut Vec<u8>, level: &str, message: &str, file: &str, (row, column): (usize, usize), more: &str) {
    let message = message.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    line(out, &format!("level={level} msg=\"{message}\" file={file} line={row} column={column}{more}"));
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}
