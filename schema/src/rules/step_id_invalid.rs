use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "step-id-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step id that the engine rejects.",
    why: "An id starts with a letter, goes on with letters, digits and `_`, has at most 40 characters and is none of the words that references use (`env`, `params`, `args`, `stdout`, `stderr`, `output`, `outputs`).",
    grounds: "Engine, at load: `invalid step ID format: must match ^[a-zA-Z][a-zA-Z0-9_]*$`, `step ID must be at most 40 characters`, `step ID 'x' is a reserved word`.",
    bad: "steps:\n\
        \x20 - id: build-image\n\
        \x20   run: make\n",
    good: "steps:\n\
        \x20 - id: build_image\n\
        \x20   run: make\n",
    absence: false,
    check: Check::Among(check),
};

pub(crate) const RESERVED: &[&str] = &["env", "params", "args", "stdout", "stderr", "output", "outputs"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| !step.is_in_handler()) {
        let Some(id) = &step.id else { continue };
        let text = id.value.as_str();
        let well_formed = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !well_formed {
            let finding = sink.finding(id.span, format!("`{text}` is no step id: it must start with a letter and go on with letters, digits and `_`"));
            let mended: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let free = context.workflow.step_index(&mended).is_none() && mended.starts_with(|c: char| c.is_ascii_alphabetic());
            sink.push(if free { finding.help(format!("`{mended}` would do; change `depends` and references with it")) } else { finding });
        } else if RESERVED.contains(&text.to_lowercase().as_str()) {
            sink.report(id.span, format!("`{text}` cannot be a step id: references use the word"));
        } else if text.len() > 40 {
            sink.report(id.span, format!("a step id has at most 40 characters, and this one has {}", text.len()));
        }
    }
}
