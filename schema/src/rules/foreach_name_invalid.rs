use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "foreach-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "The name of a `foreach` item or of a collected output is not allowed.",
    why: "References name the item as `${foreach.NAME}`, where `index` and `key` have their meaning already, and the outputs as `${steps.ID.outputs.NAME}`: a letter, then letters, digits and `_`.",
    grounds: "Engine, at load: `foreach.as \"index\" is reserved`, `foreach.collect must match ^[A-Za-z][A-Za-z0-9_]*$`.",
    bad: "steps:\n\
        \x20 - id: deploy\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     as: key\n\
        \x20     steps:\n\
        \x20       - id: push\n\
        \x20         run: ./push.sh ${foreach.key}\n",
    good: "steps:\n\
        \x20 - id: deploy\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     as: region\n\
        \x20     steps:\n\
        \x20       - id: push\n\
        \x20         run: ./push.sh ${foreach.region}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["foreach"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(foreach) = step.node.get("foreach") else { continue };
        if let Some(name) = foreach.get("as").filter(|name| matches!(name.string(), Some("index" | "key"))) {
            let message = format!("`{}` has a meaning of its own in `${{foreach...}}`: choose another name", name.text().unwrap_or_default());
            sink.report(name.span, message);
        }
        for entry in foreach.get("collect").and_then(|collect| collect.entries()).unwrap_or_default() {
            let name = entry.name();
            if !(name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')) {
                sink.report(entry.key.span, format!("`{name}` is no name of an output: a letter, then letters, digits and `_`"));
            }
        }
    }
}
