//! The names in one text, by whom it is read.

use std::collections::HashSet;
use std::ops::Range;

use super::shell_names;
use crate::syntax::NodeRef;
use crate::workflow::Step;
use crate::workflow::reference::{self, Target, leading_name};

/// Who reads a text after the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// Nobody: the engine replaces the variables.
    Engine,
    /// A shell, whose the variables are.
    Shell,
    /// Another program, to which `$NAME` may mean anything.
    Program,
}

/// What a part of a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// `${params.x}`
    Param,
    /// `${consts.x}`
    Const,
    /// `$X`, `${X}`, `${env.X}`
    Variable {
        /// Whether it is given a value there.
        set: bool,
    },
    /// The id in `${steps.ID.outputs.x}`.
    Step,
    /// An id or a variable in `${X.stdout}`: as a step it has this property.
    StepOrVariable,
    /// The last part of `${steps.ID.outputs.x}`, with the id.
    Output(String),
    /// `${foreach.x}`
    Item,
    /// `${inputs.x}` of a build.
    BuildInput,
    /// `${outputs.x}` of a build.
    BuildOutput,
}

/// A name in a text.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Its letters.
    pub(super) range: Range<usize>,
    /// What it names.
    pub(super) what: What,
}

/// What of a step `${ID.x}` can be.
pub(super) const PROPERTIES: [&str; 6] = ["stdout", "stderr", "exit_code", "exitCode", "output", "outputs"];

/// The names in a text, from a byte of it on.
pub(super) fn names(text: &str, from: usize, reader: Reader) -> Vec<Named> {
    let Some(text_from) = text.get(from..) else { return Vec::new() };
    let mut out = Vec::new();
    for found in reference::find(text_from) {
        let written = text_from.get(found.range.clone()).unwrap_or_default();
        let braces = if written.starts_with("${") { 2 } else { 1 };
        let body = written.get(braces..).unwrap_or_default();
        let start = from + found.range.start + braces + (body.len() - body.trim_start().len());
        match found.target {
            Target::Value { namespace, path } => value(&namespace, path.trim(), start + namespace.len() + 1, &mut out),
            Target::Property { name, path } if reader != Reader::Engine || !found.quoted => {
                property(&name, &path, start, &mut out);
            }
            Target::Variable { name, operator } if reader == Reader::Engine && !found.quoted => {
                let start = if operator.as_deref() == Some("#") { start + 1 } else { start };
                variable(text, name.len(), start, false, &mut out);
            }
            Target::Property { .. } | Target::Variable { .. } => {}
        }
    }
    let read = match reader {
        Reader::Engine => Vec::new(),
        Reader::Shell => shell_names::variables(text_from),
        Reader::Program => shell_names::asked(text_from),
    };
    for found in read {
        variable(text, found.range.len(), from + found.range.start, found.set, &mut out);
    }
    out
}

/// `${NAMESPACE.path}`, whose path starts at a byte.
fn value(namespace: &str, path: &str, start: usize, out: &mut Vec<Named>) {
    let first = path.split(['.', '[']).next().unwrap_or_default();
    let mut push = |range: Range<usize>, what: What| {
        if !range.is_empty() {
            out.push(Named { range, what });
        }
    };
    match namespace {
        "params" => push(start..start + first.len(), What::Param),
        "consts" => push(start..start + first.len(), What::Const),
        "env" => push(start..start + leading_name(path).len(), What::Variable { set: false }),
        "foreach" => push(start..start + first.len(), What::Item),
        "inputs" => push(start..start + first.len(), What::BuildInput),
        "outputs" => push(start..start + first.len(), What::BuildOutput),
        "steps" => {
            push(start..start + first.len(), What::Step);
            let rest = path.get(first.len()..).unwrap_or_default();
            if let Some(output) = rest.strip_prefix(".outputs.") {
                let output = output.split(['.', '[']).next().unwrap_or_default();
                let at = start + first.len() + ".outputs.".len();
                push(at..at + output.len(), What::Output(first.to_owned()));
            }
        }
        _ => {}
    }
}

/// `${NAME.path}`
fn property(name: &str, path: &str, start: usize, out: &mut Vec<Named>) {
    let first = path.split(['.', '[', ':']).next().unwrap_or_default();
    let what = if PROPERTIES.contains(&first) { What::StepOrVariable } else { What::Variable { set: false } };
    out.push(Named { range: start..start + name.len(), what });
    let output = path.strip_prefix("outputs.").or_else(|| path.strip_prefix("output."));
    if let Some(output) = output.map(|output| output.split(['.', '[', ':']).next().unwrap_or_default()).filter(|output| !output.is_empty())
    {
        let at = start + name.len() + 1 + first.len() + 1;
        out.push(Named { range: at..at + output.len(), what: What::Output(name.to_owned()) });
    }
}

/// `$NAME`, which with `.stdout` behind it may be a step.
fn variable(text: &str, length: usize, start: usize, set: bool, out: &mut Vec<Named>) {
    let after = text.get(start + length..).unwrap_or_default().strip_prefix('.');
    let is_property = !set
        && text.get(..start).is_some_and(|before| before.ends_with('$'))
        && after.is_some_and(|after| PROPERTIES.contains(&leading_name(after)));
    let is_name = text.get(start..).is_some_and(|name| !leading_name(name).is_empty());
    if is_name {
        out.push(Named { range: start..start + length, what: if is_property { What::StepOrVariable } else { What::Variable { set } } });
    }
}

/// Where the commands of a step write its declared outputs: `NAME=...` for the file of its outputs.
pub(super) fn written_outputs(step: &Step) -> Vec<(&NodeRef, &str, Range<usize>)> {
    let mut out = Vec::new();
    if step.outputs.is_empty() {
        return out;
    }
    let names: HashSet<&str> = step.outputs.iter().map(|output| output.name.value.as_str()).collect();
    for command in step.commands().unwrap_or_default() {
        let Some(text) = command.node.text().filter(|text| text.contains("DAGU_OUTPUT_FILE") || text.contains("step_output_file")) else {
            continue;
        };
        // What the shell itself assigns is another thing.
        let set: HashSet<usize> =
            shell_names::variables(text).into_iter().filter(|found| found.set).map(|found| found.range.start).collect();
        let mut at = 0;
        for word in text.split(|c: char| !is_of_name(c)) {
            let start = at;
            at += word.len();
            let after = text.get(at..).unwrap_or_default();
            at += after.chars().next().map_or(0, char::len_utf8);
            let before = text.get(..start).and_then(|before| before.chars().next_back());
            let is_whole = before.is_none_or(|c| !matches!(c, '-' | '$' | '{' | '.' | '/'));
            if let Some(&name) =
                names.get(word).filter(|_| is_whole && (after.starts_with('=') || after.starts_with("<<")) && !set.contains(&start))
            {
                out.push((&command.node, name, start..start + name.len()));
            }
        }
    }
    out
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
