use super::context::DefinedNames;
use super::{Check, Context, Has, Rule, Sink, add_key, edits};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Fix, Safety};
use crate::syntax::Node;
use crate::workflow::visibility;
use crate::workflow::{Action, Container, Step};
use crate::workflow::env::is_variable_name;
use crate::workflow::reference::{self, Target};
use crate::workflow::shell::{self, Token, TokenKind};

pub(super) static RULE: Rule = Rule {
    name: "container-shell-operators",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A `run` in a container needs a shell, and `container.shell` names none.",
    why: "The page runs `echo ... > shared.txt` in a container as it stands, and `dagu-rs run` does so, through the container's `/bin/sh`. The engine uses no shell unless `container.shell` is set: it splits the text into words, so `>` and `&&` become arguments, `$(...)` and `$NAME` are passed on as they are, a backslash outside quotes stays, `#` starts no comment, and the step may even succeed.\n\nSet `container.shell`, and both do the same. The command of a `docker.run` without `shell` meets a shell in neither.",
    grounds: "Measured on the engine: `echo one && echo two` prints `one && echo two` and succeeds; `cat f | wc -l` fails; `printf %s\\n a\\ b` prints `a\\ b`, `echo done # the end` prints all of it, `echo a\\\"b` keeps the backslash. In `docker.run` the same, there in `dagu-rs run` too. Page: the smoke DAG of \"Docker sandbox for harness.run\".",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello && echo world\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [/bin/sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello && echo world\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let defined = context.defined_names();
    let mut loses: HashMap<*const Container, bool> = HashMap::new();
    for step in context.contained().filter(|step| step.standing.depth == 0) {
        check_docker_run(context, defined, step, sink);
        let Some(container) = workflow.container_of(step).filter(|container| container.shell.is_empty()) else { continue };
        for command in step.commands().unwrap_or_default().iter().filter(|command| !command.script) {
            let known = |name: &str| {
                defined.contains(name) || container.env.iter().chain(step.every_env()).any(|entry| entry.name.value == name)
            };
            let Some((range, what)) = first_shell_part(&command.text, known) else { continue };
            let message = format!("{what} needs a shell, and the engine uses none in a container without `container.shell`");
            let mut finding = sink
                .finding(context.span_in(&command.node, range), message)
                .help("add `shell: [/bin/sh, -c]` to the container; dagu-rs run uses the container's /bin/sh by itself");
            // With a shell of its own the container would lose the quotes of what it runs now.
            let loses = *loses.entry(std::ptr::from_ref(container)).or_insert_with(|| {
                let sharing = workflow.all_steps().filter(|step| workflow.container_of(step).is_some_and(|other| std::ptr::eq(other, container)));
                let joined = sharing.filter(|step| visibility::is_joined(step, container));
                joined.flat_map(|step| step.commands().unwrap_or_default()).any(|command| super::container_quotes_lost::first_lost(&command.text).is_some())
            });
            if loses {
                if command.node.text().is_some() && !command.text.contains(['\'', '\n']) {
                    let text = edits::written(&format!("sh -c '{}'", command.text), step.node.target().flow);
                    let fix = Fix::replace("Let `sh -c` read it", Safety::Unsafe, command.node.span, &text);
                    finding = finding.fix(fix);
                }
            } else if step.container.is_some() && names_shell(&step.node) {
                // That one is meant: see `container-shell-setting`.
            } else if let Some(edit) = add_key(&container.node, &context.tree.text, "shell: [/bin/sh, -c]") {
                finding = finding.fix(Fix { title: "Add `shell: [/bin/sh, -c]` to the container".to_owned(), safety: Safety::Safe, edits: vec![edit] });
            }
            sink.push(finding);
        }
    }
}

/// The command of `docker.run`, for which `dagu-rs run` takes no shell either.
fn check_docker_run(context: &Context<'_>, defined: &DefinedNames<'_>, step: &Step, sink: &mut Sink) {
    let Action::DockerRun(Some(with)) = &step.action else { return };
    if with.is_unresolved() || with.get_some("shell").is_some() {
        return;
    }
    let known = |name: &str| defined.contains(name) || step.every_env().any(|entry| entry.name.value == name);
    for command in step.docker_commands().iter().filter(|command| !command.script) {
        let Some((range, what)) = first_shell_part(&command.text, known) else { continue };
        let message = format!("{what} needs a shell, and `docker.run` uses none without `shell`");
        let finding = sink.finding(context.span_in(&command.node, range), message).help("add `shell: [/bin/sh, -c]` under `with`");
        let edit = add_key(with, &context.tree.text, "shell: [/bin/sh, -c]");
        sink.push(match edit {
            Some(edit) => finding.fix(Fix::of("Add `shell: [/bin/sh, -c]`", Safety::Unsafe, vec![edit])),
            None => finding,
        });
    }
}

fn names_shell(step: &Node) -> bool {
    [Some(step), step.get("with").map(|with| &**with)].into_iter().flatten().any(|node| node.get_some("shell").is_some())
}

/// The first part of a text that only a shell understands, with its name.
fn first_shell_part(text: &str, known: impl Fn(&str) -> bool) -> Option<(Range<usize>, String)> {
    let tokens = shell::tokens(text);
    let is_arithmetic = |at: usize| text.get(at..).is_some_and(|rest| rest.starts_with("$(("));
    let operator = tokens.iter().filter_map(|token| {
        let what = match &token.kind {
            TokenKind::Operator(operator) => format!("`{operator}`"),
            TokenKind::Substitution if is_arithmetic(token.range.start) => "arithmetic".to_owned(),
            TokenKind::Substitution => "a command substitution".to_owned(),
            TokenKind::Word { glob: true, .. } => "a file name pattern".to_owned(),
            TokenKind::Word { text: word, .. } if word.starts_with("~/") && text.get(token.range.clone()) == Some(word) => "`~`".to_owned(),
            _ => return None,
        };
        Some((token.range.clone(), what))
    });
    let variables = reference::find(text).into_iter().filter_map(|reference| match reference.target {
        // Names of the DAG are filled in by the engine itself.
        Target::Variable { name, .. } if !reference.quoted && !known(&name) && !is_positional(&name) => Some((reference.range, format!("`${name}`"))),
        _ => None,
    });
    operator.chain(variables).chain(builtin(&tokens)).chain(taken_away(text, &tokens)).min_by_key(|(range, _)| range.start)
}

/// What a shell alone takes away: a backslash outside quotes, and a comment. Before a `$` the engine takes it away too.
fn taken_away(text: &str, tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let mut end = 0;
    for token in tokens {
        // Those inside double quotes stand behind all others.
        let Some(between) = text.get(end..token.range.start) else { continue };
        if let Some(range) = comment(between, end).or_else(|| escape(text, token)) {
            return Some(range);
        }
        end = token.range.end;
    }
    comment(text.get(end..)?, end)
}

fn comment(between: &str, start: usize) -> Option<(Range<usize>, String)> {
    let at = between.find('#')?;
    let length = between.get(at..).and_then(|comment| comment.lines().next()).unwrap_or_default().trim_end().len();
    Some((start + at..start + at + length, "a comment".to_owned()))
}

fn escape(text: &str, token: &Token) -> Option<(Range<usize>, String)> {
    let written = text.get(token.range.clone()).filter(|written| written.contains('\\'))?;
    let mut quote = None;
    let mut letters = written.char_indices();
    while let Some((at, c)) = letters.next() {
        match (c, quote) {
            ('\\', Some('\'')) => {}
            ('\\', _) => {
                let (next, escaped) = letters.next()?;
                if quote.is_none() && !matches!(escaped, '$' | '\n') {
                    let range = token.range.start + at..token.range.start + next + escaped.len_utf8();
                    return Some((range, "a backslash".to_owned()));
                }
            }
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The first word, when it is one that a shell has and no program.
fn builtin(tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let first = tokens.first()?;
    let TokenKind::Word { text, .. } = &first.kind else { return None };
    let assignment = text.split_once('=').is_some_and(|(name, _)| is_variable_name(name));
    match assignment {
        true => Some((first.range.clone(), "an assignment".to_owned())),
        false => is_builtin(text).then(|| (first.range.clone(), format!("`{text}`"))),
    }
}

/// Whether a shell has a word, and no program is called so.
pub(crate) fn is_builtin(word: &str) -> bool {
    const BUILTINS: &[&str] = &[
        ".", ":", "!", "[[", "alias", "break", "case", "cd", "continue", "eval", "exec", "exit", "export", "for", "function", "if", "local", "read",
        "readonly", "return", "set", "shift", "source", "trap", "ulimit", "umask", "unset", "until", "while", "{",
    ];
    BUILTINS.contains(&word)
}

fn is_positional(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_digit())
}
