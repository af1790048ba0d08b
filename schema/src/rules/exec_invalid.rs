use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "exec-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An `exec` without a program, beside other commands, or where only a shell's commands go.",
    why: "`exec` starts one program on the machine that runs the DAG. The engine does not load a step that has another command beside it, and it runs none in a container or over the root's `ssh` or `redis`.",
    grounds: "Engine, at load: `exec cannot be used together with script`, `exec is only supported for direct command execution`, `step command is empty`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: exec\n\
        \x20   with:\n\
        \x20     command: /bin/echo\n\
        \x20     args: [hello]\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: /bin/echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["exec", "action"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let surroundings = ["container", "ssh", "redis"].into_iter().filter_map(|key| root.entry(key)).find(|entry| !entry.value.is_null());
    for step in context.steps() {
        let exec = step.node.entry("exec").filter(|entry| !entry.value.is_null());
        let is_action = step.operation() == Some("exec");
        let Some(place) = exec.map(|entry| entry.key.span).or_else(|| Some(step.node.get("action")?.span).filter(|_| is_action)) else { continue };
        if step.container.is_none()
            && let Some(entry) = surroundings
        {
            let message = format!("`exec` starts a program on this machine, which a step under the root's `{}` cannot", entry.name());
            sink.push(sink.finding(place, message).related(entry.key.span, format!("`{}` is given here", entry.name())).help("use `run`"));
        }
        let Some(exec) = exec else { continue };
        let command = exec.value.get("command");
        if exec.value.entries().is_some() && command.is_none_or(|command| command.is_null() || command.text().is_some_and(|text| text.trim().is_empty())) {
            sink.report(exec.key.span, "`exec` names no program: give it a `command`");
        }
        let others = ["command", "script", "shell", "shell_packages"];
        for other in step.node.entries().unwrap_or_default().iter().filter(|entry| others.contains(&entry.name()) && !entry.value.is_null()) {
            let message = format!("`{}` cannot stand beside `exec`", other.name());
            sink.push(sink.finding(other.key.span, message).related(exec.key.span, "`exec` is given here"));
        }
        if let Some(kind) = step.node.get_some("type").filter(|kind| !matches!(kind.text().map(str::trim), Some("" | "command" | "shell"))) {
            sink.report(kind.span, "`exec` only goes with `type: command` or `type: shell`");
        }
    }
}
