use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::NodeRef;
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "run-item-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An item of a list of commands is no command, or all of them are empty.",
    why: "An unquoted colon turns a command into a mapping. The engine mends `- echo a: b`, but not a mapping of several entries or one whose value is empty, a list or a mapping, and it does not load the DAG. Quote the command.",
    grounds: "Engine, at load: `command array elements must be strings. If this contains a colon, wrap it in quotes`, `step command is empty`.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run:\n\
        \x20     - echo hello\n\
        \x20     - echo name:\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run:\n\
        \x20     - echo hello\n\
        \x20     - \"echo name:\"\n",
    absence: false,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        for list in lists(step) {
            let items = list.items().unwrap_or_default();
            for item in items.iter().filter(|item| item.entries().is_some_and(|entries| !matches!(entries, [one] if is_mended(&one.value)))) {
                sink.push(sink.finding(item.span, "a colon makes this a mapping, and the engine takes only commands").help("put the command in quotes"));
            }
            let is_blank = |item: &NodeRef| item.text().is_some_and(|text| text.trim().is_empty()) && !item.is_null();
            if !items.is_empty() && items.iter().all(is_blank) {
                sink.report(items[0].span, "all commands of this list are empty, so there is nothing to run");
            }
        }
    }
}

fn is_mended(value: &NodeRef) -> bool {
    value.scalar().is_some() && !value.is_null()
}

/// The values that the engine reads as a list of commands.
fn lists(step: &Step) -> impl Iterator<Item = &NodeRef> {
    let own = ["run", "command"].into_iter().filter_map(|key| step.node.get(key));
    let is_action = step.node.get("action").is_some();
    let input = step.node.get("with").filter(|_| is_action).into_iter();
    let commands = input.flat_map(|with| ["command", "filter", "query"].into_iter().filter_map(|key| with.get(key)));
    own.chain(commands).filter(|value| value.items().is_some())
}
