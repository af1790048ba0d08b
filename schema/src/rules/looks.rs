//! Every rule on one document.

use std::cell::OnceCell;
use std::sync::LazyLock;

use super::context::{Context, Part, Subject};
use super::{ALL, Check, Has, Rule, Sink, empty_document};
use crate::diagnostic::Diagnostic;
use crate::model::values::{self, Value};
use crate::workflow::{Action, HarnessStep, Step, Workflow};

/// Steps that the rules about steps look at before the next ones.
const STEPS_AT_A_TIME: usize = 32;

/// Runs every rule on one document.
pub(crate) fn check(document: &Subject<'_>) -> Vec<Diagnostic> {
    check_by(STEPS_AT_A_TIME, document)
}

type CheckPart = fn(&Context<'_>, &mut Sink);
type CheckValue = fn(&Context<'_>, &Value<'_>, &mut Sink);

/// The rules by what they look at, with nothing else of them: a small document costs little more than
/// the way to the code of each.
struct Looks {
    documents: Vec<(&'static Rule, Option<Has>, CheckPart)>,
    steps: Vec<(&'static Rule, Option<Has>, CheckPart)>,
    values: Vec<(&'static Rule, CheckValue)>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let mut looks = Looks { documents: Vec::new(), steps: Vec::new(), values: Vec::new() };
    for rule in ALL {
        let (has, check) = match rule.check {
            Check::Where(has, check) => (Some(has), *check),
            check => (None, check),
        };
        match check {
            Check::Document(check) => looks.documents.push((rule, has, check)),
            Check::Steps(check) => looks.steps.push((rule, has, check)),
            Check::Values { value, steps } => {
                looks.values.push((rule, value));
                looks.steps.extend(steps.map(|steps| (*rule, has, steps)));
            }
            Check::Where(..) | Check::Elsewhere => {}
        }
    }
    looks
});

/// What the documents have that rules may be about.
fn has(what: Has, workflow: &Workflow, steps: &[&Step], harness: &[(&Step, &HarnessStep)]) -> bool {
    match what {
        Has::Containers => {
            workflow.container.is_some() || steps.iter().any(|step| step.container.is_some() || matches!(step.action, Action::DockerRun(_)))
        }
        Has::Agents => !harness.is_empty() || workflow.harness_defaults.is_some(),
    }
}

fn harness_steps<'a>(steps: &[&'a Step]) -> Vec<(&'a Step, &'a HarnessStep)> {
    steps.iter().filter_map(|step| Some((*step, step.harness()?))).collect()
}

fn check_by(at_a_time: usize, document: &Subject<'_>) -> Vec<Diagnostic> {
    let workflow = document.workflow;
    let steps: Vec<&Step> = workflow.every_step().collect();
    let harness = harness_steps(&steps);
    let chunks = steps.chunks(at_a_time).chain(steps.is_empty().then_some([].as_slice()));
    let parts: Vec<_> = chunks.map(|part| (part, harness_steps(part))).collect();
    let sight = OnceCell::new();
    let whole = Context::new(document, &sight, Part { steps: &steps, harness: &harness, root: true });
    let has = [Has::Containers, Has::Agents].map(|what| (what, has(what, workflow, &steps, &harness)));
    let applies = |needed: Option<Has>| needed.is_none_or(|needed| has.contains(&(needed, true)));
    let mut sink = Sink { rule: &empty_document::RULE, found: Vec::new() };
    for &(rule, _, check) in LOOKS.documents.iter().filter(|(_, needed, _)| applies(*needed)) {
        sink.rule = rule;
        check(&whole, &mut sink);
    }
    let about_steps: Vec<(&'static Rule, CheckPart)> =
        LOOKS.steps.iter().filter(|(_, needed, _)| applies(*needed)).map(|&(rule, _, check)| (rule, check)).collect();
    let check_value = |value: &Value<'_>, sink: &mut Sink| {
        for &(rule, check) in &LOOKS.values {
            sink.rule = rule;
            check(&whole, value, sink);
        }
    };
    let mut walk = values::Walk::root(&workflow.node, &mut |value| check_value(value, &mut sink));
    for (number, (steps, harness)) in parts.iter().enumerate() {
        let part = Context::new(document, &sight, Part { steps, harness, root: number == 0 });
        for &(rule, check) in &about_steps {
            sink.rule = rule;
            check(&part, &mut sink);
        }
        // The values of the same steps, while they are near.
        walk.steps(at_a_time, &mut |value| check_value(value, &mut sink));
    }
    while walk.steps(at_a_time, &mut |value| check_value(value, &mut sink)) {}
    sink.found
}

#[cfg(test)]
mod tests {
    use super::{ALL, Subject, check_by};
    use crate::analysis::Facts;
    use crate::syntax::Tree;
    use crate::workflow::{Workflow, call, resolve};

    /// A rule that says it looks at steps one by one finds the same in each by itself.
    #[test]
    fn parts_of_a_document_add_up_to_it() {
        for text in ALL.iter().flat_map(|rule| [rule.bad, rule.good]) {
            let (tree, _) = Tree::parse(text);
            let workflows: Vec<Workflow> = tree.documents.iter().filter_map(|document| resolve::document(&tree, document, None)).collect();
            let (locals, facts) = (call::locals(&workflows), Facts::default());
            for workflow in &workflows {
                let found = |at_a_time| {
                    let mut found = check_by(at_a_time, &Subject::new(&tree, workflow, &workflows, &locals, &facts));
                    found.sort_by(|a, b| (a.rule, a.span, &a.message).cmp(&(b.rule, b.span, &b.message)));
                    found
                };
                assert_eq!(found(1), found(usize::MAX), "{text}");
            }
        }
    }
}
