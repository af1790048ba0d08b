use super::schedule_invalid::times;
use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::cron;

pub(super) static RULE: Rule = Rule {
    name: "schedule-interval-uneven",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A cron step such as `*/7` that does not divide its hour or day.",
    why: "`*/7` counts from 0 in every hour: it fires at minutes 0, 7, ..., 56 and then at 0 again, four minutes later. It does not mean every seven minutes. Take a divisor of 60 (minutes) or 24 (hours).",
    grounds: "The engine warns when it loads such a DAG, but for `*/5` in the hour field.",
    bad: "schedule: \"*/7 * * * *\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "schedule: \"*/6 * * * *\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["schedule"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(schedule) = context.workflow.node.get_some("schedule") else { return };
    for time in times(schedule) {
        let Some(node) = time.expression() else { continue };
        let text = node.string().unwrap_or_default();
        for uneven in cron::uneven(text) {
            let (unit, around) = if uneven.cycle == 60 { ("minutes", "hour") } else { ("hours", "day") };
            let written = &text[uneven.range.clone()];
            let message = match (uneven.cycle - 1) / uneven.step * uneven.step {
                0 => format!("`{written}` fires once in each {around}, not every {} {unit}", uneven.step),
                last => format!(
                    "`{written}` does not fire every {} {unit}: after {last} comes 0 of the next {around}, {} {unit} later",
                    uneven.step,
                    uneven.cycle - last
                ),
            };
            let divisors = if uneven.cycle == 60 { "2, 3, 4, 5, 6, 10, 12, 15, 20 and 30" } else { "2, 3, 4, 6, 8 and 12" };
            sink.push(sink.finding(context.span_in(node, uneven.range), message).help(format!("steps that come at even times: {divisors}")));
        }
    }
}
