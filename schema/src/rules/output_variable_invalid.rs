use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::Output;
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "output-variable-invalid",
    severity: Severity::Warning,
    refused: false,
    summary: "`output` names a variable that no shell can read.",
    why: "Standard output goes into an environment variable of this name. A name has letters, digits and `_` and does not start with a digit; the engine takes any other as well, and then neither `$NAME` nor `${NAME}` finds it.",
    grounds: "Measured on the engine: `output: a-b` sets a variable `a-b`, and `${a-b}` in the next step is the text `b`; with `1bad name` the shell says `bad substitution`.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output: row-count\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output: ROW_COUNT\n",
    absence: false,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.workflow.every_step() {
        let Some(Output::Variable(name)) = &step.output else { continue };
        let text = name.value.trim();
        if !text.is_empty() && !is_variable_name(text) && !text.contains("{{") {
            let message = format!("no shell can read a variable named `{text}`: letters, digits and `_`, not starting with a digit");
            sink.report(name.span, message);
        }
    }
}
