//! `dagu-rs doctor`: whether this machine has what runs need: a container engine, images, programs and
//! variables.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use dagu_runner::engine::inside::Version;
use dagu_runner::prepare::SET_BY_RUN;
use dagu_runner::probe::PlainValues;
use dagu_schema::probe::{Asked, Image};
use dagu_schema::workflow::reference::{self, Target};
use dagu_schema::workflow::{EnvEntry, Workflow, volume};
use dagu_schema::{Analysis, Severity};
use serde::Serialize;

use crate::Exit;
use crate::facts::{self, Machine};
use crate::files::{Input, Search};
use crate::inspect;
use crate::output::{Color, complain};
use crate::probe::{self, Reached};

/// What `doctor` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
Without files, the container engine alone is looked at. Nothing is executed, and no value of a variable is shown.
Exit codes: 0 all is well, 1 something is wrong that a run needs, 2 usage, I/O or internal error, 3 there is no DAG in \
the files.")]
pub(crate) struct Args {
    /// DAG files, or folders with some, whose needs are looked at too.
    files: Vec<PathBuf>,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// When the answer has colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
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

/// The oldest API that the runner was tried with: a container's `platform` needs it.
const NEEDED_API: (u32, u32) = (1, 41);

/// What was found.
#[derive(Serialize)]
struct Report {
    version: u32,
    engine: Engine,
    files: Vec<FileState>,
    images: Vec<ImageState>,
    programs: Vec<ProgramState>,
    variables: Vec<VariableState>,
}

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    Ok,
    /// Worth knowing, and no run fails of it alone.
    Note,
    Wrong,
}

#[derive(Serialize)]
struct Engine {
    mark: Mark,
    product: Option<&'static str>,
    address: Option<String>,
    /// Why this one is chosen.
    because: Option<&'static str>,
    reachable: bool,
    version: Option<String>,
    api: Option<String>,
    platform: Option<String>,
    /// What is wrong, and what to do.
    trouble: Option<String>,
    /// Whether a file needs it; without files a run is taken to.
    needed: bool,
}

#[derive(Serialize)]
struct FileState {
    mark: Mark,
    file: String,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct ImageState {
    mark: Mark,
    image: String,
    /// `null` where the engine did not say.
    present: Option<bool>,
    size: Option<u64>,
    platform: Option<String>,
    files: BTreeSet<String>,
}

#[derive(Serialize)]
struct ProgramState {
    mark: Mark,
    program: String,
    found: bool,
    files: BTreeSet<String>,
}

#[derive(Serialize)]
struct VariableState {
    mark: Mark,
    name: String,
    /// What sets it: `dag`, `dotenv` or `environment`; `null` when nothing does.
    set_by: Option<&'static str>,
    /// What it is needed for.
    needed_for: BTreeSet<&'static str>,
    files: BTreeSet<String>,
}

/// Looks at this machine.
pub(crate) fn doctor(args: &Args) -> Exit {
    inspect::finish(answer(args))
}

fn answer(args: &Args) -> Result<(String, Exit), String> {
    let machine = Machine::new(&args.machine)?;
    let texts = texts(&args.files, &machine)?;
    let (machine, mut troubles) = machine.probed(texts.iter().map(|input| (Some(input.path.as_path()), input.text.as_str())));
    let mut report = Report { version: 1, engine: engine(), files: vec![], images: vec![], programs: vec![], variables: vec![] };
    let mut found = Found::default();
    let mut dags = 0;
    for Input { path, text, .. } in &texts {
        let analysis = machine.check(Some(path), text);
        let (asked, known) = machine.asked(Some(path), text);
        dags += analysis.workflows.len();
        let name = path.display().to_string();
        let count = |severity| analysis.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let mark = if errors > 0 { Mark::Wrong } else { Mark::Ok };
        report.files.push(FileState { mark, file: name.clone(), errors, warnings });
        found.add(&machine, &name, &analysis, &asked, &known);
    }
    if !args.files.is_empty() && dags == 0 {
        complain("the files hold no DAG: a DAG is a .yaml or .yml file with `steps:`");
        return Ok((String::new(), Exit::Nothing));
    }
    report.images = found.images.into_values().collect();
    report.programs = found.programs.into_values().collect();
    report.variables = found.variables.into_values().collect();
    report.engine.needed = args.files.is_empty() || found.needs_engine;
    if !report.engine.needed && report.engine.mark == Mark::Wrong {
        report.engine.mark = Mark::Note;
    }
    // What kept it from answering stands in the report.
    troubles.retain(|_| report.engine.reachable);
    troubles.iter().for_each(|trouble| complain(trouble));
    let marks = std::iter::once(report.engine.mark)
        .chain(report.files.iter().map(|file| file.mark))
        .chain(report.images.iter().map(|image| image.mark))
        .chain(report.programs.iter().map(|program| program.mark))
        .chain(report.variables.iter().map(|variable| variable.mark));
    let exit = match () {
        () if !troubles.is_empty() => Exit::Error,
        () if marks.into_iter().any(|mark| mark == Mark::Wrong) => Exit::Failure,
        () => Exit::Success,
    };
    let text = match args.format {
        Format::Text => text(&report, args.color.enabled()),
        Format::Json => inspect::json(&report)?,
    };
    Ok((text, exit))
}

fn texts(named: &[PathBuf], machine: &Machine) -> Result<Vec<Input>, String> {
    let mut search = Search::of(named, machine.configs(), false, None);
    let inputs = search.read();
    match search.troubles.into_iter().next() {
        Some(trouble) => Err(trouble),
        None => Ok(inputs),
    }
}

fn engine() -> Engine {
    let none = Engine {
        mark: Mark::Wrong,
        product: None,
        address: None,
        because: None,
        reachable: false,
        version: None,
        api: None,
        platform: None,
        trouble: None,
        needed: true,
    };
    let Reached { address, engine } = match probe::reach() {
        Ok(reached) => reached,
        Err(trouble) => return Engine { trouble: Some(trouble), ..none },
    };
    let chosen = Engine { product: Some(address.product), address: Some(address.url), because: Some(address.because), ..none };
    match engine {
        Err(trouble) => Engine { trouble: Some(trouble), ..chosen },
        Ok(Version { facts, version, api, .. }) => {
            let is_old = api_number(&api).is_some_and(|number| number < NEEDED_API);
            let trouble = is_old.then(|| {
                let (major, minor) = NEEDED_API;
                format!(
                    "its API {api} is older than {major}.{minor}, which a container's `platform` needs: install a newer {}",
                    address.product
                )
            });
            Engine {
                mark: if is_old { Mark::Wrong } else { Mark::Ok },
                reachable: true,
                version: Some(version),
                api: Some(api),
                platform: Some(facts.platform),
                trouble,
                ..chosen
            }
        }
    }
}

fn api_number(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What files need, each once for all of them.
#[derive(Default)]
struct Found {
    needs_engine: bool,
    images: BTreeMap<String, ImageState>,
    programs: BTreeMap<String, ProgramState>,
    variables: BTreeMap<(String, Option<&'static str>), VariableState>,
}

impl Found {
    fn add(&mut self, machine: &Machine, file: &str, analysis: &Analysis, asked: &Asked, known: &[PlainValues]) {
        let errors = analysis.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let subjects: HashSet<(&str, &str)> =
            errors.flat_map(|found| found.message.split('`').skip(1).step_by(2).map(|subject| (found.rule, subject))).collect();
        let named = |rule: &str, name: &str| subjects.contains(&(rule, name));
        for written in asked.images.keys() {
            self.needs_engine = true;
            let resolved = probe::the_one(known, |known| known.image(written));
            let image = resolved.as_deref().and_then(|name| machine.probe()?.image(name));
            let contents = image.and_then(Image::contents);
            let mark = match image {
                Some(Image::Present(_)) => Mark::Ok,
                Some(Image::Absent) if named("image-not-present", written) => Mark::Wrong,
                _ => Mark::Note,
            };
            let name = resolved.as_ref().unwrap_or(written);
            let state = self.images.entry(name.clone()).or_insert_with(|| ImageState {
                mark,
                image: name.clone(),
                present: image.map(|image| contents.is_some() && *image != Image::Absent),
                size: contents.map(|contents| contents.size),
                platform: contents.map(|contents| contents.platform.clone()),
                files: BTreeSet::new(),
            });
            state.files.insert(file.to_owned());
            if mark == Mark::Wrong {
                state.mark = mark;
            }
        }
        self.needs_engine |= analysis.workflows.iter().any(dagu_runner::session::Session::needs_engine);
        for program in &asked.programs {
            let Some(found) = probe::in_path(program) else { continue };
            let mark = match found {
                true => Mark::Ok,
                false if named("harness-binary-not-on-host", program) => Mark::Wrong,
                false => Mark::Note,
            };
            let entry = self.programs.entry(program.clone());
            let state = entry.or_insert_with(|| ProgramState { mark, program: program.clone(), found, files: BTreeSet::new() });
            state.files.insert(file.to_owned());
        }
        for workflow in &analysis.workflows {
            let given = given(workflow);
            for (name, needed_for) in needed(workflow) {
                // A secret is read from the environment alone, whatever the DAG gives.
                let set_by = match needed_for {
                    SECRETS => machine.has_variable(&name).then_some("environment"),
                    _ => set_by(machine, analysis, &given, &name),
                };
                let mark = match set_by {
                    Some(_) => Mark::Ok,
                    None if needed_for == ENV => Mark::Note,
                    None => Mark::Wrong,
                };
                let entry = self.variables.entry((name.clone(), set_by));
                let state =
                    entry.or_insert_with(|| VariableState { mark, name, set_by, needed_for: BTreeSet::new(), files: BTreeSet::new() });
                state.needed_for.insert(needed_for);
                state.files.insert(file.to_owned());
                if mark == Mark::Wrong {
                    state.mark = mark;
                }
            }
        }
    }
}

const ENV: &str = "env";
const SECRETS: &str = "secrets";

/// The variables that a DAG takes from elsewhere, and what for.
fn needed(workflow: &Workflow) -> BTreeSet<(String, &'static str)> {
    let mut needed = BTreeSet::new();
    let mut of_entries = |entries: &[EnvEntry], before: &[EnvEntry], what: &'static str| {
        let mut known: HashSet<&str> = before.iter().map(|entry| entry.name.value.as_str()).collect();
        for entry in entries {
            needed.extend(names(&entry.value).into_iter().filter(|name| !known.contains(name.as_str())).map(|name| (name, what)));
            known.insert(&entry.name.value);
        }
    };
    of_entries(&workflow.env, &[], ENV);
    if let Some(container) = &workflow.container {
        of_entries(&container.env, &[], "container.env");
    }
    for step in workflow.every_step() {
        if let Some(container) = &step.container {
            of_entries(&container.env, &step.env, "container.env");
        }
    }
    let own = workflow.every_step().filter_map(|step| step.container.as_deref());
    for container in workflow.container.iter().chain(own) {
        let own: HashSet<&str> = container.env.iter().map(|entry| entry.name.value.as_str()).collect();
        let volumes = container.volumes.iter().flat_map(|(text, _)| volume::variables(text));
        let volumes = volumes.filter(|variable| !own.contains(variable.name.as_str()));
        needed.extend(volumes.map(|variable| (variable.name, "volumes")));
    }
    for secret in &workflow.secrets {
        if let Some(key) = secret.key.as_ref().filter(|key| !key.value.contains('$'))
            && secret.provider.as_ref().is_some_and(|provider| provider.value == "env")
        {
            needed.insert((key.value.clone(), SECRETS));
        }
    }
    needed
}

/// The variables that a value is made of, but for those with a default.
fn names(value: &str) -> Vec<String> {
    let name = |reference: reference::Reference| match reference.target {
        Target::Variable { name, operator: None } if !reference.quoted => Some(name),
        Target::Value { namespace, path } if namespace == "env" => Some(path),
        _ => None,
    };
    reference::find(value).into_iter().filter_map(name).collect()
}

/// The variables that a DAG itself gives a value.
fn given(workflow: &Workflow) -> HashSet<&str> {
    let own = workflow.env.iter().filter(|entry| !names(&entry.value).contains(&entry.name.value)).map(|entry| entry.name.value.as_str());
    let params = workflow.params.iter().map(|param| param.name.value.as_str());
    let secrets = workflow.secrets.iter().map(|secret| secret.name.value.as_str());
    let of_steps = workflow.every_step().flat_map(|step| {
        let output = step.output_variable().map(|name| name.value.as_str());
        step.env.iter().map(|entry| entry.name.value.as_str()).chain(output)
    });
    own.chain(params).chain(secrets).chain(of_steps).chain(SET_BY_RUN.iter().map(|set| set.name)).collect()
}

/// What gives a variable its value.
fn set_by(machine: &Machine, analysis: &Analysis, given: &HashSet<&str>, name: &str) -> Option<&'static str> {
    match () {
        () if given.contains(name) => Some("dag"),
        () if analysis.dotenv.contains(name) => Some("dotenv"),
        () if machine.has_variable(name) => Some("environment"),
        () => None,
    }
}

/// Words with their colours.
struct Paint(bool);

impl Paint {
    fn mark(&self, mark: Mark) -> String {
        let (word, color) = match mark {
            Mark::Ok => ("ok   ", 32),
            Mark::Note => ("note ", 33),
            Mark::Wrong => ("WRONG", 31),
        };
        if self.0 { format!("\x1b[1;{color}m{word}\x1b[0m") } else { word.to_owned() }
    }

    fn title(&self, out: &mut String, title: &str) {
        out.push_str(if out.is_empty() { "" } else { "\n" });
        // Writing to a string cannot fail.
        let _ = if self.0 { writeln!(out, "\x1b[1m{title}\x1b[0m") } else { writeln!(out, "{title}") };
    }
}

fn text(report: &Report, color: bool) -> String {
    let (mut out, paint) = (String::new(), Paint(color));
    let line = |out: &mut String, mark: Mark, what: String| {
        let _ = writeln!(out, "  {}  {}", paint.mark(mark), what.chars().filter(|c| !c.is_control()).collect::<String>());
    };
    paint.title(&mut out, "container engine");
    let engine = &report.engine;
    if let (Some(product), Some(address), Some(because)) = (engine.product, &engine.address, engine.because) {
        line(&mut out, Mark::Ok, format!("{product} at {address}, chosen by {because}"));
    }
    if let (Some(version), Some(api), Some(platform)) = (&engine.version, &engine.api, &engine.platform) {
        line(&mut out, Mark::Ok, format!("it answers: version {version}, API {api}, {platform}"));
    }
    if let Some(trouble) = &engine.trouble {
        line(&mut out, engine.mark, trouble.clone());
    }
    if !engine.needed && !engine.reachable {
        line(&mut out, Mark::Ok, "these files need none".to_owned());
    }
    if !report.files.is_empty() {
        paint.title(&mut out, "files");
        for FileState { mark, file, errors, warnings } in &report.files {
            let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
            let see = if *errors > 0 { format!("; see `dagu-rs check --probe {file}`") } else { String::new() };
            line(&mut out, *mark, format!("{file}: {}, {}{see}", plural(*errors, "error"), plural(*warnings, "warning")));
        }
    }
    if !report.images.is_empty() {
        paint.title(&mut out, "images");
        for ImageState { mark, image, present, size, platform, .. } in &report.images {
            let state = match (present, size, platform) {
                (Some(true), Some(size), Some(platform)) => format!("there, {}, {platform}", megabytes(*size)),
                (Some(_), ..) if *mark == Mark::Wrong => "not there, and `pull_policy: never` forbids fetching it".to_owned(),
                (Some(_), ..) => "not there: a run fetches it".to_owned(),
                (None, ..) => "not known before a run, or not asked".to_owned(),
            };
            line(&mut out, *mark, format!("{image}: {state}"));
        }
    }
    if !report.programs.is_empty() {
        paint.title(&mut out, "programs on this machine");
        for ProgramState { mark, program, found, .. } in &report.programs {
            line(&mut out, *mark, format!("{program}: {}", if *found { "in PATH" } else { "not in PATH" }));
        }
    }
    if !report.variables.is_empty() {
        paint.title(&mut out, "variables");
        for VariableState { mark, name, set_by, needed_for, .. } in &report.variables {
            let state = match set_by {
                Some("dag") => "given by the DAG",
                Some("dotenv") => "set by a dotenv file",
                Some(_) => "set in the environment",
                None => "set by nothing",
            };
            let needed_for: Vec<&str> = needed_for.iter().copied().collect();
            line(&mut out, *mark, format!("{name}: {state} (for {})", needed_for.join(", ")));
        }
    }
    out
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
