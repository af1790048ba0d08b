use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::syntax::{Entry, Kind, Node};

pub(super) static RULE: Rule = Rule {
    name: "condition-not-run",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A `condition` beside `expected` that looks like a command: it is compared as text, and never met.",
    why: "Without `expected` a `condition` is a command that has to succeed. With it the text is compared, once its references are replaced; neither a command nor `$(...)` in it is executed. What executes `$(...)` is `eval`.",
    grounds: "Measured on the engine: `{condition: \"$(date +%u)\", expected: \"re:[1-7]\"}` and `{condition: echo hi, expected: hi}` abort every run; with `eval: \"$(echo hi)\"` it goes on. The same for `condition` of `repeat_policy`.",
    bad: "preconditions:\n\
        \x20 - condition: \"$(date +%u)\"\n\
        \x20   expected: \"re:[1-5]\"\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: make report\n",
    good: "preconditions:\n\
        \x20 - eval: \"$(date +%u)\"\n\
        \x20   expected: \"re:[1-5]\"\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: make report\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["preconditions", "defaults"], steps: &["preconditions", "repeat_policy"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let holders = [context.root(), context.defaults()].into_iter().flatten().chain(context.steps().map(|step| &step.node));
    for holder in holders {
        for item in holder.get_some("preconditions").and_then(|conditions| conditions.items()).unwrap_or_default() {
            compared(sink, item, true);
        }
        if let Some(policy) = holder.get_some("repeat_policy") {
            compared(sink, policy, false);
        }
    }
}

fn compared(sink: &mut Sink, node: &Node, takes_eval: bool) {
    let (Some(condition), Some(expected)) = (node.entry("condition"), node.get_some("expected").and_then(|expected| expected.text())) else { return };
    let Some(text) = condition.value.string() else { return };
    let is_command = text.contains("$(") || text.contains('`');
    // Without a reference it is always the same text.
    let is_constant = !text.contains('$') && !expected.contains('$') && !expected.starts_with("re:") && text.trim() != expected.trim();
    let message = match (is_command, is_constant) {
        (true, _) => "beside `expected` this is compared as text: the command in it is not run, and the condition is never met".to_owned(),
        (false, true) => format!("beside `expected` this is compared as text, and is never `{}`", expected.trim()),
        (false, false) => return,
    };
    let finding = sink.finding(condition.value_span(), message);
    sink.push(match fix(condition).filter(|_| takes_eval && is_command && node.entry("eval").is_none()) {
        Some(fix) => finding.help("`eval` runs it").fix(fix),
        None => finding.help("leave `expected` out for a command that has to succeed, or compare a reference such as `${NAME}`"),
    });
}

fn fix(condition: &Entry) -> Option<Fix> {
    let is_own = !condition.merged && matches!(condition.key.kind, Kind::Scalar(_));
    is_own.then(|| Fix::replace("Write `eval`", Safety::Unsafe, condition.key.span, "eval"))
}
