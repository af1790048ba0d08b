use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "step-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step name that the engine rejects.",
    why: "A name has at most 255 bytes, and `__agent__` and `ask_user` are the engine's own, in every type of DAG.",
    grounds: "Engine, at load: `step name must be at most 255 characters`, `\"ask_user\" is reserved by type: agent`.",
    bad: "steps:\n\
        \x20 - id: ask_user\n\
        \x20   run: echo Who are you?\n",
    good: "steps:\n\
        \x20 - id: ask_person\n\
        \x20   run: echo Who are you?\n",
    absence: false,
    check: Check::Steps(check),
};

pub(crate) const RESERVED: &[&str] = &["__agent__", "ask_user"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| !step.is_in_handler()) {
        let place = step.node.entry("name").filter(|entry| !entry.value.is_null()).map_or(step.label, |entry| entry.value_span());
        if RESERVED.contains(&step.name.as_str()) {
            let finding = sink.finding(place, format!("`{}` is the name of a step of the engine's own", step.name));
            sink.push(finding.help("give the step another name"));
        } else if step.name.len() > 255 {
            sink.report(place, format!("a step name has at most 255 bytes, and this one has {}", step.name.len()));
        }
    }
}
