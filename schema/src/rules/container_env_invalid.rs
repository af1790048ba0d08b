use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Diagnostic, Fix, Safety};
use crate::source::Span;
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "container-env-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An entry of `container.env` that is no variable.",
    why: "An entry is `NAME=value` or a mapping, and a name consists of letters, digits and `_` and does not start with a digit. The engine rejects other entries, and ignores an `env` that is plain text.",
    grounds: "Engine, at load: `env config should be map of strings or array of key=value formatted string`, `invalid environment variable name`. A scalar `env` was measured to be dropped in silence.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - 1ST=value\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - FIRST=value\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let Some(env) = owned.container.entry("env").filter(|entry| !entry.value.is_null() && !entry.value.is_unresolved()) else { continue };
        if let Some(text) = env.value.text() {
            let message = "`env` must be a list of `NAME=value` or a mapping; the engine ignores it as it stands";
            let finding = sink.finding(env.value.span, message).refused(false);
            let is_one_line = !source(context, env.value.span).contains('\n');
            let fix = (is_one_line && text.contains('=')).then(|| Fix::replace("Make it a list", Safety::Safe, env.value.span, format!("[{}]", source(context, env.value.span))));
            sink.push(Diagnostic { fixes: fix.into_iter().collect(), ..finding });
        }
        for item in env.value.items().unwrap_or_default() {
            match item.text() {
                Some(text) if !text.contains('=') => {
                    let message = format!("`{text}` has no `=`: an entry is `NAME=value`");
                    sink.push(sink.finding(item.span, message).help(format!("to pass the variable on, write `{text}=${{{text}}}`")));
                }
                None if item.items().is_some() => sink.report(item.span, "an entry of `env` is `NAME=value` or a mapping, not a list"),
                _ => {}
            }
        }
        for entry in owned.container.env.iter().filter(|entry| !is_variable_name(&entry.name)) {
            let message = format!("`{}` is no name for a variable: letters, digits and `_`, not starting with a digit", entry.name.value);
            sink.report(if entry.name.span.start == entry.name.span.end { entry.span } else { entry.name.span }, message);
        }
    }
}

fn source<'a>(context: &Context<'a>, span: Span) -> &'a str {
    context.tree.text.get(span.range()).unwrap_or_default()
}
