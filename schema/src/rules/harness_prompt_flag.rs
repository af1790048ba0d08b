use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "harness-prompt-flag",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A provider's `prompt_flag` does not fit its `prompt_mode`.",
    why: "`prompt_mode: flag` needs the flag that takes the prompt; the other modes have no use for one. The engine does not load the DAG.",
    grounds: "Engine, at load: `prompt_flag is required when prompt_mode is flag`, `prompt_flag is only valid when prompt_mode is flag`.",
    bad: "harnesses:\n\
        \x20 agent:\n\
        \x20   binary: agent\n\
        \x20   prompt_mode: flag\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: agent\n\
        \x20     prompt: hello\n",
    good: "harnesses:\n\
        \x20 agent:\n\
        \x20   binary: agent\n\
        \x20   prompt_mode: flag\n\
        \x20   prompt_flag: --prompt\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: agent\n\
        \x20     prompt: hello\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &["harnesses"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for entry in context.workflow.node.get("harnesses").and_then(|node| node.entries()).unwrap_or_default() {
        let definition = &entry.value;
        if definition.entries().is_none() {
            continue;
        }
        if entry.name().trim().is_empty() {
            sink.report(entry.key.span, "a provider needs a name");
        }
        let mode = definition.entry("prompt_mode");
        let flag = definition.entry("prompt_flag").filter(|flag| !flag.value.is_null());
        let is_flag = mode.and_then(|mode| mode.value.string()).is_some_and(|mode| mode.trim() == "flag");
        let blank = flag.is_none_or(|flag| flag.value.text().is_some_and(|text| text.trim().is_empty()));
        match (mode, flag) {
            (Some(mode), _) if is_flag && blank => {
                sink.push(sink.finding(mode.value_span(), "`prompt_mode: flag` needs a `prompt_flag`").help("add `prompt_flag`, such as `--prompt`"));
            }
            (_, Some(flag)) if !is_flag && !blank => {
                sink.push(
                    sink.finding(flag.key.span, "`prompt_flag` has a meaning only with `prompt_mode: flag`, and the engine rejects it otherwise")
                        .help("add `prompt_mode: flag`, or remove `prompt_flag`"),
                );
            }
            _ => {}
        }
    }
}
