use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "container-log-pattern-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`log_pattern` is no valid regular expression.",
    why: "The pattern is compiled after the container was started: the DAG loads, and every run fails with a container already up.",
    grounds: "Engine, at run time: `invalid logPattern regex`. Go's RE2 syntax: no look-around, no back-references.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 log_pattern: \"ready (\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 log_pattern: \"ready \\\\(\"\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let (Some(pattern), Some(entry)) = (&owned.container.log_pattern, owned.container.entry("log_pattern")) else { continue };
        // Two forms of Go's that this library does not read: quoted text and octal numbers.
        let go_only = pattern.contains("\\Q") || pattern.contains("\\0");
        if go_only {
            continue;
        }
        // A reference is not filled in here, but `${` is no regular expression either.
        if let Err(error) = regex::Regex::new(pattern) {
            let detail = error.to_string();
            let reason = detail.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it cannot be compiled");
            let message = format!("this is no regular expression: {reason}; every run fails once the container is up");
            sink.push(sink.finding(entry.value.span, message).help("put a backslash before characters that are meant literally"));
        }
    }
}
