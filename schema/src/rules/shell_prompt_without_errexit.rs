use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "shell-prompt-without-errexit",
    severity: Severity::Hint,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A prompt of several commands for a shell that does not stop at an error.",
    why: "A shell goes on after a command that failed, and the step succeeds when its last command does. `set -eu` as the first line stops it.",
    grounds: "Measured on the engine: for `sh -c`, the prompt `false` and `echo after` prints `after`, and the step succeeds.",
    bad: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: |\n\
        \x20       make\n\
        \x20       make install\n",
    good: "harnesses:\n\
        \x20 shell:\n\
        \x20   binary: sh\n\
        \x20   prefix_args: [-c]\n\
        steps:\n\
        \x20 - id: build\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: shell\n\
        \x20     prompt: |\n\
        \x20       set -eu\n\
        \x20       make\n\
        \x20       make install\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (_, harness) in context.harness_steps() {
        let Some((prompt, node)) = &harness.prompt else { continue };
        let lines = prompt.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let is_checked = prompt.contains("set -e") || prompt.contains("errexit") || prompt.contains("${") && !prompt.contains('\n');
        if is_checked || lines.count() < 2 {
            continue;
        }
        let is_shell = harness.attempts.iter().filter_map(|attempt| attempt.definition.as_ref()).any(|definition| {
            let program = definition.binary.rsplit('/').next().unwrap_or_default();
            let options = definition.prefix_args.iter().filter(|word| word.starts_with('-') && !word.starts_with("--"));
            let has = |letter: char| options.clone().any(|word| word.contains(letter));
            matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh") && has('c') && !has('e')
        });
        if is_shell {
            sink.push(sink.finding(node.span, "the shell goes on after a command that failed").help("begin with `set -eu`"));
        }
    }
}
