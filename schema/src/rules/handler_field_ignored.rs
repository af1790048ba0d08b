use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "handler-field-ignored",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A field of a handler that has no effect there.",
    why: "A handler runs on its own, once, when its event has come: it waits for no other step, is not approved, and is neither retried nor repeated. The engine loads these fields in a handler and passes over them.",
    grounds: "Measured on the engine: a handler with `retry_policy` or `repeat_policy` runs once, one with `approval` does not wait, `continue_on` with `mark_success` leaves the run failed, and `depends` may name a step that does not exist.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        handler_on:\n\
        \x20 exit:\n\
        \x20   run: ./clean-up.sh\n\
        \x20   depends: [greet]\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        handler_on:\n\
        \x20 exit:\n\
        \x20   run: ./clean-up.sh\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["handler_on"], steps: &[] }, &Check::Document(check)),
};

const IGNORED: &[(&str, &str)] = &[
    ("depends", "a handler waits for its event, not for steps"),
    ("approval", "nobody is asked"),
    ("retry_policy", "a handler that fails is not tried again"),
    ("repeat_policy", "a handler runs once"),
    ("continue_on", "no step depends on a handler"),
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (event, step) in &context.workflow.handlers {
        for (key, why) in IGNORED {
            if let Some(entry) = step.node.entry(key).filter(|entry| !entry.value.is_null()) {
                let finding = sink.finding(entry.key.span, format!("`{key}` has no effect in `handler_on.{}`: {why}", event.value));
                sink.push(finding.help(format!("remove `{key}`")));
            }
        }
    }
}
