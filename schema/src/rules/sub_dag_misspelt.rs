use std::collections::{HashMap, HashSet};

use super::{Context, Rule, Sink};
use crate::diagnostic::{Fix, Safety, Severity};
use crate::suggest::Slips;
use crate::syntax::NodeRef;
use crate::workflow::{Step, Workflow};

pub(super) static RULE: Rule = Rule {
    name: "sub-dag-misspelt",
    severity: Severity::Warning,
    refused: false,
    summary: "The name of a sub-DAG is nearly that of a document of the file which nothing calls.",
    why: "A name that is no document of the file is looked for among the DAGs of the machine, and the step fails when there is none.",
    grounds: "Engine, by a run: `failed to locate DAG NAME: DAG is not found`. Its `validate` takes any name.",
    bad: "steps:\n\
        \x20 - id: transform\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: tranform-data\n\
        ---\n\
        name: transform-data\n\
        steps:\n\
        \x20 - id: transform\n\
        \x20   run: make\n",
    good: "steps:\n\
        \x20 - id: transform\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: transform-data\n\
        ---\n\
        name: transform-data\n\
        steps:\n\
        \x20 - id: transform\n\
        \x20   run: make\n",
    absence: true,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let documents: HashMap<&str, &Workflow> =
        context.workflows.iter().skip(1).filter_map(|workflow| Some((workflow.name.as_ref()?.value.as_str(), workflow))).collect();
    if documents.is_empty() {
        return;
    }
    let called: HashSet<&str> = context.workflows.iter().flat_map(Workflow::every_step).filter_map(called).filter_map(|node| node.text()).collect();
    let slips = Slips::of(documents.keys().copied().filter(|name| !called.contains(name)));
    for node in context.workflow.every_step().filter_map(self::called) {
        let Some(name) = node.text().filter(|name| !documents.contains_key(name)) else { continue };
        if name.contains('$') || context.facts.file_stem.as_deref() == Some(name) {
            continue;
        }
        let Some((near, _)) = slips.find(name, |_, _| true) else { continue };
        let finding = sink.finding(node.span, format!("no document of this file is called `{name}`, and nothing calls `{near}`"));
        let finding = match documents.get(near).and_then(|document| document.name.as_ref()) {
            Some(declaration) => finding.related(declaration.span, format!("`{near}` is named here")),
            None => finding,
        };
        sink.push(finding.help(format!("did you mean `{near}`?")).fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, node.span, near)));
    }
}

/// The name of the DAG that a step calls.
pub(super) fn called(step: &Step) -> Option<&NodeRef> {
    match step.node.get("call") {
        Some(call) => Some(call),
        None if matches!(step.operation().as_deref(), Some("dag.run" | "dag.enqueue")) => step.input()?.get("dag"),
        None => None,
    }
}
