use super::edits::list_of_commands;
use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "container-multiline-run",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `run` of several lines in a container.",
    why: "`dagu-rs run` hands the whole text to the container's shell. The engine takes a text with a line break for a script, which it cannot run in containers, and does not load the DAG; its message speaks of a field `script` that the author never wrote.",
    grounds: "Engine, at load: `action \"container\" does not support script field`. Contract of dagu-rs: multi-line scripts work in containers.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: |\n\
        \x20     echo hello\n\
        \x20     echo world\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run:\n\
        \x20     - echo hello\n\
        \x20     - echo world\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        let Some(commands) = step.commands() else { continue };
        let script = step.node.entry("script").filter(|script| script.value.text().is_some_and(|text| !text.trim().is_empty()));
        if let Some(script) = script {
            let message = "the engine runs no `script` in a container and does not load this DAG; dagu-rs run does";
            let finding = sink.finding(script.key.span, message).related(container.key, "this container runs the step");
            sink.push(finding.help("write a `run`: a list of commands, or one line"));
            continue;
        }
        for command in commands.iter().filter(|command| command.script) {
            let first_line = command.text.find('\n').unwrap_or(command.text.len()).max(1);
            let message = "the engine runs no text of several lines in a container and does not load this DAG; dagu-rs run does";
            let finding = sink
                .finding(context.span_in(&command.node, 0..first_line), message)
                .related(container.key, "this container runs the step")
                .help("write a list of commands, or one line; a single line after `|` counts as several, since it ends with a line break");
            let fix = step.node.entry("run").and_then(|run| list_of_commands(context.tree, run, command));
            sink.push(match fix {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}
