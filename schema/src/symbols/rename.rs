//! Renaming: what can be, what the new name may be, and the edits.

use std::collections::{HashMap, HashSet};

use super::{Kind, Place, Role, Symbol, all, at, is_same_step, places};
use crate::analysis::Analysis;
use crate::diagnostic::Edit;
use crate::model::action;
use crate::rules::{RESERVED_IDS, RESERVED_NAMES, dag_name_fault, is_process_variable, written};
use crate::source::Span;
use crate::syntax::{ScalarType, Style};
use crate::workflow::{Step, env, provider};

/// Why something cannot be renamed, for the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

type Verdict = Result<(), Refusal>;

fn refuse(why: impl Into<String>) -> Verdict {
    Err(Refusal(why.into()))
}

/// The name at a byte of the text, if it is one that can be renamed.
///
/// # Errors
/// Why it cannot.
pub fn can_rename(analysis: &Analysis, offset: usize) -> Result<Option<Place>, Refusal> {
    let Some(place) = at(analysis, offset) else { return Ok(None) };
    source(analysis, &place.symbol)?;
    let own = places(analysis, &place.symbol);
    declared(analysis, &place.symbol, &own)?;
    Ok(Some(place))
}

/// The edits that give the thing at a byte of the text another name; `None` where no name stands.
///
/// # Errors
/// Why it cannot be renamed, or not so.
pub fn rename(analysis: &Analysis, offset: usize, to: &str) -> Result<Option<Vec<Edit>>, Refusal> {
    let Some(place) = can_rename(analysis, offset)? else { return Ok(None) };
    let symbol = &place.symbol;
    let to = to.trim();
    if to == symbol.name {
        return Ok(Some(Vec::new()));
    }
    valid(symbol.kind, to)?;
    let every = all(analysis);
    free(analysis, symbol, to, &every)?;
    let own: Vec<&Place> = every.iter().filter(|other| other.symbol == *symbol).collect();
    let spans: HashSet<Span> = own.iter().map(|place| place.span).collect();
    if let Some(other) = every.iter().find(|other| other.symbol != *symbol && spans.contains(&other.span)) {
        return Err(Refusal(format!(
            "`{}` also stands for another {} here, through an alias: take the shared text apart first",
            symbol.name,
            other.symbol.kind.called()
        )));
    }
    let edits: Vec<Edit> = own.into_iter().map(|place| edit(analysis, place, to)).collect();
    if !means_the_same(analysis, &every, &edits) {
        return Err(Refusal(format!("`{to}` already means something where `{}` is used: one would be taken for the other", symbol.name)));
    }
    Ok(Some(edits))
}

/// Whether every name of the text stands for what it stood for, once the edits are made.
fn means_the_same(analysis: &Analysis, every: &[Place], edits: &[Edit]) -> bool {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut text = String::with_capacity(analysis.tree.text.len());
    let mut copied = 0;
    for edit in edits {
        text.push_str(analysis.tree.text.get(copied..edit.span.start).unwrap_or_default());
        text.push_str(&edit.text);
        copied = edit.span.end;
    }
    text.push_str(analysis.tree.text.get(copied..).unwrap_or_default());
    let base = analysis.workflows.iter().find_map(|workflow| workflow.base.as_ref());
    let names_of = |text: &str| super::all(&Analysis { dotenv: analysis.dotenv.clone(), ..super::read(text, base) });
    let after = names_of(&text);
    // Keys in another letter case are read otherwise the first time: then both have to be read alike.
    are_alike(every, &after) || are_alike(&names_of(&analysis.tree.text), &after)
}

/// Whether the same places name the same things.
fn are_alike(before: &[Place], after: &[Place]) -> bool {
    let (mut there, mut back) = (HashMap::new(), HashMap::new());
    before.len() == after.len()
        && before.iter().zip(after).all(|(was, is)| {
            let same = was.role == is.role && was.symbol.kind == is.symbol.kind && was.symbol.document == is.symbol.document;
            same && *there.entry(&was.symbol).or_insert(&is.symbol) == &is.symbol
                && *back.entry(&is.symbol).or_insert(&was.symbol) == &was.symbol
        })
}

/// The new name as it has to be written at a place.
fn edit(analysis: &Analysis, place: &Place, to: &str) -> Edit {
    let tree = &analysis.tree;
    let before = tree.text.get(..place.span.start).and_then(|before| before.chars().next_back());
    let node = place.node.as_ref().map(|node| node.target());
    let scalar = node.and_then(|node| Some((node, node.scalar()?)));
    let text = match scalar {
        Some((_, scalar)) if scalar.style == Style::SingleQuoted => to.replace('\'', "''"),
        Some((_, scalar)) if scalar.style == Style::DoubleQuoted => to.replace('\\', "\\\\").replace('"', "\\\""),
        Some((node, scalar)) if scalar.style == Style::Plain && node.span == place.span => {
            // In brackets before the value, more letters end it.
            written(to, node.flow || matches!(before, Some('[' | '{' | ',')) || is_in_flow(analysis, node.span))
        }
        _ => to.to_owned(),
    };
    Edit { span: place.span, text }
}

/// Whether brackets are open around a scalar: as far as its line shows, which is on the safe side.
fn is_in_flow(analysis: &Analysis, span: Span) -> bool {
    let tree = &analysis.tree;
    let line = tree.lines.line_span(&tree.text, tree.lines.line_of(span.start));
    tree.text.get(line.range()).is_some_and(|line| line.contains(['[', '{', ']', '}']))
}

/// What decides without a look at the places.
fn source(analysis: &Analysis, symbol: &Symbol) -> Verdict {
    let name = &symbol.name;
    match symbol.kind {
        Kind::Unknown => {
            refuse(format!("`{name}` is not defined in this file: it comes from the environment of the run, or from the script itself"))
        }
        Kind::Dotenv => refuse(format!("`{name}` is defined in a dotenv file: rename it there")),
        Kind::Variable | Kind::Secret if is_process_variable(name) || is_read_by_agents(name) => {
            refuse(format!("`{name}` is what other programs look for: under another name they would not find it"))
        }
        _ if analysis
            .tree
            .repaired
            .iter()
            .any(|span| analysis.tree.text.get(span.range()).is_some_and(|text| text.contains(name.as_str()))) =>
        {
            refuse(format!("a part of the file that holds `{name}` cannot be read: mend the syntax error first"))
        }
        _ => Ok(()),
    }
}

/// Whether an agent's program looks for a variable by this name.
fn is_read_by_agents(name: &str) -> bool {
    let reads = |provider: &provider::Provider| {
        provider.credentials.contains(&name) || provider.directory.as_ref().is_some_and(|directory| directory.variable == Some(name))
    };
    provider::PROVIDERS.iter().any(reads)
}

/// Whether all that gives the thing its name stands in this text.
fn declared(analysis: &Analysis, symbol: &Symbol, own: &[Place]) -> Verdict {
    let name = &symbol.name;
    let workflow = analysis.workflows.get(symbol.document);
    if let Some(place) = own.iter().find(|place| place.span.is_beyond()) {
        let base = workflow.and_then(|workflow| workflow.base.as_ref()).map(|base| base.place(place.span));
        return refuse(format!("`{name}` is defined in the base configuration ({}): rename it there", base.unwrap_or_default()));
    }
    let is_declared = own.iter().any(|place| place.role == Role::Declaration && place.symbol == *symbol);
    if !is_declared {
        return refuse(match symbol.kind {
            Kind::Step | Kind::StepName => {
                format!("the step has no id or name of its own: `{name}` is made up by the engine. Give it an `id` first")
            }
            Kind::Item => format!("`{name}` is what the engine calls the item: give it a name with `as` first"),
            kind => format!("nothing in this file declares the {} `{name}`", kind.called()),
        });
    }
    if symbol.kind == Kind::Output {
        return output(analysis, symbol, own);
    }
    Ok(())
}

/// An output is written by what the step runs: that has to be seen.
fn output(analysis: &Analysis, symbol: &Symbol, own: &[Place]) -> Verdict {
    let name = &symbol.name;
    let workflow = analysis.workflows.get(symbol.document);
    let step = workflow.and_then(|workflow| workflow.every_step().find(|step| step.node.span.start == symbol.home));
    let Some(step) = step else { return Ok(()) };
    let is_declared_only = step.outputs.iter().any(|output| output.name.value == *name);
    let is_file = step
        .node
        .get("outputs")
        .and_then(|outputs| outputs.items())
        .unwrap_or_default()
        .iter()
        .any(|item| item.get("path").is_some() && item.get("name").and_then(|item| item.text()) == Some(name));
    let is_written = own.iter().any(|place| place.role == Role::Write);
    let is_form = step.operation() == Some("human.task");
    if is_declared_only && !is_written && !is_file && !is_form {
        return refuse(format!("what the step `{}` runs writes the output `{name}`, and where is not seen here", step.called()));
    }
    if step.node.get("foreach").is_some() && step.output_variable().is_some() {
        return refuse(format!("`{name}` is a key of what the step's `output` holds, and who reads it there is not seen here"));
    }
    Ok(())
}

/// Whether a thing of the kind can have the name.
fn valid(kind: Kind, to: &str) -> Verdict {
    let is_identifier = to.starts_with(|c: char| c.is_ascii_alphabetic()) && to.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_text = ScalarType::of(to) == ScalarType::String;
    let no = |what: &str| refuse(format!("`{to}` cannot be the name of a {}: {what}", kind.called()));
    if to.is_empty() {
        return no("it is empty");
    }
    if to.chars().any(char::is_control) {
        return no("it holds a character that is no letter");
    }
    match kind {
        Kind::Step if !is_identifier => no("an id starts with a letter and goes on with letters, digits and `_`"),
        Kind::Step if to.len() > 40 => no("an id has at most 40 characters"),
        Kind::Step if RESERVED_IDS.contains(&to.to_lowercase().as_str()) => no("references use the word"),
        Kind::StepName if RESERVED_NAMES.contains(&to) => no("a step of the engine's own has it"),
        Kind::StepName if to.len() > 255 => no("a name has at most 255 bytes"),
        Kind::Variable | Kind::Secret if !env::is_variable_name(to) => {
            no("a variable starts with a letter or `_` and goes on with letters, digits and `_`")
        }
        Kind::Variable | Kind::Secret | Kind::Param if is_process_variable(to) => {
            no("it means something to the engine, or to every program")
        }
        Kind::Param | Kind::Const | Kind::Input | Kind::Item | Kind::Output | Kind::BuildInput if !is_identifier => {
            no("it starts with a letter and goes on with letters, digits and `_`")
        }
        Kind::Item if matches!(to, "index" | "key") => no("the engine has a value of that name"),
        Kind::Harness if provider::find(to).is_some() => no("a built-in provider has it"),
        Kind::Harness | Kind::Dag if dag_name_fault(to).is_some() => no("it takes letters, digits, `-`, `.` and `_`"),
        Kind::Action | Kind::StepType if action::ALL.iter().any(|action| action.name == to) => no("a built-in action has it"),
        Kind::Action | Kind::StepType if !is_action_name(to, kind == Kind::Action) => {
            no("it takes words of letters, digits, `_` and `-`, with dots between them")
        }
        Kind::Anchor if to.contains(|c: char| c.is_whitespace() || "[]{},*&".contains(c)) => no("it takes no blanks and brackets"),
        Kind::StepName | Kind::Anchor => Ok(()),
        _ if !is_text => no("YAML reads it as another kind of value"),
        _ => Ok(()),
    }
}

fn is_action_name(name: &str, dots: bool) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    if dots { name.split('.').all(is_word) } else { is_word(name) }
}

/// Whether nothing else has the new name where the thing is looked up.
fn free(analysis: &Analysis, symbol: &Symbol, to: &str, every: &[Place]) -> Verdict {
    let taken = |other: &Place| {
        refuse(match other.symbol.kind {
            kind if other.span.is_beyond() => format!("`{to}` is taken: a {} of the base configuration has the name", kind.called()),
            kind => format!("`{to}` is taken: a {} has the name", kind.called()),
        })
    };
    let is_variable = |kind: Kind| matches!(kind, Kind::Variable | Kind::Secret | Kind::Param | Kind::Dotenv | Kind::Unknown);
    let is_step = |kind: Kind| matches!(kind, Kind::Step | Kind::StepName);
    let (document, kind, home) = (symbol.document, symbol.kind, symbol.home);
    let in_way = every.iter().filter(|other| other.symbol.name == to && other.symbol.document == document).find(|other| {
        let other_kind = other.symbol.kind;
        match kind {
            _ if is_variable(kind) => other_kind == kind && other.symbol.home == home,
            Kind::Step | Kind::StepName if is_step(other_kind) => !is_same_step(&other.symbol, symbol),
            // What reads a part of a variable would read the step.
            Kind::Step => is_variable(other_kind) && analysis.tree.text.get(other.span.end..).is_some_and(|rest| rest.starts_with('.')),
            Kind::Input | Kind::Output | Kind::BuildInput | Kind::Item => other_kind == kind && other.symbol.home == home,
            Kind::Action | Kind::StepType => matches!(other_kind, Kind::Action | Kind::StepType),
            _ => other_kind == kind,
        }
    });
    if let Some(other) = in_way {
        return taken(other);
    }
    let Some(workflow) = analysis.workflows.get(document) else { return Ok(()) };
    if is_step(kind) {
        let is_other = |step: &Step| step.node.span.start != home && step.is_called(to);
        if workflow.every_step().any(is_other) {
            return refuse(format!("`{to}` is taken: another step is called so"));
        }
        if workflow.every_step().any(|step| step.depends.iter().any(|depends| depends.value == to) && !step.is_called(to)) {
            return refuse(format!("`{to}` is what a step depends on already, though there is no such step"));
        }
    }
    if is_step(kind) && workflow.every_step().any(|step| step.node.span.start != home && step.is_called(&symbol.name)) {
        return refuse(format!("several steps are called `{}`: which one is meant by it elsewhere cannot be said", symbol.name));
    }
    if is_variable(kind) && analysis.dotenv.contains(to) {
        return refuse(format!("`{to}` is taken: a dotenv file defines it"));
    }
    if kind == Kind::Dag && analysis.workflows.iter().any(|other| other.name.as_ref().is_some_and(|name| name.value == to)) {
        return refuse(format!("`{to}` is taken: another document of the file has the name"));
    }
    Ok(())
}
