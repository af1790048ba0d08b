use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::Node;
use crate::workflow::Output;
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "output-name-unreadable",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An output with a name that nothing can read it by.",
    why: "With `output: NAME` standard output goes into an environment variable. A name has letters, digits and `_` and does not start with a digit; the engine takes any other as well, and then neither `$NAME` nor `${NAME}` finds it. An output of a step is read by `${steps.ID.outputs.NAME}`, which knows no blanks and slashes.",
    grounds: "Measured on the engine: `output: a-b` sets a variable `a-b`, and `${a-b}` in the next step is the text `b`; with `1bad name` the shell says `bad substitution`. `${steps.a.outputs.a/b}` stays as it is written.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output: row-count\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   run: ./count.sh\n\
        \x20   output: ROW_COUNT\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["output", "stdout", "action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        match step.output.as_deref() {
            Some(Output::Variable(name)) => {
                let text = name.value.trim();
                if !text.is_empty() && !is_variable_name(text) && !text.contains("{{") {
                    let message = format!("no shell can read a variable named `{text}`: letters, digits and `_`, not starting with a digit");
                    sink.report(name.span, message);
                }
            }
            Some(Output::Object(node)) => keys(sink, node),
            None => {}
        }
        let stdout = step.node.get_some("stdout").and_then(|stdout| stdout.get_some("outputs"));
        if let Some(outputs) = stdout {
            let name = if outputs.string().is_some() { Some(outputs) } else { outputs.get_some("field") };
            if let Some((node, text)) = name.and_then(|node| Some((node, node.string()?))) {
                judge(sink, text, node.span);
            }
            if let Some(fields) = outputs.get_some("fields") {
                keys(sink, fields);
            }
        }
        if step.operation() == Some("outputs.write")
            && let Some(values) = step.input().and_then(|with| with.get_some("values"))
        {
            keys(sink, values);
        }
    }
}

fn keys(sink: &mut Sink, node: &Node) {
    for entry in node.entries().unwrap_or_default() {
        judge(sink, entry.name(), entry.key.span);
    }
}

fn judge(sink: &mut Sink, name: &str, span: Span) {
    let is_readable = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.trim().is_empty() && !name.chars().all(is_readable) && !name.contains("{{") && !name.contains('$') {
        sink.report(span, format!("no reference can read an output named `{}`: letters, digits and `_`", name.trim()));
    }
}
