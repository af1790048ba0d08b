use super::{Check, Context, Has, Rule, Sink, one_of};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;
use crate::workflow::Action;

pub(super) static RULE: Rule = Rule {
    name: "docker-run-pull-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`with.pull` of `docker.run` is none of `always`, `never`, `missing`, `fallback`.",
    why: "The word is read when the step runs: the DAG loads, and the step fails.",
    grounds: "Engine, at run time: `failed to parse pull policy as boolean`. Its `validate` accepts any word.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: docker.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     pull: sometimes\n\
        \x20     auto_remove: true\n\
        \x20     command: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: docker.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     pull: missing\n\
        \x20     auto_remove: true\n\
        \x20     command: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

const WORDS: [&str; 4] = ["always", "never", "missing", "fallback"];
const BOOLEANS: [&str; 12] = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];

/// Whether the step fails for this word.
pub(super) fn is_unknown(written: &str) -> bool {
    !written.is_empty() && !written.contains('$') && !WORDS.contains(&written) && !BOOLEANS.contains(&written)
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.workflow.all_steps() {
        let Action::DockerRun(Some(with)) = &step.action else { continue };
        let Some(pull) = with.get_some("pull") else { continue };
        let Some(written) = pull.string() else { continue };
        if is_unknown(written) {
            let finding = sink.finding(pull.span, format!("`{written}` is no pull policy: it must be {}; the step fails", one_of(WORDS)));
            sink.push(match nearest(written, WORDS) {
                Some(word) => finding.fix(Fix::replace(format!("Write `{word}`"), Safety::Safe, pull.span, word)),
                None => finding,
            });
        }
    }
}
