use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::Place;
use crate::workflow::reference::{self, Target};

pub(super) static RULE: Rule = Rule {
    name: "param-in-shell-text",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "The value of a parameter is written into a shell command.",
    why: "`${params.NAME}` is replaced before the shell reads the command, so the value is read as part of it: quotes in it end quotes, `;` and `$(...)` in it are executed. Whoever starts the DAG may run anything. `\"$NAME\"` hands over the same value as a variable, whose content the shell does not read again.",
    grounds: "Measured on the engine: with `X` set to `$(echo pwned)`, `echo \"${params.X}\"` prints `pwned` and `echo \"$X\"` the text itself; with `a\\\" ; echo injected \\\"` the second command is executed.",
    bad: "params:\n\
        \x20 - BRANCH: main\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: git fetch origin \"${params.BRANCH}\"\n",
    good: "params:\n\
        \x20 - BRANCH: main\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: git fetch origin \"$BRANCH\"\n",
    absence: false,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| step.place == Place::Host) {
        for command in step.commands().unwrap_or_default().iter().filter(|command| command.text.contains("${params.")) {
            for found in reference::find(&command.text) {
                let Target::Value { namespace, path } = &found.target else { continue };
                if namespace != "params" || is_restricted(context, path) {
                    continue;
                }
                let message = format!("whatever `{path}` holds is read as part of this command");
                sink.push(sink.finding(context.span_in(&command.node, found.range), message).help(format!("write `\"${path}\"`")));
            }
        }
    }
}

/// Whether a parameter takes no texts, or only some.
fn is_restricted(context: &Context<'_>, name: &str) -> bool {
    let Some(params) = context.workflow.node.get("params") else { return false };
    let of_list = params.items().unwrap_or_default().iter().find(|item| item.get("name").and_then(|given| given.text()) == Some(name));
    let of_schema = params.get("properties").and_then(|properties| properties.get(name));
    of_list.or(of_schema).is_some_and(|param| {
        param.get_some("enum").is_some() || matches!(param.get("type").and_then(|kind| kind.text()), Some("integer" | "number" | "boolean"))
    })
}
