use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;
use crate::workflow::graph::Edge;
use crate::workflow::{DagType, Names, Step};

pub(super) static RULE: Rule = Rule {
    name: "unknown-dependency",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`depends` names a step that does not exist.",
    why: "A dependency is the exact id or name of a step of the same document. The engine does not load a DAG with another one. Steps of a `foreach` depend on each other only.",
    grounds: "Engine, at load: `step a depends on non-existent step x`.",
    bad: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: biuld\n",
    good: "steps:\n\
        \x20 - id: build\n\
        \x20   run: make\n\
        \x20 - id: test\n\
        \x20   run: make test\n\
        \x20   depends: build\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &[], steps: &["depends"] }, &Check::Document(check)),
};

/// Findings of one list for which a name is proposed: each looks through all names.
const MAX_PROPOSALS: usize = 50;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let is_chain = context.workflow.kind == DagType::Chain;
    for (owner, steps) in context.workflow.lists().filter(|(owner, _)| owner.is_some() || !is_chain) {
        // Of `steps`, those that wait for others than what they name.
        let has_unknown = |&(step, edges): &(&Step, &Vec<Edge>)| step.depends.len() != edges.len();
        let suspects: Vec<&Step> = match owner {
            None => steps.iter().zip(&context.workflow.edges).filter(has_unknown).map(|(step, _)| step).collect(),
            Some(_) => steps.iter().collect(),
        };
        if suspects.is_empty() {
            continue;
        }
        let of_body = owner.map(|_| Names::of(steps));
        let known = of_body.as_ref().unwrap_or(&context.workflow.names);
        let unknown = suspects.into_iter().flat_map(|step| step.depends.iter().map(move |depends| (step, depends)));
        let unknown = unknown.filter(|(_, depends)| known.find(steps, &depends.value).is_none());
        for (count, (step, depends)) in unknown.enumerate() {
            let place = if owner.is_some() { " in this `foreach`" } else { "" };
            let finding = sink.finding(depends.span, format!("no step{place} is called `{}`", depends.value));
            sink.push(match (count < MAX_PROPOSALS).then(|| proposal(steps, step, &depends.value)).flatten() {
                Some(name) => finding
                    .help(format!("did you mean `{name}`?"))
                    .fix(Fix::replace(format!("Change to `{name}`"), Safety::Safe, depends.span, name)),
                None if owner.is_some() => finding
                    .help("steps of a `foreach` depend on each other only; what all of them wait for, the `foreach` step depends on"),
                None => finding,
            });
        }
    }
}

fn proposal<'a>(steps: &'a [Step], step: &Step, wanted: &str) -> Option<&'a str> {
    let mut names: Vec<&str> = steps.iter().flat_map(names).filter(|name| !step.is_called(name)).collect();
    names.sort_unstable();
    names.dedup();
    nearest(wanted, names)
}

fn names(step: &Step) -> impl Iterator<Item = &str> {
    let id = step.id.as_ref().map(|id| id.value.as_str());
    id.into_iter().chain(Some(step.name.as_str()).filter(|name| id != Some(name)))
}
