use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::duration;

pub(super) static RULE: Rule = Rule {
    name: "container-healthcheck-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `healthcheck` that the engine cannot use.",
    why: "`test` is a list that starts with `CMD`, `CMD-SHELL` or `NONE`; times are Go durations with a unit. The engine does not load a DAG with another one.",
    grounds: "Engine, at load: `test is required`, `test must start with NONE, CMD, or CMD-SHELL`, `NONE healthcheck should not have additional arguments`, `CMD healthcheck requires a command`, `invalid interval`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 healthcheck:\n\
        \x20   test: [curl, http://localhost]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 healthcheck:\n\
        \x20   test: [CMD, curl, http://localhost]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let (Some(entry), Some(healthcheck)) = (owned.container.entry("healthcheck"), &owned.container.healthcheck) else { continue };
        if entry.value.entries().is_none() {
            continue;
        }
        let first_item = |at: usize| entry.value.get("test").and_then(|test| test.items()?.get(at)).map(|item| item.span);
        let test = entry.value.entry("test").map_or(entry.key.span, |test| test.value_span());
        match healthcheck.test.as_slice() {
            [] => sink.report(test, "the health check has no `test`: give it a list such as `[CMD, curl, http://localhost]`"),
            [kind] if matches!(kind.as_str(), "CMD" | "CMD-SHELL") => sink.report(test, format!("`{kind}` has no command to run")),
            [kind, ..] if !matches!(kind.as_str(), "NONE" | "CMD" | "CMD-SHELL") => sink.push(
                sink.finding(first_item(0).unwrap_or(test), format!("a health check's `test` starts with `CMD`, `CMD-SHELL` or `NONE`, not with `{kind}`"))
                    .help("put `CMD` before the command, or `CMD-SHELL` before a single shell text"),
            ),
            [kind, _, ..] if kind == "NONE" => sink.report(first_item(1).unwrap_or(test), "`NONE` turns the health check off and takes no arguments"),
            _ => {}
        }
        for field in ["interval", "timeout", "start_period"] {
            let Some(value) = entry.value.get_some(field) else { continue };
            if value.text().is_some_and(|text| !text.is_empty() && duration::nanoseconds(text).is_none()) {
                let message = format!("`{}` is no duration: write a number with a unit, such as `30s` or `1m30s`", value.text().unwrap_or_default());
                sink.report(value.span, message);
            }
        }
    }
}
