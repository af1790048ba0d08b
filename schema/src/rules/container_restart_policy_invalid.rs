use super::{Check, Context, Has, Rule, Sink, one_of, edits};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "container-restart-policy-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`restart_policy` is none of `no`, `always`, `unless-stopped`.",
    why: "Docker also knows `on-failure`, the engine does not: the DAG loads, and every run fails when the container is made.",
    grounds: "Engine, at run time: `invalid restart_policy: on-failure (supported: no, always, unless-stopped)`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 restart_policy: on-failure\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 restart_policy: unless-stopped\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const WORDS: [&str; 3] = ["no", "always", "unless-stopped"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let (Some(written), Some(entry)) = (&owned.container.restart_policy, owned.container.entry("restart_policy")) else { continue };
        if owned.container.attach().is_none() && !WORDS.contains(&written.as_str()) {
            let message = format!("`{written}` is no restart policy that the engine knows: it must be {}; every run fails", one_of(WORDS));
            let finding = sink.finding(entry.value.span, message);
            sink.push(match nearest(written, WORDS) {
                Some(word) => finding.fix(Fix::replace(format!("Write `{word}`"), Safety::Safe, entry.value.span, word)),
                None => {
                    let finding = finding.help("leave it out: a failing step is retried with `retry_policy`, not by its container");
                    let edit = edits::remove(context.tree, &[(&owned.container.node, "restart_policy")]);
                    match edit.filter(|_| written.starts_with("on-failure")) {
                        Some(edit) => finding.fix(Fix::of("Leave it out: the container is not restarted", Safety::Unsafe, vec![edit])),
                        None => finding,
                    }
                }
            });
        }
    }
}
