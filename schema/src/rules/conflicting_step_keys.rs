use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "conflicting-step-keys",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step says twice what it executes.",
    why: "`run` and `action` exclude each other, and neither goes with the older keys (`command`, `script`, `type`, `shell`, ...). The engine does not load the DAG.",
    grounds: "Engine, at load: `run cannot be used together with action`, `action cannot be used together with shell`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   command: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Steps(check),
};

const OLD: &[&str] = &[
    "call", "command", "config", "exec", "llm", "messages", "params", "routes", "script", "shell", "shell_args", "shell_packages", "type", "value",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let (run, action) = (step.node.entry("run"), step.node.entry("action"));
        let Some(first) = run.or(action) else { continue };
        if let (Some(run), Some(action)) = (run, action) {
            let message = "`run` and `action` exclude each other: a step either runs a command or performs an action";
            sink.push(sink.finding(action.key.span, message).related(run.key.span, "`run` is given here"));
        }
        for entry in step.node.entries().unwrap_or_default().iter().filter(|entry| OLD.contains(&entry.name())) {
            let message = format!("`{}` is an older spelling and cannot stand next to `{}`", entry.name(), first.name());
            sink.push(sink.finding(entry.key.span, message).related(first.key.span, format!("`{}` is given here", first.name())));
        }
    }
}
