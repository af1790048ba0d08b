use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "step-without-id",
    severity: Severity::Hint,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A step with neither `id` nor `name`.",
    why: "The engine calls it by what it does and a number, `cmd_1`. A step that is added before it takes that name, so reports and retries of older runs speak of another step; and nothing can refer to it.",
    grounds: "Measured on the engine: two steps `run: echo a` and `run: echo b` are `cmd_1` and `cmd_2`.",
    bad: "steps:\n\
        \x20 - run: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| !step.is_in_handler() && !step.standing.is_named_by_key && step.standing.depth == 0) {
        if step.id.is_none() && step.node.get_some("name").is_none() && !step.label.is_beyond() {
            sink.push(sink.finding(step.label, format!("the step has no `id`: it is `{}` as long as no step is put before it", step.name)).help("add an `id`"));
        }
    }
}
