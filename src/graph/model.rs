//! What is drawn, as data: the same for every form.

use std::collections::{BTreeMap, HashMap};

use dagu_schema::Analysis;
use dagu_schema::workflow::visibility::Origin;
use dagu_schema::workflow::{Action, Container, Place, Step, Workflow, account, docker_run, graph, order};
use serde::Serialize;

use crate::creds::matrix::Matrix;
use crate::inspect::{self, position};

/// The DAGs of a file.
#[derive(Serialize)]
pub(super) struct Graph {
    pub(super) version: u32,
    pub(super) file: String,
    pub(super) dags: Vec<Dag>,
}

/// One document. Numbers are places in its lists, from 0.
#[derive(Serialize)]
pub(super) struct Dag {
    pub(super) dag: String,
    pub(super) steps: Vec<Node>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) edges: Vec<Edge>,
    pub(super) credentials: Vec<Credential>,
    pub(super) sees: Vec<Sees>,
}

/// A step.
#[derive(Serialize)]
pub(super) struct Node {
    pub(super) id: String,
    /// What it does, in a few words.
    pub(super) action: String,
    pub(super) place: String,
    pub(super) line: Option<usize>,
    /// The innermost cluster that it stands in.
    pub(super) cluster: Option<usize>,
}

/// What is drawn around steps.
#[derive(Serialize)]
pub(super) struct Cluster {
    pub(super) kind: Kind,
    pub(super) label: String,
    /// The cluster that it stands in.
    pub(super) parent: Option<usize>,
}

/// Why steps are drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// They run in the root container.
    RootContainer,
    /// The step runs in a container of its own.
    OwnContainer,
    /// They run in a container that exists already.
    Attached,
    /// A `foreach` and its steps.
    Foreach,
    /// The handlers.
    Handlers,
}

/// A step that waits for another.
#[derive(Serialize)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: Waits,
}

/// Why a step waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Waits {
    /// `depends`, or the order of a chain.
    Depends,
    /// It reads a file that the other writes.
    Assumed,
    /// It stands in the body of the other, a `foreach`.
    Body,
}

/// A credential that a step sees.
#[derive(Serialize)]
pub(super) struct Credential {
    pub(super) name: String,
    /// The name, and where it comes from when another has the same.
    pub(super) label: String,
    #[serde(serialize_with = "origin")]
    pub(super) origin: Origin,
    pub(super) line: Option<usize>,
}

/// A credential in sight of a step.
#[derive(Serialize)]
pub(super) struct Sees {
    pub(super) credential: usize,
    pub(super) step: usize,
    /// Whether the Dagu engine alone shows it to the step.
    pub(super) engine_only: bool,
}

fn origin<S: serde::Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(origin.key())
}

impl Graph {
    pub(super) fn of(file: &str, analysis: &Analysis) -> Self {
        let matrix = Matrix::of(file, analysis, &BTreeMap::new());
        let dags = analysis.workflows.iter().zip(matrix.dags).map(|(workflow, seen)| {
            let workflow = inspect::expanded(analysis, workflow);
            let mut dag = Dag::of(analysis, &workflow);
            let mut named: HashMap<String, usize> = HashMap::new();
            seen.credentials.iter().for_each(|credential| *named.entry(credential.name.clone()).or_default() += 1);
            let credentials = seen.credentials.into_iter().map(|credential| {
                let is_one = named.get(&credential.name) == Some(&1);
                let label = if is_one { credential.name.clone() } else { format!("{} ({})", credential.name, credential.origin.name()) };
                Credential { name: credential.name, label, origin: credential.origin, line: credential.line }
            });
            dag.credentials = credentials.collect();
            // Both lists of steps have the order of `every_step`.
            dag.sees =
                seen.steps
                    .iter()
                    .enumerate()
                    .flat_map(|(step, row)| {
                        row.sees
                            .iter()
                            .filter(|sees| sees.contract.of_value().any() || sees.engine.of_value().any())
                            .map(move |sees| Sees { credential: sees.credential, step, engine_only: !sees.contract.of_value().any() })
                    })
                    .collect();
            dag
        });
        Self { version: 1, file: file.to_owned(), dags: dags.collect() }
    }

    pub(super) fn leave_out_credentials(&mut self) {
        for dag in &mut self.dags {
            dag.credentials.clear();
            dag.sees.clear();
        }
    }

    /// The file, and of several documents the name of this one.
    pub(super) fn title(&self, dag: &Dag) -> String {
        if dag.dag.is_empty() { self.file.clone() } else { dag.dag.clone() }
    }
}

impl Dag {
    fn of(analysis: &Analysis, workflow: &Workflow) -> Self {
        let dag = workflow.name.as_ref().map_or_else(String::new, |name| name.value.clone());
        let (steps, clusters, edges, credentials, sees) = Default::default();
        let mut reading =
            Reading { analysis, workflow, dag: Self { dag, steps, clusters, edges, credentials, sees }, containers: HashMap::new() };
        let numbers: Vec<usize> = workflow.steps.iter().map(|step| reading.step(step, None)).collect();
        reading.order(&numbers, &workflow.edges);
        for assumed in order::infer(workflow) {
            if let (Some(&from), Some(&to)) = (numbers.get(assumed.writer), numbers.get(assumed.reader)) {
                reading.dag.edges.push(Edge { from, to, kind: Waits::Assumed });
            }
        }
        if !workflow.handlers.is_empty() {
            let handlers = reading.cluster(Kind::Handlers, "handlers".to_owned(), None);
            for (_, step) in &workflow.handlers {
                reading.step(step, Some(handlers));
            }
        }
        reading.dag
    }

    /// For each cluster and, at the end, for none: the steps and the clusters directly within.
    pub(super) fn contents(&self) -> Vec<Contents> {
        let mut contents: Vec<Contents> = Vec::new();
        contents.resize_with(self.clusters.len() + 1, Contents::default);
        let outside = self.clusters.len();
        for (number, cluster) in self.clusters.iter().enumerate() {
            if let Some(parent) = contents.get_mut(cluster.parent.unwrap_or(outside)) {
                parent.clusters.push(number);
            }
        }
        for (number, node) in self.steps.iter().enumerate() {
            if let Some(cluster) = contents.get_mut(node.cluster.unwrap_or(outside)) {
                cluster.steps.push(number);
            }
        }
        contents
    }
}

/// What stands directly within a cluster.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) steps: Vec<usize>,
    pub(super) clusters: Vec<usize>,
}

/// The numbers of a document's first step, cluster and credential in a form that knows no documents.
#[derive(Default)]
pub(super) struct First {
    pub(super) dag: usize,
    pub(super) step: usize,
    pub(super) cluster: usize,
    pub(super) credential: usize,
}

impl First {
    pub(super) fn go_behind(&mut self, dag: &Dag) {
        self.dag += 1;
        self.step += dag.steps.len();
        self.cluster += dag.clusters.len();
        self.credential += dag.credentials.len();
    }
}

struct Reading<'a> {
    analysis: &'a Analysis,
    workflow: &'a Workflow,
    dag: Dag,
    /// The clusters of containers that several steps share, by what they stand in and by their container.
    containers: HashMap<(Option<usize>, &'a str), usize>,
}

impl<'a> Reading<'a> {
    fn cluster(&mut self, kind: Kind, label: String, parent: Option<usize>) -> usize {
        self.dag.clusters.push(Cluster { kind, label, parent });
        self.dag.clusters.len() - 1
    }

    /// Adds a step and those in its body, each behind the one that holds it.
    fn step(&mut self, step: &'a Step, around: Option<usize>) -> usize {
        let is_foreach = !step.body.is_empty();
        let around = if is_foreach { Some(self.cluster(Kind::Foreach, format!("foreach {}", step.called()), around)) } else { around };
        let cluster = self.container(step, around).or(around);
        let node = Node {
            id: step.called().to_owned(),
            action: account::action(step),
            place: account::place(self.workflow, step),
            line: position(self.analysis, step.label).map(|place| place.0),
            cluster,
        };
        self.dag.steps.push(node);
        let number = self.dag.steps.len() - 1;
        if is_foreach {
            let inner: Vec<usize> = step.body.iter().map(|inner| self.step(inner, around)).collect();
            let edges = graph::of_body(&step.body);
            for (&to, before) in inner.iter().zip(&edges) {
                if before.is_empty() {
                    self.dag.edges.push(Edge { from: number, to, kind: Waits::Body });
                }
            }
            self.order(&inner, &edges);
        }
        number
    }

    fn order(&mut self, numbers: &[usize], edges: &[Vec<graph::Edge>]) {
        for (&to, before) in numbers.iter().zip(edges) {
            let before = before.iter().filter_map(|edge| numbers.get(edge.from));
            self.dag.edges.extend(before.map(|&from| Edge { from, to, kind: Waits::Depends }));
        }
    }

    /// The cluster of the container that a step runs in.
    fn container(&mut self, step: &'a Step, around: Option<usize>) -> Option<usize> {
        if let (Action::DockerRun(Some(with)), Place::DockerRun) = (&step.action, step.place) {
            let (kind, key) =
                if docker_run::is_attached(with) { (Kind::Attached, "container_name") } else { (Kind::OwnContainer, "image") };
            let about = with.get_some(key).and_then(|value| value.text()).unwrap_or_default();
            return Some(self.cluster(kind, format!("docker.run: {about}"), around));
        }
        let container = self.workflow.container_of(step)?;
        let attached = Container::attach(container).map(|target| target.value.as_str());
        let about = account::container(container);
        let (kind, key, label) = match (step.place, attached) {
            (Place::Host | Place::DockerRun | Place::Ssh, _) => return None,
            (Place::RootContainer, _) => (Kind::RootContainer, Some(""), format!("root container: {about}")),
            (Place::OwnContainer, Some(target)) => (Kind::Attached, Some(target), about),
            (Place::OwnContainer, None) => (Kind::OwnContainer, None, format!("own container: {about}")),
        };
        let known = key.and_then(|key| self.containers.get(&(around, key)).copied());
        known.or_else(|| {
            let number = self.cluster(kind, label, around);
            if let Some(key) = key {
                self.containers.insert((around, key), number);
            }
            Some(number)
        })
    }
}
