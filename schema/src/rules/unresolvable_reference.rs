use std::collections::HashMap;

use super::{Context, Rule, Sink};
use crate::diagnostic::{Fix, Safety, Severity};
use crate::source::Span;
use crate::suggest::{nearest, slip};
use crate::syntax::Entry;
use crate::workflow::mention::Owner;
use crate::workflow::reference::Target;
use crate::workflow::{Action, DagType, Step, Workflow, graph};

pub(super) static RULE: Rule = Rule {
    name: "unresolvable-reference",
    severity: Severity::Warning,
    refused: false,
    summary: "A reference that no run can resolve.",
    why: "`${...}` names a step, an output, a constant or a value of the run that is not there, or is not there for this step. The engine leaves such a text as it is: a shell then fails with `bad substitution`, and any other program receives the `${...}` itself.",
    grounds: "Engine: the notices of `validate` (`was left unchanged`) for unknown steps, outputs that are not declared, missing dependencies, a step's own outputs, constants, fields of `context` and `foreach`.",
    bad: "steps:\n\
        \x20 - id: version\n\
        \x20   run: echo number=1.2 > \"$DAGU_OUTPUT_FILE\"\n\
        \x20   outputs:\n\
        \x20     - name: number\n\
        \x20 - id: release\n\
        \x20   run: echo ${steps.version.outputs.number}\n",
    good: "steps:\n\
        \x20 - id: version\n\
        \x20   run: echo number=1.2 > \"$DAGU_OUTPUT_FILE\"\n\
        \x20   outputs:\n\
        \x20     - name: number\n\
        \x20 - id: release\n\
        \x20   run: echo ${steps.version.outputs.number}\n\
        \x20   depends: version\n",
    absence: true,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let ids: HashMap<&str, usize> =
        workflow.steps.iter().enumerate().filter_map(|(index, step)| Some((step.id.as_ref()?.value.as_str(), index))).collect();
    for mention in workflow.mentions().iter().filter(|mention| !mention.foreign) {
        let Target::Value { namespace, path } = &mention.reference.target else { continue };
        let fault = match namespace.as_str() {
            "steps" => step_output(workflow, &ids, mention.owner, path),
            "consts" => constant(workflow, path),
            "context" => run_value(path),
            "inputs" | "outputs" if workflow.kind == DagType::Build => build_file(workflow, mention.owner, namespace, path),
            "foreach" if matches!(mention.owner, Owner::Step(_) | Owner::Handler(_)) => {
                Some(Fault::new("there is no iteration here: `foreach` values exist only in the body of a `foreach` step".to_owned()))
            }
            _ => None,
        };
        let Some(fault) = fault else { continue };
        let span = context.span_in(&mention.node, mention.range());
        let mut finding = sink.finding(span, format!("`{}` stays as it is: {}", mention.written(), fault.message));
        if let Some((name, start)) = fault.meant {
            let written = mention.written();
            let at = mention.range().start + written.find(&start).unwrap_or(0);
            let place = context.span_in(&mention.node, at..at + start.len());
            if let Some(declaration) = declaration(workflow, namespace, path, &name) {
                finding = finding.related(declaration, format!("`{name}` is declared here"));
            }
            finding = finding.help(format!("did you mean `{name}`?")).fix(Fix::replace(format!("Change to `{name}`"), Safety::Unsafe, place, name));
        }
        if let Some(help) = fault.help {
            finding = finding.help(help);
        }
        sink.push(finding);
    }
}

/// Where the name that was probably meant is declared.
fn declaration(workflow: &Workflow, namespace: &str, path: &str, name: &str) -> Option<Span> {
    if namespace == "consts" {
        return workflow.consts.iter().find(|(known, _)| known.value == name).map(|(known, _)| known.span);
    }
    let by_id = |id: &str| workflow.steps.iter().find(|step| step.id.as_ref().is_some_and(|known| known.value == id));
    let id = path.trim().split('.').next().unwrap_or_default();
    match by_id(id) {
        Some(step) => step.outputs.iter().find(|output| output.name.value == name).map(|output| output.name.span),
        None => by_id(name).and_then(|step| Some(step.id.as_ref()?.span)),
    }
}

/// What keeps a reference from being resolved.
struct Fault {
    message: String,
    /// The name that was probably meant, and the one written.
    meant: Option<(String, String)>,
    help: Option<String>,
}

impl Fault {
    fn new(message: String) -> Self {
        Self { message, meant: None, help: None }
    }

    fn meant<'a>(mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.meant = nearest(written, known).map(|name| (name.to_owned(), written.to_owned()));
        self
    }

    fn help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }
}

fn step_output(workflow: &Workflow, ids: &HashMap<&str, usize>, owner: Owner, path: &str) -> Option<Fault> {
    let parts: Vec<&str> = path.trim().split('.').collect();
    let [id, "outputs", name] = parts[..] else {
        // Text with dots that is no reference: worth a word only where the step exists.
        let known = parts.first().is_some_and(|id| ids.contains_key(id));
        return known.then(|| {
            Fault::new("this is no reference; a step's outputs are `${steps.ID.outputs.NAME}`".to_owned())
                .help("other values of a step are `${ID.stdout}`, `${ID.exit_code}` and `${ID.output}`".to_owned())
        });
    };
    let reader = match owner {
        Owner::Step(reader) => reader,
        Owner::Document => return Some(Fault::new("the DAG's own fields are read before any step has run".to_owned())),
        Owner::Handler(_) => return Some(Fault::new("a handler cannot read the outputs of steps".to_owned())),
    };
    let Some(&producer) = ids.get(id) else {
        return Some(Fault::new(format!("no step has the id `{id}`")).meant(id, ids.keys().copied()));
    };
    if producer == reader {
        return Some(Fault::new("a step cannot read its own outputs".to_owned()));
    }
    let declared = declared_outputs(&workflow.steps[producer]);
    if !declared.contains(&name) {
        let fault = Fault::new(format!("`{id}` declares no output called `{name}`")).meant(name, declared);
        return Some(if fault.meant.is_none() { fault.help(format!("add it to the `outputs` of `{id}`")) } else { fault });
    }
    let ordered = graph::runs_after(&workflow.edges, reader, producer);
    let reader = workflow.steps[reader].called();
    (!ordered).then(|| Fault::new(format!("`{reader}` does not depend on `{id}`")).help(format!("add `depends: {id}` to `{reader}`")))
}

/// The names that a step promises to publish.
fn declared_outputs(step: &Step) -> Vec<&str> {
    const ADDED: &[&str] = &["path", "branch", "commit", "worktree_created", "branch_created"];
    const REMOVED: &[&str] = &["path", "branch", "worktree_removed", "branch_deleted"];
    let mut names: Vec<&str> = step.outputs.iter().map(|output| output.name.value.as_str()).collect();
    if let Action::Other(action) = &step.action {
        match action.value.trim() {
            "git.worktree.add" => names.extend(ADDED),
            "git.worktree.remove" => names.extend(REMOVED),
            "human.task" => {
                let form = step.node.get("with").and_then(|with| with.get("form")).and_then(|form| form.get("properties"));
                names.extend(form.and_then(|form| form.entries()).unwrap_or_default().iter().map(Entry::name));
            }
            _ => {}
        }
    }
    names
}

/// A file of a build: by name, of the step itself.
fn build_file(workflow: &Workflow, owner: Owner, list: &str, path: &str) -> Option<Fault> {
    let Owner::Step(index) = owner else { return None };
    let items = workflow.steps.get(index)?.node.get(list)?.items()?;
    let known: Vec<&str> = items.iter().filter_map(|item| item.get("name")?.text()).collect();
    let name = path.trim();
    (!known.is_empty() && !known.contains(&name) && !name.contains('.')).then(|| {
        let fault = Fault::new(format!("the step's `{list}` have no `{name}`"));
        match known.as_slice() {
            // There is nothing else that could be meant.
            [only] if slip(name, only).is_some() => Fault { meant: Some(((*only).to_owned(), name.to_owned())), ..fault },
            _ => fault.meant(name, known),
        }
    })
}

fn constant(workflow: &Workflow, path: &str) -> Option<Fault> {
    let name = path.trim();
    let known = workflow.consts.iter().map(|(name, _)| name.value.as_str());
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && known.clone().all(|known| known != name)).then(|| Fault::new(format!("the DAG has no constant `{name}`")).meant(name, known))
}

/// Fields of `context` as the engine knows them.
const RUN_VALUES: &[&str] = &[
    "dag.name", "run.id", "run.status", "run.scheduled_at", "run.root_name", "run.root_id", "attempt.id", "attempt.started_at", "step.id",
    "step.name", "trigger.type", "trigger.actor", "paths.log_file", "paths.work_dir", "paths.artifacts_dir", "paths.wiki_dir", "paths.docs_dir",
    "paths.step_stdout_file", "paths.step_stderr_file", "paths.step_output_file", "profile.name", "profile.resolved_at", "pushback.iteration",
    "pushback.previous_stdout_file",
];

fn run_value(path: &str) -> Option<Fault> {
    let path = path.trim();
    (!RUN_VALUES.contains(&path)).then(|| Fault::new(format!("a run has no value `context.{path}`")).meant(path, RUN_VALUES.iter().copied()))
}
