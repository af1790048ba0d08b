use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;


pub(super) static RULE: Rule = Rule {
    name: "step-without-command",
    severity: Severity::Error,
    summary: "A step has nothing to execute.",
    why: "A step needs a `run`, an `action`, or a container whose own command is to run. With a root container the engine loads such a step and then has nothing to do for it.",
    grounds: "Engine, at load: `step command is required`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   description: says hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   description: says hello\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Some(check),
};

/// Keys that make a step do something, in today's and in older spelling.
const TARGETS: &[&str] =
    &["run", "action", "command", "script", "exec", "call", "type", "foreach", "parallel", "messages", "llm", "routes", "value", "container", "output"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in &context.workflow.steps {
        let Some(entries) = step.node.entries() else { continue };
        let has_target = entries.iter().any(|entry| TARGETS.contains(&entry.name()));
        if !has_target {
            let message = format!("step `{}` has nothing to execute", step.called());
            sink.push(sink.finding(step.label, message).help("give it a `run` or an `action`"));
        }
    }
}
