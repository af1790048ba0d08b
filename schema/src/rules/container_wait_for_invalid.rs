use super::{Check, Context, Has, Rule, Sink, one_of, starts_in_background};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "container-wait-for-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`wait_for` is neither `running` nor `healthy`.",
    why: "The word is read after the container was started: the DAG loads, the container comes up, and then every run fails.",
    grounds: "Engine, at run time: `invalid waitFor mode`. Its `validate` accepts any word.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 wait_for: ready\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 wait_for: running\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const WORDS: [&str; 2] = ["running", "healthy"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let Some(entry) = owned.container.entry("wait_for") else { continue };
        let written = owned.container.wait_for.as_str();
        if entry.value.text().is_some() && !WORDS.contains(&written) {
            let message = format!("`{written}` is nothing to wait for: it must be {}; every run fails once the container is up", one_of(WORDS));
            let finding = sink.finding(entry.value.span, message);
            sink.push(match nearest(written, WORDS) {
                Some(word) => finding.fix(Fix::replace(format!("Write `{word}`"), Safety::Safe, entry.value.span, word)),
                None => finding,
            });
        }
    }
}
