use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "foreach-conflict",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step has both `foreach` and something else to execute.",
    why: "`foreach` runs its own steps, and the engine does not load a step that has a command, an action or a sub-DAG beside it.",
    grounds: "Engine, at load: `foreach cannot be combined with \"command\" on the same step`.",
    bad: "steps:\n\
        \x20 - id: deploy\n\
        \x20   run: echo deploying\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     steps:\n\
        \x20       - id: push\n\
        \x20         run: ./push.sh ${foreach.item}\n",
    good: "steps:\n\
        \x20 - id: deploy\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     steps:\n\
        \x20       - id: push\n\
        \x20         run: ./push.sh ${foreach.item}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["foreach"] }, &Check::Steps(check)),
};

const OTHERS: &[&str] = &["run", "action", "command", "exec", "script", "call", "parallel", "type"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(foreach) = step.node.entry("foreach").filter(|entry| !entry.value.is_null()) else { continue };
        for other in step.node.entries().unwrap_or_default().iter().filter(|entry| OTHERS.contains(&entry.name()) && !entry.value.is_null()) {
            let message = format!("`{}` cannot stand beside `foreach`, which runs steps of its own", other.name());
            sink.push(sink.finding(other.key.span, message).related(foreach.key.span, "`foreach` is given here"));
        }
    }
}
