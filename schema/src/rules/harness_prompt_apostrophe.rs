use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::reference::{self, Target};
use std::cell::LazyCell;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-apostrophe",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An apostrophe in a prompt keeps a variable from being filled in.",
    why: "What stands between single quotes is left as it is, and the apostrophes of a text count as quotes: between *don't* and *it's*, `$NAME` and `${NAME}` stay as they are written. `${env.NAME}` and `${params.NAME}` are filled in everywhere.",
    grounds: "Measured on the engine: `Don't read $K and it's` arrives with `$K` in it, `Read $K` with its value. `dagu-rs run` does the same.",
    bad: "env:\n\
        \x20 - AREA: the login page\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Don't change anything but $AREA, and say when it's done.\n",
    good: "env:\n\
        \x20 - AREA: the login page\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Don't change anything but ${env.AREA}, and say when it's done.\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let defined = LazyCell::new(|| context.defined_names());
    for (step, harness) in context.harness_steps() {
        let Some((text, node)) = harness.prompt.as_ref().filter(|(text, _)| text.contains('\'') && text.contains('$')) else { continue };
        if !harness.attempts.iter().all(|attempt| built_in(context, attempt).is_some()) {
            continue;
        }
        let plain = without_apostrophes(text);
        let free: HashSet<_> = reference::find(&plain).into_iter().filter(|found| !found.quoted).map(|found| found.range.start).collect();
        for found in reference::find(text).into_iter().filter(|found| found.quoted && free.contains(&found.range.start)) {
            let Target::Variable { name, operator: None } = found.target else { continue };
            let container = context.workflow.container_of(step).map_or(&[][..], |container| &container.env);
            if !defined.contains(name.as_str()) && !container.iter().chain(step.every_env()).any(|entry| entry.name.value == name) {
                continue;
            }
            let message = format!("`{name}` is not filled in here: the apostrophes around it count as quotes");
            let is_env = context.workflow.env.iter().any(|entry| entry.name.value == name);
            let is_param = context.workflow.params.iter().any(|param| param.name.value == name);
            let written = if is_param && !is_env { format!("${{params.{name}}}") } else { format!("${{env.{name}}}") };
            let span = context.span_in(node, found.range);
            let finding = sink.finding(span, message).help(format!("write `{written}`"));
            sink.push(if is_env || is_param {
                finding.fix(Fix::replace(format!("Write `{written}`"), Safety::Unsafe, span, written))
            } else {
                finding
            });
        }
    }
}

/// The text with the apostrophes between letters taken out of the count; every byte keeps its place.
fn without_apostrophes(text: &str) -> String {
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = letters.next() {
        let within = c == '\'' && before.is_alphabetic() && letters.peek().is_some_and(|after| after.is_alphabetic());
        out.push(if within { '_' } else { c });
        before = c;
    }
    out
}
