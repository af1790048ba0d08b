//! The credentials of a file's DAGs by step, as data.

use std::collections::{BTreeMap, HashMap};

use dagu_schema::workflow::expand::Expansion;
use dagu_schema::workflow::lineage::{Source, Sources};
use dagu_schema::workflow::visibility::{Origin, Routes, Sight};
use dagu_schema::workflow::{Action, Container, Place, Step, Workflow};
use dagu_schema::{Analysis, Span};
use serde::Serialize;

use crate::inspect::{called, position, words_with_literal};

/// The credentials of a file.
#[derive(Serialize)]
pub(crate) struct Matrix {
    pub(crate) version: u32,
    pub(crate) file: String,
    pub(crate) dags: Vec<Dag>,
}

/// The credentials of one document.
#[derive(Serialize)]
pub(crate) struct Dag {
    pub(crate) dag: String,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) steps: Vec<Row>,
    /// What the matrix cannot tell.
    pub(crate) notes: Vec<&'static str>,
}

/// Said of a DAG in which steps hand values on.
const OUTPUTS: &str = "what a step prints is not followed: the output of a step counts as a credential by its name alone";

/// A credential in one of the places that give it.
#[derive(Serialize)]
pub(crate) struct Credential {
    /// The variable; of a mount its source.
    pub(crate) name: String,
    #[serde(serialize_with = "origin")]
    pub(crate) origin: Origin,
    /// Where the author wrote it, from 1; none for what a dotenv file or the base configuration
    /// defines.
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
    /// The names that its value is taken from; of a mount, what it holds.
    pub(crate) from: Vec<String>,
    /// What its value is made of in the end.
    #[serde(skip)]
    pub(crate) source: Source,
}

/// A step with the credentials that it sees.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) step: String,
    pub(crate) place: &'static str,
    /// The image, or the container that it is attached to.
    pub(crate) container: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) sees: Vec<Sees>,
}

/// How a credential gets to a step.
#[derive(Clone, Serialize)]
pub(crate) struct Sees {
    /// The credential, by its number in the list, from 0.
    pub(crate) credential: usize,
    /// In `dagu-rs run`.
    #[serde(serialize_with = "routes")]
    pub(crate) contract: Routes,
    /// In the Dagu engine.
    #[serde(serialize_with = "routes")]
    pub(crate) engine: Routes,
}

fn origin<S: serde::Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(origin.key())
}

fn routes<S: serde::Serializer>(routes: &Routes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(words_with_literal(*routes))
}

impl Matrix {
    /// `dotenv`: what its dotenv files define, which no answer holds; without it the names alone count.
    pub(crate) fn of(file: &str, analysis: &Analysis, dotenv: &BTreeMap<String, String>) -> Self {
        let dags = analysis.workflows.iter().map(|workflow| {
            let expansion = Expansion::of(&analysis.tree, workflow);
            Dag::of(analysis, expansion.as_ref().map_or(workflow, |expansion| &expansion.workflow), dotenv)
        });
        Self { version: 1, file: file.to_owned(), dags: dags.collect() }
    }
}

impl Dag {
    fn of(analysis: &Analysis, workflow: &Workflow, dotenv: &BTreeMap<String, String>) -> Self {
        let position = |span: Span| position(analysis, span);
        let sight = Sight::new(workflow, &analysis.dotenv);
        let sources = Sources::new(workflow, dotenv);
        let mut credentials: Vec<Credential> = Vec::new();
        let mut known: HashMap<(String, Origin, Option<Span>), usize> = HashMap::new();
        let mut steps = Vec::new();
        for step in workflow.every_step() {
            let mut sees = Vec::new();
            for visible in sight.of(step).into_iter().filter(|visible| visible.credential) {
                let (contract, engine) = (visible.contract, visible.engine);
                if words_with_literal(contract).chain(words_with_literal(engine)).next().is_none() {
                    continue;
                }
                let number = *known.entry((visible.name.clone(), visible.origin, visible.span)).or_insert(credentials.len());
                if number == credentials.len() {
                    let place = visible.span.and_then(position);
                    let (line, column) = (place.map(|place| place.0), place.map(|place| place.1));
                    let source = sources.of(step, &visible);
                    credentials.push(Credential { name: visible.name, origin: visible.origin, line, column, from: visible.from, source });
                }
                sees.push(Sees { credential: number, contract, engine });
            }
            let line = position(step.label).map(|place| place.0);
            steps.push(Row { step: called(step), place: place(workflow, step), container: container(workflow, step), line, sees });
        }
        // In the order of the file, so that the columns do not depend on who sees what first.
        let mut order: Vec<usize> = (0..credentials.len()).collect();
        order.sort_by_key(|&number| {
            credentials.get(number).map(|credential| (credential.line.is_none(), credential.line, credential.column))
        });
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| rank[old] = new);
        let mut sorted: Vec<(usize, Credential)> = rank.iter().copied().zip(credentials).collect();
        sorted.sort_by_key(|(rank, _)| *rank);
        for sees in steps.iter_mut().flat_map(|row| &mut row.sees) {
            sees.credential = rank.get(sees.credential).copied().unwrap_or_default();
        }
        steps.iter_mut().for_each(|row| row.sees.sort_by_key(|sees| sees.credential));
        let dag = workflow.name.as_ref().map_or_else(String::new, |name| name.value.clone());
        let hands_on = |step: &Step| step.output_variable().is_some() || !step.outputs.is_empty();
        let notes = workflow.every_step().any(hands_on).then_some(OUTPUTS).into_iter().collect();
        Self { dag, credentials: sorted.into_iter().map(|(_, credential)| credential).collect(), steps, notes }
    }
}

fn place(workflow: &Workflow, step: &Step) -> &'static str {
    let is_attached = workflow.container_of(step).is_some_and(|container| container.attach().is_some());
    match step.place {
        Place::Host => "host",
        Place::DockerRun => "docker.run",
        Place::Ssh => "ssh",
        _ if is_attached => "attached",
        Place::RootContainer => "root container",
        Place::OwnContainer => "own container",
    }
}

fn container(workflow: &Workflow, step: &Step) -> Option<String> {
    if let (Action::DockerRun(Some(with)), Place::DockerRun) = (&step.action, step.place) {
        return ["image", "container_name"].into_iter().find_map(|key| with.get_some(key)?.text().map(str::to_owned));
    }
    let container = workflow.container_of(step)?;
    container.image().or_else(|| Container::attach(container)).map(|name| name.value.clone())
}
