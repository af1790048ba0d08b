use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use std::collections::HashSet;

use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "unknown-dependency",
    severity: Severity::Error,
    summary: "`depends` names a step that does not exist.",
    why: "A dependency is the exact id or name of a step of the same document. The engine does not load a DAG with another one.",
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
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.kind == DagType::Chain {
        return;
    }
    let steps = &context.workflow.steps;
    let known: HashSet<&str> = steps.iter().flat_map(|step| step.id.iter().map(|id| id.value.as_str()).chain([step.name.as_str()])).collect();
    for step in steps {
        for depends in step.depends.iter().filter(|depends| !known.contains(depends.value.as_str())) {
            let finding = sink.finding(depends.span, format!("no step is called `{}`", depends.value));
            let names = known.iter().copied().filter(|name| !step.is_called(name));
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            sink.push(match nearest(&depends.value, names) {
                Some(name) => finding
                    .help(format!("did you mean `{name}`?"))
                    .fix(Fix::replace(format!("Change to `{name}`"), Safety::Safe, depends.span, name)),
                None => finding,
            });
        }
    }
}
