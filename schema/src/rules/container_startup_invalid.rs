use super::{Check, Context, Has, Rule, Sink, one_of, starts_in_background};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "container-startup-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`startup` is none of `keepalive`, `entrypoint`, `command`.",
    why: "The engine reads the word only when it starts the container: the DAG loads, and every run fails.",
    grounds: "Engine, at run time: `invalid startup mode`. Its `validate` accepts any word.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 startup: forever\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 startup: keepalive\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const WORDS: [&str; 3] = ["keepalive", "entrypoint", "command"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let Some(entry) = owned.container.entry("startup") else { continue };
        let written = owned.container.startup.as_str();
        if entry.value.text().is_some() && !WORDS.contains(&written) {
            let message = format!("`{written}` is no way to start a container: it must be {}; every run fails", one_of(WORDS));
            let finding = sink.finding(entry.value.span, message);
            sink.push(match nearest(written, WORDS) {
                Some(word) => finding.fix(Fix::replace(format!("Write `{word}`"), Safety::Safe, entry.value.span, word)),
                None => finding,
            });
        }
    }
}
