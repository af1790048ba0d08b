use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashSet;

use crate::source::Span;
use crate::syntax::NodeRef;
use crate::workflow::{Names, Step, graph};

pub(super) static RULE: Rule = Rule {
    name: "approval-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An approval asks for a value that it does not take in, or rewinds to where the step did not come from.",
    why: "`required` picks from `input`, and `rewind_to` goes back: to the step itself, or to one that it depends on. The engine does not load the DAG.",
    grounds: "Engine, at load: `required field \"REASON\" is not in input list`, `approval.rewind_to references non-existent step x`, `must reference the step itself or an upstream dependency`.",
    bad: "steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n\
        \x20   approval:\n\
        \x20     prompt: Keep it?\n\
        \x20     input: [REASON]\n\
        \x20     required: [TICKET]\n",
    good: "steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n\
        \x20   approval:\n\
        \x20     prompt: Keep it?\n\
        \x20     input: [REASON, TICKET]\n\
        \x20     required: [TICKET]\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["approval"] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.every_step_with("approval").next().is_none() {
        return;
    }
    for step in context.workflow.every_step().filter(|step| step.is_in_handler()) {
        required(sink, step.node.get("approval"));
    }
    for (owner, steps) in context.workflow.lists() {
        let mut rewinds = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let approval = step.node.get("approval");
            required(sink, approval);
            rewinds.extend(approval.and_then(|approval| rewind(index, approval)));
        }
        if rewinds.is_empty() {
            continue;
        }
        let known = Names::of(steps);
        let mut edges = if owner.is_some() { graph::of_body(steps) } else { context.workflow.edges.clone() };
        follow_routes(steps, &known, &mut edges);
        let mut order = graph::Order::new(&edges);
        for (index, name, span) in rewinds {
            match known.find(steps, name) {
                None => sink.report(span, format!("no step is called `{name}`, so the work cannot go back to it")),
                Some(target) if target != index && !order.runs_after(index, target) => {
                    sink.report(span, format!("the step does not depend on `{name}`, so the work cannot go back to it"));
                }
                Some(_) => {}
            }
        }
    }
}

/// The target of a route depends on the router.
fn follow_routes(steps: &[Step], known: &Names, edges: &mut [Vec<graph::Edge>]) {
    for (from, step) in steps.iter().enumerate() {
        let routes = step.node.get("with").and_then(|with| with.get("routes")).or_else(|| step.node.get("routes"));
        let targets = routes.and_then(|routes| routes.entries()).unwrap_or_default().iter().filter_map(|route| route.value.items()).flatten();
        for target in targets.filter_map(|target| known.find(steps, target.text()?.trim())) {
            edges[target].push(graph::Edge { from, span: None });
        }
    }
}

fn required(sink: &mut Sink, approval: Option<&NodeRef>) {
    let Some(approval) = approval else { return };
    let texts = |key: &str| approval.get(key).and_then(|list| list.items()).unwrap_or_default();
    let input: HashSet<&str> = texts("input").iter().filter_map(|item| item.text()).collect();
    for item in texts("required") {
        if let Some(name) = item.text().filter(|name| !input.contains(name)) {
            sink.report(item.span, format!("`{name}` is required, but not in `input`, so nobody could give it"));
        }
    }
}

fn rewind(index: usize, approval: &NodeRef) -> Option<(usize, &str, Span)> {
    let node = approval.get_some("rewind_to")?;
    let name = node.text().map(str::trim).filter(|name| !name.is_empty())?;
    Some((index, name, node.span))
}
