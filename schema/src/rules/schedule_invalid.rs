use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, NodeRef};
use crate::workflow::fault::Fault;
use crate::workflow::{cron, one_off};

pub(super) static RULE: Rule = Rule {
    name: "schedule-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A time in `schedule` that the engine cannot read.",
    why: "A recurring time is a cron expression of exactly five fields, with a time zone before it if need be: `CRON_TZ=Europe/Berlin 0 8 * * 1-5`. There are no seconds, no `@daily`, no `L`, `W` or `#`, and Sunday is 0. A single time (`at`) is written in full with its offset, and only starts a run. The engine does not load a DAG with another schedule.",
    grounds: "Engine, at load: `invalid cron expression`, `one-off schedule ... must be RFC 3339`, `one-off schedules are only supported for start schedules`, `invalid profile name`. On a time zone with nothing after it its parser was measured to panic.",
    bad: "schedule: \"0 25 * * *\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "schedule: \"0 23 * * *\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["schedule"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(schedule) = context.workflow.node.get_some("schedule") else { return };
    if schedule.string().is_some_and(|text| !text.is_empty() && text.trim().is_empty()) {
        sink.report(schedule.span, "the schedule is blank: write a cron expression, or leave it out");
    }
    for time in times(schedule) {
        match time.node.entries() {
            Some(_) => object(context, sink, &time),
            None => expression(context, sink, time.node),
        }
    }
}

/// A time of the schedule: an expression or an object.
pub(super) struct Time<'a> {
    pub(super) node: &'a NodeRef,
    /// Whether it may be a single time: those only start runs.
    may_be_single: bool,
}

impl Time<'_> {
    /// The scalar that holds the cron expression.
    pub(super) fn expression(&self) -> Option<&NodeRef> {
        if self.node.entries().is_some() { self.node.get_some("expression") } else { Some(self.node) }
    }
}

/// The times of a schedule in any of its forms.
pub(super) fn times(schedule: &NodeRef) -> Vec<Time<'_>> {
    let mut times = Vec::new();
    match schedule.entries() {
        Some(entries) => {
            for entry in entries {
                push(&mut times, &entry.value, entry.name() == "start");
            }
        }
        None => push(&mut times, schedule, true),
    }
    times
}

fn push<'a>(times: &mut Vec<Time<'a>>, node: &'a NodeRef, may_be_single: bool) {
    match node.items() {
        Some(items) => times.extend(items.iter().map(|node| Time { node, may_be_single })),
        None => times.push(Time { node, may_be_single }),
    }
}

fn expression(context: &Context<'_>, sink: &mut Sink, node: &Node) {
    let Some(text) = node.string() else { return };
    if text.trim().is_empty() {
        return; // the model reports blank values
    }
    if text.trim_start().starts_with("? ") {
        let at = text.len() - text.trim_start().len();
        let message = "the engine misreads a cron expression that starts with `? `: it writes it down as YAML and reads it again";
        sink.push(sink.finding(context.span_in(node, at..at + 1), message).help("write `*` instead: it means the same"));
        return;
    }
    for fault in cron::faults(text) {
        report(context, sink, node, fault);
    }
}

fn report(context: &Context<'_>, sink: &mut Sink, node: &Node, fault: Fault) {
    let finding = sink.finding(context.span_in(node, fault.range), fault.message);
    sink.push(if fault.help.is_empty() { finding } else { finding.help(fault.help) });
}

fn object(context: &Context<'_>, sink: &mut Sink, time: &Time<'_>) {
    let node = time.node;
    let (expression_entry, at) = (node.entry("expression"), node.entry("at"));
    let head = node.entries().and_then(|entries| entries.first()).map_or(node.span, |entry| entry.key.span);
    let kind = node.get("kind").and_then(|kind| kind.string()).unwrap_or_default();
    match (expression_entry, at) {
        (Some(expression), Some(at)) => {
            let finding = sink.finding(at.key.span, "a time is either recurring (`expression`) or a single one (`at`), not both");
            sink.push(finding.related(expression.key.span, "`expression` is here").help("make two entries of it"));
        }
        (None, None) => {
            let is_misspelt = node.entries().unwrap_or_default().iter().any(|entry| !matches!(entry.name(), "profile" | "kind"));
            if !is_misspelt {
                sink.push(sink.finding(head, "the schedule entry says no time").help("add `expression:` with a cron expression, or `at:` with a single time"));
            }
        }
        (Some(entry), None) if kind == "at" => sink.report(entry.key.span, "`kind: at` needs `at`, but the entry has an `expression`"),
        (None, Some(entry)) if kind == "cron" => sink.report(entry.key.span, "`kind: cron` needs an `expression`, but the entry has `at`"),
        _ => {}
    }
    if let Some(entry) = expression_entry {
        expression(context, sink, &entry.value);
    }
    if let Some(entry) = at {
        if !time.may_be_single {
            sink.push(sink.finding(entry.key.span, "a single time can only start a run, not stop or restart one").help("use a cron `expression` here"));
        }
        if let Some(fault) = entry.value.string().filter(|text| !text.trim().is_empty()).and_then(one_off::fault) {
            report(context, sink, &entry.value, fault);
        }
    }
    if let Some(profile) = node.get_some("profile") {
        let text = profile.string().unwrap_or_default();
        if !text.trim().is_empty() && !is_profile(text.trim()) {
            let message = format!("`{}` is no name for a profile", text.trim());
            sink.push(sink.finding(profile.span, message).help("use lower-case letters, digits, `.`, `_` and `-`; the first is a letter or a digit"));
        }
    }
}

fn is_profile(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().next().is_some_and(is_plain) && name.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
}
