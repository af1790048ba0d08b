use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Entry, Node};
use crate::workflow::pattern::{self, Pattern};

pub(super) static RULE: Rule = Rule {
    name: "precondition-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A precondition that does not say what to test, or expects a pattern that cannot be read.",
    why: "A precondition has either `condition` or `eval`; `eval` also needs `expected`. After `re:` comes a regular expression (RE2: no looking ahead or behind). The engine does not load a DAG with another one, in the DAG, a step, a handler or `defaults`.",
    grounds: "Engine, at load: `condition or eval is required`, `only one of condition or eval is allowed`, `expected is required when eval is set`, `expected regexp is invalid`, `expected regexp is empty`.",
    bad: "preconditions:\n\
        \x20 - eval: \"$(date +%u)\"\n\
        \x20   expected: \"re:[1-5\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "preconditions:\n\
        \x20 - eval: \"$(date +%u)\"\n\
        \x20   expected: \"re:[1-5]\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["preconditions", "defaults"], steps: &["preconditions"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let holders = [context.root(), context.defaults()].into_iter().flatten();
    for holder in holders.chain(context.steps().map(|step| &step.node)) {
        let Some(conditions) = holder.get_some("preconditions") else { continue };
        for item in conditions.items().unwrap_or_default() {
            if let Some(entries) = item.entries() {
                condition(context, sink, item, entries);
            }
        }
    }
}

fn condition(context: &Context<'_>, sink: &mut Sink, node: &Node, entries: &[Entry]) {
    // The engine reads these keys in any letter case.
    let find = |name: &str| entries.iter().find(|entry| entry.name().eq_ignore_ascii_case(name));
    let (plain, eval, expected) = (find("condition"), find("eval"), find("expected"));
    let head = entries.first().map_or(node.span, |entry| entry.key.span);
    match (plain, eval) {
        (Some(plain), Some(eval)) => {
            let finding = sink.finding(eval.key.span, "a precondition has either `condition` or `eval`, not both");
            sink.push(finding.related(plain.key.span, "`condition` is here").help("make two items of it"));
        }
        (None, None) => {
            let is_known = |entry: &Entry| ["expected", "negate"].iter().any(|name| entry.name().eq_ignore_ascii_case(name));
            if entries.iter().all(is_known) {
                let finding = sink.finding(head, "the precondition does not say what to test");
                sink.push(finding.help("add `condition` with a command or a value, or `eval` with an expression"));
            }
        }
        (None, Some(eval)) if expected.is_none() => {
            let finding = sink.finding(eval.key.span, "`eval` needs `expected`: the value that must come out");
            sink.push(finding.help("for a command that must succeed, use `condition`"));
        }
        _ => {}
    }
    let Some(expected) = expected else { return };
    let Some(text) = expected.value.string().and_then(|text| text.strip_prefix("re:")) else { return };
    if text.trim().is_empty() {
        return sink.report(expected.value_span(), "after `re:` there is no regular expression");
    }
    if let Err(fault) = Pattern::parse(text) {
        let span = context.span_in(&expected.value, pattern::shifted(&fault.range, "re:".len()));
        let finding = sink.finding(span, format!("the regular expression cannot be read: {}", fault.message));
        sink.push(if fault.help.is_empty() { finding } else { finding.help(fault.help) });
    }
}
