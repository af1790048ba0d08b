use super::{Check, Context, Has, Rule, Sink, one_of};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "container-pull-policy-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`pull_policy` is none of `always`, `never`, `missing`, `fallback`.",
    why: "The words are read exactly as written, in lower case; anything else is taken for a boolean and fails, so the DAG does not load.",
    grounds: "Engine, at load: `failed to parse pull policy as boolean`; `Always` fails too.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 pull_policy: IfNotPresent\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 pull_policy: missing\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const WORDS: [&str; 4] = ["always", "never", "missing", "fallback"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.pull_policy.is_none()) {
        let Some(entry) = owned.container.entry("pull_policy") else { continue };
        let Some(written) = entry.value.text() else {
            if !entry.value.is_unresolved() {
                sink.report(entry.value.span, format!("`pull_policy` must be {}, but this is {}", one_of(WORDS), entry.value.type_name()));
            }
            continue;
        };
        let message = format!("`{written}` is no pull policy: it must be {}", one_of(WORDS));
        let meant = match written.to_lowercase().as_str() {
            "ifnotpresent" | "if-not-present" | "if_not_present" => Some("missing"),
            _ => nearest(written, WORDS),
        };
        let finding = sink.finding(entry.value.span, message);
        sink.push(match meant {
            Some(word) => finding
                .help(format!("did you mean `{word}`?"))
                .fix(Fix::replace(format!("Write `{word}`"), Safety::Safe, entry.value.span, word)),
            None => finding,
        });
    }
}
