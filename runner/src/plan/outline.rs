//! What a run of a DAG would do, step by step, for somebody to read: without the values of
//! credentials, in whose place the references to them stand.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::key_shape::without_keys;
use dagu_schema::workflow::visibility::{Origin, Semantics, Sight, Visible};
use dagu_schema::workflow::{Step, Workflow};
use dagu_schema::{Analysis, Encoding, printable};

use crate::masking::Secrets;
use crate::plan::container::ContainerSpec;
use crate::plan::{self, Folders, Placed, StepPlan, json, print};
use crate::prepare::{self, OUTPUT_FILE, SET_BY_RUN};
use crate::values::{Values, is_inherited};
use crate::{Request, session, support};

/// The plan of a run.
#[derive(Debug)]
pub struct Outline {
    pub(super) file: PathBuf,
    pub(super) dag: String,
    pub(super) semantics: Semantics,
    /// What keeps the run from beginning.
    pub faults: Vec<String>,
    /// What else is to be said first.
    pub(super) notes: Vec<String>,
    /// The shared container, or why it cannot be made.
    pub(super) shared: Option<Result<ContainerSpec, String>>,
    /// The steps, then the handlers.
    pub(super) steps: Vec<Entry>,
    secrets: Secrets,
}

/// A step in the plan.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) called: String,
    pub(super) name: String,
    pub(super) line: Option<usize>,
    /// The event that a handler is for.
    pub(super) handler: Option<String>,
    /// The steps that it waits for.
    pub(super) after: Vec<String>,
    /// Those among them that only the order of files makes it wait for.
    pub(super) assumed: Vec<String>,
    /// What it does, or why that cannot be said.
    pub(super) plan: Result<StepPlan, String>,
    /// Where the names of its environment come from, each in one word.
    pub(super) origins: HashMap<String, &'static str>,
}

/// The names of what a run alone can know stand for it.
fn unknown(name: &str) -> String {
    format!("${{{name}}}")
}

impl Outline {
    /// The plan of a workflow of an analysis. Nothing is run and no container engine is asked; dotenv files and files
    /// with secrets are read.
    pub fn of(analysis: &Analysis, workflow: &Workflow, request: &Request) -> Self {
        let (file, file_folder, dag) = crate::names(workflow, request);
        let id = unknown("DAG_RUN_ID");
        let context = crate::context(&dag, &id, &file_folder);
        let secrets = Secrets::default();
        let hidden = Some(Arc::new(Credentials::of(workflow, &analysis.dotenv)));
        let start = Values { context: Arc::new(context), semantics: request.semantics, hidden, ..Values::default() };
        let (mut values, mut faults) =
            prepare::values(workflow, request.environment.clone(), &file_folder, &request.params, &secrets, start);
        faults.extend(support::refused(analysis, workflow));
        let folders = Folders::new(&file_folder, workflow, &values, PathBuf::from(unknown("DAG_RUN_WORK_DIR")));
        prepare::add_work_dir(&folders, &mut values);
        let (edges, assumed) = session::edges(workflow, request.infers_depends());
        let names = plan::names_beside(workflow, &values);
        let sight = Sight::new(workflow, &names);
        let called = |index: usize| workflow.steps.get(index).map_or_else(String::new, |step| step.called().to_owned());
        let mut steps: Vec<Entry> = Vec::new();
        for (index, step) in workflow.steps.iter().enumerate() {
            let before = edges.get(index).into_iter().flatten().map(|&before| called(before));
            steps.push(Entry { after: before.collect(), ..entry(analysis, workflow, step, None, &values, &folders, &sight) });
        }
        for assumed in assumed {
            let writer = called(assumed.writer);
            if let Some(entry) = steps.get_mut(assumed.reader) {
                entry.assumed.push(writer);
            }
        }
        for (event, step) in &workflow.handlers {
            steps.push(entry(analysis, workflow, step, Some(&event.value), &values, &folders, &sight));
        }
        let shared = session::shared_spec(workflow, &values, &folders).transpose();
        let notes = crate::assumed_notes(workflow, request.infers_depends());
        Self { file, dag, semantics: request.semantics, faults, notes, shared, steps, secrets }
    }

    /// Everything that keeps a run from beginning.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.iter().map(|fault| self.secrets.mask(fault)).collect()
    }

    /// As text.
    pub fn text(&self) -> String {
        printable::lines(&without_keys(&self.secrets.mask(&print::outline(self)))).into_owned()
    }

    /// As one JSON object, version 1.
    pub fn json(&self) -> serde_json::Value {
        let mut value = json::outline(self);
        mask(&mut value, &self.secrets);
        value
    }
}

fn entry(
    analysis: &Analysis,
    workflow: &Workflow,
    step: &Step,
    event: Option<&str>,
    values: &Values,
    folders: &Folders,
    sight: &Sight<'_>,
) -> Entry {
    let mut values = values.clone();
    if values.semantics == Semantics::Engine {
        values.set(OUTPUT_FILE, unknown(OUTPUT_FILE));
    }
    let (out, err) = (unknown("DAG_RUN_STEP_STDOUT_FILE"), unknown("DAG_RUN_STEP_STDERR_FILE"));
    prepare::add_step_context(step, (&out, &err), &mut values);
    if event.is_some_and(|event| event != "init") {
        prepare::add_status(&unknown("DAG_RUN_STATUS"), &mut values);
    }
    let visible = sight.of(step);
    let mut plan = plan::step_in(sight, &visible, workflow, step, &values, folders);
    if values.semantics == Semantics::Contract
        && let Ok(plan) = &mut plan
    {
        add_output_file(plan);
    }
    let mut origins: HashMap<String, &'static str> =
        values.process.keys().filter(|name| is_inherited(name)).map(|name| (name.clone(), "inherited")).collect();
    origins.extend(SET_BY_RUN.iter().map(|set| (set.name.to_owned(), "dagu")));
    origins.extend(values.params.keys().map(|name| (name.clone(), Origin::Param.key())));
    let is_written = |visible: &Visible| visible.origin != Origin::Dotenv || values.from_files.contains(&visible.name);
    origins.extend(visible.into_iter().filter(is_written).map(|visible| (visible.name, visible.origin.key())));
    let place = &step.label;
    let line = (!place.is_beyond()).then(|| analysis.tree.lines.position(&analysis.tree.text, place.start, Encoding::Chars).line + 1);
    Entry {
        called: step.called().to_owned(),
        name: step.name.clone(),
        line,
        handler: event.map(str::to_owned),
        after: Vec::new(),
        assumed: Vec::new(),
        plan,
        origins,
    }
}

/// The variable for outputs, in the places where the run sets it.
fn add_output_file(plan: &mut StepPlan) {
    let is_set = match &plan.place {
        Placed::Host(_) | Placed::Own(_) => true,
        Placed::Root | Placed::Attached(_) => plan.writes_outputs,
    };
    if !is_set {
        return;
    }
    let value = unknown(OUTPUT_FILE);
    plan::set(&mut plan.env, OUTPUT_FILE, &value);
    plan.env.sort_by(|a, b| a.name.cmp(&b.name));
    if let Placed::Own(spec) = &mut plan.place {
        plan::set(&mut spec.env, OUTPUT_FILE, &value);
    }
}

fn mask(value: &mut serde_json::Value, secrets: &Secrets) {
    match value {
        serde_json::Value::String(text) => *text = without_keys(&secrets.mask(text)).into_owned(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secrets)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| mask(field, secrets)),
        _ => {}
    }
}
