use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::model::values::Value;
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "value-turned-to-text",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A mapping, a list or nothing at all where the engine makes a text of the value.",
    why: "Variables, parameters and the words of a shell are text. The engine writes anything else out in a notation of its own, `map[x:1]`, `[a b]` or `<nil>`, which no program reads. Write the text that is meant: JSON in quotes, or `\"\"` for an empty value.",
    grounds: "Measured on the engine: `FOO:` without a value is `<nil>` in the step's environment, at the root, in steps, handlers and containers; `{x: {y: z}}` is `map[x:map[y:z]]`; `shell: [[1]]` looks for a program `[1]`.",
    bad: "env:\n\
        \x20 - SETTINGS: {level: 3}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo \"$SETTINGS\"\n",
    good: "env:\n\
        \x20 - SETTINGS: '{\"level\": 3}'\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo \"$SETTINGS\"\n",
    absence: false,
    check: Check::Values { value, steps: Some(check) },
};

fn value(_: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    let name = value.entry.name();
    let is_variable = value.object.name == "env" && value.field.is_none() && !value.is_item;
    let is_word = value.is_item && matches!(name, "shell" | "shell_args" | "dotenv") && value.field.is_some();
    if is_variable {
        report_text(sink, value, || format!("the variable `{name}`"));
    } else if is_word && value.node.scalar().is_none() {
        report_text(sink, value, || format!("this item of `{name}`"));
    }
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    let own = context.root().and_then(|root| root.get_some("params")).filter(|params| params.get("properties").is_none() && params.get("schema").is_none());
    let handed = context.steps().filter(|step| step.operation().is_some_and(|operation| operation.starts_with("dag.")));
    let handed = handed.filter_map(|step| step.input()?.get_some("params"));
    for entry in own.into_iter().chain(handed).filter_map(|params| params.entries()).flatten() {
        if let Some(text) = written_out(&entry.value) {
            let message = format!("the parameter `{}` is {}: the engine makes the text `{text}` of it", entry.name(), what(&entry.value));
            sink.push(sink.finding(entry.value_span(), message).help(help(&entry.value)));
        }
    }
}

fn report_text(sink: &mut Sink, value: &Value<'_>, subject: impl FnOnce() -> String) {
    if let Some(text) = written_out(value.node) {
        let message = format!("{} is {}: the engine makes the text `{text}` of it", subject(), what(value.node));
        let finding: Diagnostic = sink.finding(value.span(), message).help(help(value.node));
        sink.push(finding);
    }
}

fn what(node: &Node) -> &'static str {
    if node.is_null() { "without a value" } else { node.type_name() }
}

fn help(node: &Node) -> &'static str {
    if node.is_null() { "write `\"\"` for an empty text" } else { "write the text that is meant, such as JSON in quotes" }
}

/// How the engine writes a value that is no scalar: its beginning is enough.
fn written_out(node: &Node) -> Option<&'static str> {
    if node.is_unresolved() {
        None
    } else if node.is_null() {
        Some("<nil>")
    } else if node.entries().is_some() {
        Some("map[...]")
    } else {
        node.items().map(|_| "[...]")
    }
}
