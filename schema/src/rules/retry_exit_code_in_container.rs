use super::{Check, Context, Has, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "retry-exit-code-in-container",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`retry_policy.exit_code` of a command that is executed in a running container.",
    why: "In the root container, and in a step with a list of commands, the engine takes every failure for exit code 1 when it decides about a retry: other codes are never retried. `dagu-rs run` looks at the command's own code.",
    grounds: "Measured on the engine: a command that exits with 7 in a root container is run once with `exit_code: [7]` and `limit: 2`, and three times in a step's own container; in a step with two commands it is run once.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: wget -q http://localhost/\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: 5\n\
        \x20     exit_code: [4]\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: wget -q http://localhost/\n\
        \x20   retry_policy:\n\
        \x20     limit: 3\n\
        \x20     interval_sec: 5\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| !step.is_in_handler()) {
        let is_executed = step.is_executed_in_running_container();
        let Some(retry) = step.retry.as_ref().filter(|retry| is_executed && !retry.exit_code.is_empty() && !retry.exit_code.contains(&1)) else { continue };
        let codes = listed(retry.exit_code.iter().map(i64::to_string).collect::<Vec<_>>().iter().map(String::as_str));
        let Some(entry) = step.node.get("retry_policy").and_then(|policy| policy.entry("exit_code")) else { continue };
        let message = format!("the engine never retries on {codes} here: in a running container every failure counts as exit code 1");
        sink.push(sink.finding(entry.key.span, message).help("leave `exit_code` out, or give the step a container of its own with one command"));
    }
}
