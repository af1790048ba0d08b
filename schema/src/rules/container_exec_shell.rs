use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-exec-shell",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`shell` of an existing container that a single step uses.",
    why: "With `exec` in a step's container the engine puts the shell around the command twice: the inner shell gets the first word as its command and drops the rest. The words of an agent's prompt are read as shell text as well. `dagu-rs run` does neither.",
    grounds: "Measured on the engine: `echo hi there && echo x` with `shell: [/bin/sh]` prints an empty line and `x`; the prompt `two words; echo injected` runs `echo injected`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello world\n\
        \x20   container:\n\
        \x20     exec: builder\n\
        \x20     shell: [/bin/sh, -c]\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello world\n\
        \x20   container:\n\
        \x20     exec: builder\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = step.container.as_ref().filter(|container| container.attach().is_some() && !container.shell.is_empty()) else { continue };
        let Some(shell) = container.entry("shell") else { continue };
        let message = match (step.commands(), step.harness()) {
            (Some([command]), _) if command.text.trim().contains(char::is_whitespace) => {
                "the engine puts this shell around the command twice, so all words but the first are lost"
            }
            (None, Some(harness)) if harness.prompt.as_ref().is_some_and(|(text, _)| text.contains(char::is_whitespace)) => {
                "the engine gives the prompt to this shell, which reads it as shell text"
            }
            _ => continue,
        };
        let help = "remove `shell` here; a command that needs one can be `sh -c '...'`";
        sink.push(sink.finding(shell.key.span, message).help(help));
    }
}
