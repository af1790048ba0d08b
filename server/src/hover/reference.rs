//! A reference: what it is, where it gets its value, who puts that in its place.

use dagu_schema::spot::Part;
use dagu_schema::syntax::{Content, Node};
use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::expander::{self, Written};
use dagu_schema::workflow::reference::{self, Reference, Target, is_test};
use dagu_schema::workflow::set_by_run::{Reach, SET_BY_RUN, is_inherited};
use dagu_schema::workflow::visibility::{Origin, Semantics, Sight};
use dagu_schema::workflow::{EnvEntry, Step, Workflow, graph, provider, run_values, shown};
use dagu_schema::{Span, Spanned};

use super::markdown::code;
use super::name::{constant_line, parameter_lines, secret_lines, value_line};
use super::{View, called};

/// Rules that say of a reference that it stays as it is.
const STAYS: &[&str] = &["unresolvable-reference", "env-reference-too-early", "foreach-value-unknown"];

/// The reference at the place.
pub(super) fn at(view: &View<'_>) -> Option<Spanned<String>> {
    let node = view.spot.scalar().filter(|node| view.spot.part == Part::Value && node.may_hold(Content::Dollar))?;
    let (found, escaped) = found(view, node)?;
    let span = view.analysis.tree.span_in(node, found.range.clone());
    let meaning = Meaning::of(view, &found.target);
    let mut text = format!("**{}**: {}\n\n", code(&meaning.name), meaning.what);
    text.extend(meaning.lines.iter().map(|line| format!("{line}\n")));
    if let Target::Variable { operator: Some(operator), .. } = &found.target {
        let is_credential = meaning.is_credential || shown::is_secret_name(&meaning.name) || is_of_credential(view, node, &found);
        text.extend(in_words(operator, is_credential).map(|line| format!("- {line}\n")));
    }
    let diagnostics = &view.analysis.diagnostics;
    let first = diagnostics.partition_point(|diagnostic| diagnostic.span.start < span.start);
    let mut here = diagnostics.iter().skip(first).take_while(|diagnostic| diagnostic.span.start == span.start);
    if let Some(stays) = here.find(|diagnostic| diagnostic.span == span && STAYS.contains(&diagnostic.rule)) {
        text.push_str(&format!("- Expanded by: nobody. {}\n", capitalized(&stays.message)));
        return Some(Spanned::new(text, span));
    }
    let keys = view.owner.keys.as_slice();
    let written = Written {
        workflow: view.workflow,
        step: view.owner.step,
        keys,
        text: node.text()?,
        range: found.range.clone(),
        target: &found.target,
        quoted: found.quoted,
        escaped,
        known: meaning.known,
    };
    let [contract, engine] = [Semantics::Contract, Semantics::Engine].map(|semantics| expander::of(&written, semantics));
    match (contract, engine) {
        (Some(contract), Some(engine)) if contract == engine => text.push_str(&format!("- Expanded by: {}\n", contract.words())),
        (Some(contract), Some(engine)) => {
            text.push_str(&format!("- Expanded in the Dagu engine by: {}\n", engine.words()));
            text.push_str(&format!("- Expanded in `dagu-rs run` by: {}\n", contract.words()));
        }
        _ => {}
    }
    Some(Spanned::new(text, span))
}

/// The innermost reference at the place, and whether a backslash makes it text.
fn found(view: &View<'_>, node: &Node) -> Option<(Reference, bool)> {
    let text = node.text()?;
    let tree = &view.analysis.tree;
    let is_here = |range: &std::ops::Range<usize>| tree.span_in(node, range.clone()).touches(view.offset);
    let found = reference::find(text);
    if let Some(found) = found.into_iter().rev().find(|reference| is_here(&reference.range)) {
        return Some((found, false));
    }
    let escaped = text.match_indices('$').filter(|(at, _)| {
        let before = text.as_bytes().get(..*at).unwrap_or_default();
        before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
    });
    let read = |at: usize| {
        // What is read of a text that long is a reference or none.
        let rest = text.get(at..)?;
        let end = rest.char_indices().nth(256).map_or(rest.len(), |(end, _)| end);
        let first = reference::find(rest.get(..end)?).into_iter().next().filter(|first| first.range.start == 0)?;
        Some(Reference { range: at..at + first.range.end, ..first })
    };
    let near = escaped.filter(|(at, _)| tree.span_in(node, *at..*at + 1).start <= view.offset);
    near.last().and_then(|(at, _)| read(at)).filter(|found| is_here(&found.range)).map(|found| (found, true))
}

/// Whether a reference is the value, or a part of it, of what is called like a credential.
fn is_of_credential(view: &View<'_>, node: &Node, found: &Reference) -> bool {
    if view.spot.keys().any(shown::is_secret_name) {
        return true;
    }
    let text = node.text().unwrap_or_default();
    let (before, rest) = (text.get(..found.range.start).unwrap_or_default(), text.get(found.range.start..).unwrap_or_default());
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = rest.find('\n').map_or(text.len(), |length| before.len() + length);
    let (line, written) = (text.get(start..end).unwrap_or_default(), text.get(found.range.clone()).unwrap_or_default());
    !shown::masked(line).contains(written)
}

/// What a reference stands for.
struct Meaning {
    name: String,
    what: String,
    lines: Vec<String>,
    /// Whether the DAG gives it a value here.
    known: bool,
    is_credential: bool,
}

impl Meaning {
    fn new(name: String, what: impl Into<String>, known: bool) -> Self {
        Self { name, what: what.into(), lines: Vec::new(), known, is_credential: false }
    }

    fn with(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    fn of(view: &View<'_>, target: &Target) -> Self {
        match target {
            Target::Variable { name, .. } => variable(view, name),
            Target::Property { name, path } => property(view, name, path),
            Target::Value { namespace, path } => value(view, namespace, path.trim()),
        }
    }
}

fn value(view: &View<'_>, namespace: &str, path: &str) -> Meaning {
    let workflow = view.workflow;
    let name = if path.is_empty() { namespace.to_owned() } else { format!("{namespace}.{path}") };
    match namespace {
        "params" if path.is_empty() => Meaning::new(name, "all parameters, as JSON", true),
        "params" => match workflow.params.iter().rfind(|param| param.name.value == path) {
            Some(_) => Meaning { name, ..parameter(view, path) },
            None => Meaning::new(name, "a parameter that the DAG does not declare", false),
        },
        "env" => {
            let meaning = Meaning { name, ..variable(view, path) };
            match !meaning.known && is_inherited(path) {
                true => Meaning { what: "a variable of the environment of the run".to_owned(), lines: Vec::new(), ..meaning },
                false => meaning,
            }
        }
        "consts" => match workflow.consts.iter().rfind(|(known, _)| known.value == path) {
            Some((known, value)) => {
                let lines = [given_at(view, "consts", known.span), constant_line(&known.value, value)];
                Meaning::new(name, "a constant", true).with(lines)
            }
            None => Meaning::new(name, "a constant that the DAG does not have", false),
        },
        "steps" => match path.split_once(".outputs.") {
            Some((id, output)) => step_output(view, id, output),
            None => Meaning::new(name, "no reference: outputs are `${steps.ID.outputs.NAME}`", false),
        },
        "foreach" => {
            let is_in_body = view.owner.step.is_some_and(|step| step.standing.depth > 0);
            let what = match path {
                "index" => "the number of the iteration, from 0",
                "key" => "the key of the iteration",
                _ => "the item of the iteration",
            };
            // The key of an iteration, and what is collected, are read in each of them as well.
            let is_of_iteration = matches!(view.owner.keys.as_slice(), ["foreach", "key" | "collect", ..]);
            Meaning::new(name, what, is_in_body || is_of_iteration)
        }
        "inputs" | "outputs" => {
            let known = workflow.kind == dagu_schema::workflow::DagType::Build;
            Meaning::new(name, format!("a file of the step's `{namespace}`, which a DAG of `type: build` has"), known)
        }
        _ => {
            let path = if namespace == "context" { path.to_owned() } else { format!("{namespace}.{path}") };
            let path = if path == "run.started_at" { "attempt.started_at" } else { path.as_str() };
            match run_values::about(path) {
                Some(about) => {
                    let is_in_handler = view.owner.step.is_some_and(Step::is_in_handler);
                    let is_there = match path {
                        "run.status" => is_in_handler,
                        "paths.step_stdout_file" | "paths.step_stderr_file" | "paths.step_output_file" => {
                            view.owner.step.is_some() && !is_in_handler
                        }
                        "step.id" | "step.name" => view.owner.step.is_some(),
                        _ => true,
                    };
                    Meaning::new(name, "a value of the run", is_there).with([format!("- {about}")])
                }
                None => Meaning::new(name, "a value that no run has", false),
            }
        }
    }
}

fn step_output(view: &View<'_>, id: &str, path: &str) -> Meaning {
    let name = format!("steps.{id}.outputs.{path}");
    let Some(step) = step_with(view.workflow, id) else {
        return Meaning::new(name, "an output of a step that is not there", false);
    };
    let output = path.split(['.', '[']).next().unwrap_or(path);
    let mut meaning = Meaning::new(name, format!("the output {} of {}", code(output), code(id)), true);
    if let Some(declared) = step.outputs.iter().find(|declared| declared.name.value == output) {
        meaning.lines.push(given_at(view, "outputs", declared.name.span));
    } else {
        meaning.lines.push(given_at(view, "its step", step.label));
    }
    meaning
}

/// `${ID.output}`, or a part of a variable's JSON.
fn property(view: &View<'_>, name: &str, path: &str) -> Meaning {
    let full = format!("{name}.{path}");
    let property = path.split(['.', '[', ':']).next().unwrap_or(path);
    if let Some(step) = step_with(view.workflow, name) {
        let what = match property {
            "output" => "what the step printed, where it has `output`",
            "outputs" => "what the step published",
            "stdout" => "the path of the log of the step's standard output",
            "stderr" => "the path of the log of the step's standard error",
            "exit_code" | "exitCode" => "the exit code of the step",
            _ => "no property of a step: there are `output`, `outputs`, `stdout`, `stderr` and `exit_code`",
        };
        let known = !what.starts_with("no ") && has_run(view, step);
        return Meaning::new(full, format!("{what} ({})", code(name)), known).with([given_at(view, "its step", step.label)]);
    }
    let meaning = variable(view, name);
    let what = format!("a part of the JSON in {}, {}", code(name), meaning.what);
    Meaning { name: full, what, ..meaning }
}

/// Whether a step has run when the one at the place does: before a handler all have.
fn has_run(view: &View<'_>, other: &Step) -> bool {
    let Some(step) = view.owner.step else { return false };
    if step.is_in_handler() {
        return step.name != "onInit";
    }
    let steps = &view.workflow.steps;
    let reader = steps.iter().position(|outer| outer.node.span.contains(step.node.span));
    let producer = steps.iter().position(|known| std::ptr::eq(known, other));
    let (Some(reader), Some(producer)) = (reader, producer) else { return false };
    graph::Order::new(&view.workflow.edges).runs_after(reader, producer)
}

fn step_with<'w>(workflow: &'w Workflow, id: &str) -> Option<&'w Step> {
    let step = workflow.steps.get(workflow.step_index(id)?)?;
    step.id.as_ref().is_some_and(|known| known.value == id).then_some(step)
}

fn parameter(view: &View<'_>, name: &str) -> Meaning {
    let workflow = view.workflow;
    let Some(param) = workflow.params.iter().rfind(|param| param.name.value == name) else {
        return Meaning::new(name.to_owned(), "a parameter that the DAG does not declare", false);
    };
    let is_credential = Credentials::of(workflow, &view.analysis.dotenv).has(name);
    let lines = [given_at(view, "params", param.name.span)].into_iter().chain(parameter_lines(param, is_credential));
    let what = if is_credential { "a parameter, a credential" } else { "a parameter" };
    Meaning { is_credential, ..Meaning::new(name.to_owned(), what, true).with(lines) }
}

/// A variable, from the nearest of what gives it a value here.
fn variable(view: &View<'_>, name: &str) -> Meaning {
    let workflow = view.workflow;
    let (step, keys) = (view.owner.step, view.owner.keys.as_slice());
    let unknown = |what: &str| Meaning::new(name.to_owned(), what, false);
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_param = workflow.params.iter().any(|param| param.name.value == name);
        return if is_param { parameter(view, name) } else { unknown("an argument of the shell, or a parameter by its position") };
    }
    let credentials = Credentials::of(workflow, &view.analysis.dotenv);
    let sight = Sight::beside_outputs(workflow, &view.analysis.dotenv);
    let entry = |origin: Origin, entry: &EnvEntry| {
        let is_credential = credentials.has(name) || credentials.is_known(name) || provider::sounds_like_credential(name);
        let is_credential = is_credential || sight.carries_credential(entry);
        let what = if is_credential { "a variable, a credential" } else { "a variable" };
        let lines = [
            given_at(view, origin.name(), entry.span),
            value_line(&entry.value, is_credential || shown::is_secret_name(name)).trim_end().to_owned(),
        ];
        Meaning { is_credential, ..Meaning::new(name.to_owned(), what, true).with(lines) }
    };
    let container = match (step, keys) {
        (Some(step), _) => workflow.container_of(step),
        (None, ["container", ..]) => workflow.container.as_ref(),
        (None, _) => None,
    };
    if let Some(found) = container.and_then(|container| nearest(view, &container.env, name)) {
        return entry(Origin::ContainerEnv, found);
    }
    if let Some(step) = step {
        let defaults = step.defaults.iter().flat_map(|defaults| &defaults.env);
        if let Some(found) = nearest(view, &step.env, name).or_else(|| defaults.rev().find(|entry| entry.name.value == name)) {
            return entry(Origin::StepEnv, found);
        }
        let sets_it = |other: &&Step| other.output_variable().is_some_and(|output| output.value == name);
        let writers: Vec<&Step> = workflow.steps.iter().filter(sets_it).filter(|other| has_run(view, other)).collect();
        if !writers.is_empty() {
            return Meaning::new(name.to_owned(), "what a step before it printed", true)
                .with([format!("- From: `output` of {}", called(writers))]);
        }
    }
    let is_root_env = step.is_none() && matches!(keys.first(), Some(&("env" | "consts" | "params")));
    if let Some(secret) = workflow.secrets.iter().rfind(|secret| secret.name.value == name).filter(|_| !is_root_env) {
        let lines = [given_at(view, "secrets", secret.name.span)].into_iter().chain(secret_lines(secret));
        return Meaning { is_credential: true, ..Meaning::new(name.to_owned(), "a secret", true).with(lines) };
    }
    if view.analysis.dotenv.contains(name) && !is_root_env {
        let is_credential = credentials.has(name);
        let what = if is_credential { "a variable, a credential" } else { "a variable" };
        return Meaning { is_credential, ..Meaning::new(name.to_owned(), what, true).with(["- From: a dotenv file".to_owned()]) };
    }
    // Parameters are settled before the DAG's env.
    let is_in_params = step.is_none() && keys.first() == Some(&"params");
    if let Some(found) = nearest(view, &workflow.env, name).filter(|_| !is_in_params) {
        return entry(Origin::DagEnv, found);
    }
    if workflow.params.iter().any(|param| param.name.value == name) {
        return parameter(view, name);
    }
    if let Some(set) = SET_BY_RUN.iter().find(|set| set.name == name) {
        let known = matches!(set.reach, Reach::Scope | Reach::EndedScope) && step.is_some();
        return Meaning::new(name.to_owned(), "a variable that the run sets", known).with([format!("- {}", capitalized(set.about))]);
    }
    if name == "ITEM" && step.is_some_and(|step| step.node.get("parallel").is_some()) {
        return Meaning::new(name.to_owned(), "the item of `parallel` with which the other DAG is started", true);
    }
    unknown("a variable that the DAG gives no value")
}

/// The last entry of a name that has its value here: an entry sees those before it.
fn nearest<'e>(view: &View<'_>, entries: &'e [EnvEntry], name: &str) -> Option<&'e EnvEntry> {
    let this = entries.iter().position(|entry| entry.span.touches(view.offset));
    let before = entries.get(..this.unwrap_or(entries.len())).unwrap_or_default();
    before.iter().rfind(|entry| entry.name.value == name)
}

fn given_at(view: &View<'_>, what: &str, span: Span) -> String {
    format!("- From: {what}, {}", view.place(span))
}

/// What an operator does.
fn in_words(operator: &str, is_credential: bool) -> Option<String> {
    let word = |word: &str| match word {
        "" => "nothing".to_owned(),
        _ if is_credential && shown::is_literal(word) => "a text that is not shown".to_owned(),
        word => code(&shown::first_line(word)),
    };
    let (lead, empty) = match operator.strip_prefix(':') {
        Some(rest) if rest.starts_with(['-', '+', '?', '=']) => (rest, " or empty"),
        Some(_) => return Some("A part of it, by place and length".to_owned()),
        None => (operator, ""),
    };
    let rest = lead.get(1..).unwrap_or_default();
    Some(match lead.chars().next()? {
        '-' => format!("When it is not set{empty}: {}", word(rest)),
        '=' => format!("When it is not set{empty}: it becomes {}", word(rest)),
        '?' => format!("When it is not set{empty}: an error"),
        '+' => format!("When it is set{}: {} in its place", if empty.is_empty() { "" } else { " and not empty" }, word(rest)),
        '#' if is_test(operator) => "Its length".to_owned(),
        '#' => "Without what matches at its start".to_owned(),
        '%' => "Without what matches at its end".to_owned(),
        '/' => "With one text in the place of another".to_owned(),
        _ => return None,
    })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
