use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::visibility;
use crate::workflow::shell::{self, TokenKind};
use std::ops::Range;

pub(super) static RULE: Rule = Rule {
    name: "container-quotes-lost",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "Quotes that the engine loses on the way to the container's shell.",
    why: "For a root container, and for a step with a list of commands, the engine splits a command into words, joins them with blanks and gives that to `container.shell`: the quotes around whole words are gone. What was one word becomes several, and a `;` or `|` that was text becomes an operator. `dagu-rs run` hands the text over as it is.",
    grounds: "Measured on the engine with `shell: [/bin/sh]` in a root container: `sh -c 'echo one; echo two'` prints only `two`, and `printf '%s|' \"a  b\"` fails with `a: not found`. The same in a step with a list of commands; a step with one command keeps its quotes.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   run: grep -c 'no match' /etc/passwd\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: grep -c 'no match' /etc/passwd\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     shell: [/bin/sh, -c]\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step).filter(|container| !container.shell.is_empty()) else { continue };
        let Some(commands) = step.commands() else { continue };
        if !visibility::is_joined(step, container) {
            continue;
        }
        for command in commands.iter().filter(|command| !command.script && command.text.contains(['"', '\''])) {
            let Some(range) = first_lost(&command.text) else { continue };
            let word = command.text.get(range.clone()).unwrap_or_default();
            let message = format!("the engine drops the quotes of {word}, so the container's shell reads what is inside as shell text");
            sink.push(
                sink.finding(context.span_in(&command.node, range), message)
                    .related(container.key, "its `shell` reads the text without the quotes")
                    .help("put it into a file of the project, or give the step a container of its own with one command"),
            );
        }
    }
}

/// The first word that stands in quotes as a whole and means something else without them.
pub(super) fn first_lost(text: &str) -> Option<Range<usize>> {
    let tokens = shell::tokens(text);
    let mut is_echo = false;
    let mut starts_command = true;
    for token in &tokens {
        let TokenKind::Word { text: inside, .. } = &token.kind else {
            starts_command = !token.redirects_output();
            continue;
        };
        if starts_command {
            is_echo = inside == "echo";
            starts_command = false;
        }
        let written = text.get(token.range.clone())?;
        let whole = ['"', '\''].into_iter().any(|quote| {
            written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).is_some_and(|inner| !inner.contains(quote))
        });
        if whole && changes(written, inside, is_echo) {
            return Some(token.range.clone());
        }
    }
    None
}

/// Whether a shell reads the word otherwise without its quotes. `echo` prints words with a blank
/// between them, however many it is given; the value of a variable is not known.
fn changes(written: &str, inside: &str, is_echo: bool) -> bool {
    let single = written.starts_with('\'');
    let special = |c: char| matches!(c, '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '#' | '~' | '`' | '"' | '\'' | '\\') || (single && c == '$');
    let splits = inside.is_empty() || inside.contains(char::is_whitespace);
    inside.contains(special) || (splits && !(is_echo && !inside.is_empty() && inside.split(' ').all(|word| !word.is_empty())))
}
