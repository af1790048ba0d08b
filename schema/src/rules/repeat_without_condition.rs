use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "repeat-without-condition",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`repeat: while` or `until` without anything to decide by.",
    why: "A step repeats while or until a `condition` holds, or it ends with one of the `exit_code`s. The engine does not load a `repeat_policy` that names neither; `repeat: true` repeats without one.",
    grounds: "Engine, at load: `repeat mode 'while' requires either 'condition' or 'exit_code' to be specified`.",
    bad: "steps:\n\
        \x20 - id: poll\n\
        \x20   run: ./status.sh\n\
        \x20   repeat_policy:\n\
        \x20     repeat: until\n\
        \x20     interval_sec: 10\n",
    good: "steps:\n\
        \x20 - id: poll\n\
        \x20   run: ./status.sh\n\
        \x20   repeat_policy:\n\
        \x20     repeat: until\n\
        \x20     exit_code: [0]\n\
        \x20     interval_sec: 10\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &["defaults"], steps: &["repeat_policy"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for node in context.defaults().into_iter().chain(context.steps().map(|step| &step.node)) {
        let Some(policy) = node.get("repeat_policy") else { continue };
        let Some(mode) = policy.get("repeat") else { continue };
        let Some(word) = mode.string().filter(|word| matches!(*word, "while" | "until")) else { continue };
        if !is_given(policy, "condition") && !is_given(policy, "exit_code") {
            sink.report(mode.span, format!("`repeat: {word}` needs a `condition` or an `exit_code` to decide by"));
        }
    }
}

fn is_given(policy: &Node, key: &str) -> bool {
    policy.get_some(key).is_some_and(|value| match value.items() {
        Some(items) => !items.is_empty(),
        None => value.text().is_none_or(|text| !text.is_empty()),
    })
}
