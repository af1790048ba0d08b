use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{DagType, capability};

pub(super) static RULE: Rule = Rule {
    name: "router-outside-graph",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A router in a DAG whose order is fixed otherwise.",
    why: "A router starts some steps and skips others, which only a `type: graph` allows. In a chain, or where an agent decides, the engine does not load the DAG.",
    grounds: "Engine, at load: `router steps require type 'graph'`.",
    bad: "type: chain\n\
        steps:\n\
        \x20 - id: choose\n\
        \x20   action: router.route\n\
        \x20   with:\n\
        \x20     value: ${params.mode}\n\
        \x20     routes:\n\
        \x20       full: [rebuild]\n\
        \x20 - id: rebuild\n\
        \x20   run: make\n",
    good: "steps:\n\
        \x20 - id: choose\n\
        \x20   action: router.route\n\
        \x20   with:\n\
        \x20     value: ${params.mode}\n\
        \x20     routes:\n\
        \x20       full: [rebuild]\n\
        \x20 - id: rebuild\n\
        \x20   run: make\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["type"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if !matches!(workflow.kind, DagType::Chain | DagType::Agent) {
        return;
    }
    for step in workflow.steps.iter().filter(|step| capability::executor(workflow, step) == Some("router")) {
        let finding = sink.finding(step.action_key, "a router needs a `type: graph`, where it can decide which steps run");
        let kind = workflow.node.entry("type");
        sink.push(match kind {
            Some(entry) => finding.related(entry.value_span(), "the DAG's type").help("use `type: graph`, with `depends`"),
            None => finding,
        });
    }
}
