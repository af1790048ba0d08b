use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::capability;

pub(super) static RULE: Rule = Rule {
    name: "parallel-unsupported",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`parallel` on a step that runs no sub-DAG.",
    why: "`parallel` runs a sub-DAG once for each item; a command or another action cannot be repeated so, and the engine does not load the DAG. For a group of steps there is `foreach`.",
    grounds: "Engine, at load: `parallel currently requires action: dag.run or dag.enqueue`.",
    bad: "steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n\
        \x20   parallel: [eu, us]\n",
    good: "steps:\n\
        \x20 - id: deploy\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     steps:\n\
        \x20       - id: push\n\
        \x20         run: ./deploy.sh ${foreach.item}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["parallel"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(entry) = step.node.entry("parallel").filter(|entry| !entry.value.is_null()) else { continue };
        let is_reported = step.node.get_some("foreach").is_some() || step.operation() == Some("human.task");
        let executor = capability::executor(context.workflow, step);
        let is_custom = executor.is_none() && (step.node.get("action").is_some() || step.node.get("type").is_some());
        if !is_reported && !is_custom && !matches!(executor, Some("dag" | "dag_enqueue" | "subworkflow" | "parallel")) {
            let finding = sink.before_run(step, entry.key.span, "`parallel` runs a sub-DAG for each item, and this step has none");
            sink.push(finding.help("use `foreach`, or run the work as a DAG of its own with `dag.run`"));
        }
    }
}
