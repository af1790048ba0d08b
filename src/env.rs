//! `dagu-rs env`: the names that a step sees, where each comes from and how it gets there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use dagu_runner::plan::writes_outputs;
use dagu_runner::prepare::{Reach, SET_BY_RUN, SetByRun};
use dagu_runner::values::is_inherited;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::visibility::{Origin, Routes, Semantics, Sight, Visible};
use dagu_schema::workflow::{Action, Place, Step, Workflow, account, docker_run};
use dagu_schema::{Analysis, printable, suggest};
use serde::Serialize;

use crate::Exit;
use crate::facts::{self, Machine};
use crate::inspect::{self, called, position, words};
use crate::run::SemanticsOption;

/// What `env` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
`env` is a variable of the step's process, `text` is written into its command line, prompt or input, `file` comes by a \
mount; `literal`: only the reference as written gets there, since nothing gives it a value. Names with `*` carry a \
credential. Values are never shown.
Exit codes: 0, 2 usage, I/O or internal error, no such step, 3 there is no DAG in the file.")]
pub(crate) struct Args {
    /// The DAG file.
    file: PathBuf,
    /// The step, by its id or name; a handler also by its event. Without it: all steps.
    #[arg(long, value_name = "ID")]
    step: Option<String>,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    semantics: SemanticsOption,
    #[command(flatten)]
    machine: facts::Options,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object, version 1.
    Json,
}

/// What the steps of a file see.
#[derive(Serialize)]
struct Report {
    version: u32,
    file: String,
    /// By whose rules the steps see their names.
    #[serde(serialize_with = "semantics")]
    semantics: Semantics,
    dags: Vec<Dag>,
}

#[derive(Serialize)]
struct Dag {
    dag: String,
    steps: Vec<Seen>,
}

/// What a step sees.
#[derive(Serialize)]
struct Seen {
    step: String,
    place: String,
    line: Option<usize>,
    names: Vec<Name>,
    /// What the run itself sets.
    set_by_run: Vec<SetName>,
    /// What a process on this machine inherits.
    inherited: Vec<String>,
}

#[derive(Serialize)]
struct Name {
    name: String,
    #[serde(serialize_with = "origin")]
    origin: Origin,
    line: Option<usize>,
    column: Option<usize>,
    credential: bool,
    /// The names that its value is taken from; of a mount, what it holds.
    from: Vec<String>,
    /// How it gets there in `dagu-rs run`.
    contract: Vec<&'static str>,
    /// How it gets there in the Dagu engine.
    engine: Vec<&'static str>,
}

#[derive(Serialize)]
struct SetName {
    name: &'static str,
    about: &'static str,
    by: Vec<&'static str>,
}

fn origin<S: serde::Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(origin.key())
}

fn semantics<S: serde::Serializer>(semantics: &Semantics, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(semantics.key())
}

/// Lists what steps see.
pub(crate) fn env(args: &Args) -> Exit {
    inspect::finish(answer(args))
}

fn answer(args: &Args) -> Result<(String, Exit), String> {
    let machine = Machine::new(&args.machine)?;
    let Some(analysis) = inspect::read(&machine, &args.file)? else { return Ok((String::new(), Exit::Nothing)) };
    let variables: BTreeSet<String> = facts::environment().into_keys().collect();
    let semantics = args.semantics.get();
    let mut dags = Vec::new();
    let mut known = Vec::new();
    for workflow in &analysis.workflows {
        let workflow = inspect::expanded(&analysis, workflow);
        let names = all_names(&analysis, semantics);
        let (sight, wide) = (Sight::new(&workflow, &analysis.dotenv), Sight::new(&workflow, &names));
        let mut steps = Vec::new();
        for step in workflow.every_step() {
            if args.step.as_ref().is_none_or(|asked| is_meant(&workflow, step, asked)) {
                steps.push(seen(&analysis, &workflow, step, (&sight, &wide), semantics, &variables));
            } else {
                known.push(step.called().to_owned());
            }
        }
        let dag = workflow.name.as_ref().map_or_else(String::new, |name| name.value.clone());
        dags.push(Dag { dag, steps });
    }
    let name = args.file.display().to_string();
    if let Some(asked) = args.step.as_ref().filter(|_| dags.iter().all(|dag| dag.steps.is_empty())) {
        let near = suggest::nearest(asked, known.iter().map(String::as_str));
        let hint = near.map_or_else(|| "; without --step all are listed".to_owned(), |near| format!("; did you mean `{near}`?"));
        return Err(format!("{name} has no step `{asked}`{hint}"));
    }
    if args.step.is_some() {
        dags.retain(|dag| !dag.steps.is_empty());
    }
    let report = Report { version: 1, file: name, semantics, dags };
    let text = match args.format {
        Format::Text => inspect::lines(text(&report)),
        Format::Json => inspect::json(&report)?,
    };
    Ok((text, Exit::Success))
}

fn is_meant(workflow: &Workflow, step: &Step, asked: &str) -> bool {
    let is_event = || {
        let events = || workflow.handlers.iter().filter(|(_, handler)| std::ptr::eq(handler, step)).map(|(event, _)| event.value.as_str());
        events().any(|event| event == asked) || called(step) == asked
    };
    step.is_called(asked) || (step.is_in_handler() && is_event())
}

/// The names that come from files, and those of the run that are in sight like them.
fn all_names(analysis: &Analysis, semantics: Semantics) -> Dotenv {
    let is_in_scope = |set: &&SetByRun| match set.reach {
        Reach::Scope | Reach::EndedScope => true,
        Reach::Outputs => semantics == Semantics::Engine,
        Reach::Host => false,
    };
    let of_run = SET_BY_RUN.iter().filter(is_in_scope).map(|set| set.name.to_owned());
    let mut names: Dotenv = of_run.collect();
    names.extend(analysis.dotenv.iter().map(|(name, made)| (name.clone(), made.clone())));
    names
}

fn seen(
    analysis: &Analysis,
    workflow: &Workflow,
    step: &Step,
    (sight, wide): (&Sight<'_>, &Sight<'_>),
    semantics: Semantics,
    variables: &BTreeSet<String>,
) -> Seen {
    let mut names: Vec<Visible> = sight.of(step);
    if semantics == Semantics::Engine {
        names.retain(|visible| visible.engine.any());
    }
    let own: BTreeSet<&str> = names.iter().map(|visible| visible.name.as_str()).collect();
    let others: Vec<Visible> = wide.of(step).into_iter().filter(|visible| !own.contains(visible.name.as_str())).collect();
    let in_scope = |name: &str| {
        others.iter().find(|visible| visible.name == name).map(|visible| visible.routes(semantics)).filter(|routes| routes.any())
    };
    let environment = Routes { environment: true, ..Routes::default() };
    let is_process = step.place == Place::Host && others.iter().any(|visible| visible.routes(semantics).environment);
    let has_ended = step.is_in_handler() && step.name != "onInit";
    let is_attached = match (&step.action, step.place) {
        (Action::DockerRun(Some(with)), Place::DockerRun) => docker_run::is_attached(with),
        _ => workflow.container_of(step).is_some_and(|container| container.attach().is_some()),
    };
    let can_write = match step.place {
        Place::Host => is_process,
        Place::Ssh => false,
        Place::OwnContainer | Place::DockerRun if !is_attached => true,
        Place::OwnContainer | Place::RootContainer | Place::DockerRun => writes_outputs(step),
    };
    let set_by_run = SET_BY_RUN.iter().filter(|set| !own.contains(set.name)).filter_map(|set| {
        let routes = match set.reach {
            Reach::Scope => in_scope(set.name),
            Reach::EndedScope => in_scope(set.name).filter(|_| has_ended),
            Reach::Host => is_process.then_some(environment),
            Reach::Outputs if semantics == Semantics::Engine => in_scope(set.name),
            Reach::Outputs => can_write.then_some(environment),
        }?;
        Some(SetName { name: set.name, about: set.about, by: words(routes).collect() })
    });
    let set_by_run: Vec<SetName> = set_by_run.collect();
    let is_new =
        |name: &&String| is_inherited(name) && !own.contains(name.as_str()) && !set_by_run.iter().any(|set| set.name == name.as_str());
    let inherited: Vec<String> = variables.iter().filter(|_| is_process).filter(is_new).cloned().collect();
    let mut names: Vec<Name> = names.into_iter().map(|visible| name(analysis, visible)).collect();
    names.sort_by(|a, b| {
        (a.origin, a.line.is_none(), a.line, a.column, &a.name).cmp(&(b.origin, b.line.is_none(), b.line, b.column, &b.name))
    });
    let line = position(analysis, step.label).map(|place| place.0);
    Seen { step: called(step), place: account::place(workflow, step), line, names, set_by_run, inherited }
}

fn name(analysis: &Analysis, visible: Visible) -> Name {
    let place = visible.span.and_then(|span| position(analysis, span));
    let routes = |routes: Routes| {
        let literal = (routes.any() && routes.literal).then_some("literal");
        words(routes).chain(literal).collect()
    };
    Name {
        origin: visible.origin,
        line: place.map(|place| place.0),
        column: place.map(|place| place.1),
        credential: visible.credential,
        from: visible.from,
        contract: routes(visible.contract),
        engine: routes(visible.engine),
        name: visible.name,
    }
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for dag in &report.dags {
        for seen in &dag.steps {
            if !out.is_empty() {
                out.push('\n');
            }
            let line = seen.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let dag = if dag.dag.is_empty() || report.dags.len() == 1 { String::new() } else { format!("{}: ", dag.dag) };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{dag}{} ({}{line})", printable::line(&seen.step), seen.place);
            step(&mut out, seen, report.semantics);
        }
    }
    out
}

fn step(out: &mut String, seen: &Seen, semantics: Semantics) {
    if seen.names.is_empty() {
        out.push_str("  no name of the DAG\n");
    } else {
        match semantics {
            Semantics::Contract => {
                let mut rows = vec![["name", "from", "line", "dagu-rs run", "Dagu engine", ""].map(str::to_owned)];
                rows.extend(seen.names.iter().map(row));
                table(out, &rows);
            }
            Semantics::Engine => {
                let mut rows = vec![["name", "from", "line", "Dagu engine", ""].map(str::to_owned)];
                rows.extend(seen.names.iter().map(row).map(|[name, origin, line, _, engine, from]| [name, origin, line, engine, from]));
                table(out, &rows);
            }
        }
    }
    if !seen.set_by_run.is_empty() {
        out.push_str("  set by the run\n");
        let rows: Vec<[String; 3]> =
            seen.set_by_run.iter().map(|set| [format!("  {}", set.name), set.by.join(" "), set.about.to_owned()]).collect();
        table(out, &rows);
    }
    if !seen.inherited.is_empty() {
        let _ = writeln!(out, "  inherited from this machine\n    {}", seen.inherited.join(" "));
    }
}

fn row(name: &Name) -> [String; 6] {
    let from = match name.from.as_slice() {
        [] => String::new(),
        what if name.origin == Origin::Mount => what.join(", "),
        names => format!("taken from {}", names.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(" and ")),
    };
    let ways = |words: &[&str]| if words.is_empty() { "-".to_owned() } else { words.join(" ") };
    let mark = if name.credential { " *" } else { "" };
    let line = name.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
    [format!("{}{mark}", name.name), name.origin.name().to_owned(), line, ways(&name.contract), ways(&name.engine), from]
}

/// Rows with their columns below each other.
fn table<const N: usize>(out: &mut String, rows: &[[String; N]]) {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| printable::line(cell).into_owned())).collect();
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0));
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "  {}", cells.join("  ").trim_end());
    }
}
