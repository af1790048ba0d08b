use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::provider;

pub(super) static RULE: Rule = Rule {
    name: "harness-shadows-built-in",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A definition under `harnesses` has the name of a built-in provider.",
    why: "Every step that names it gets this definition instead of the built-in agent: other flags, another command. That may be meant; a name of its own says so.",
    grounds: "Measured on the engine: with `harnesses: {claude: {binary: echo}}` the steps with `provider: claude` run `echo`.",
    bad: "harnesses:\n\
        \x20 claude:\n\
        \x20   binary: my-agent\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "harnesses:\n\
        \x20 mine:\n\
        \x20   binary: my-agent\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   with:\n\
        \x20     provider: mine\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["harnesses"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let definitions = context.workflow.node.get_some("harnesses").and_then(|node| node.entries()).unwrap_or_default();
    for entry in definitions.iter().filter(|entry| !entry.merged && entry.value.entries().is_some()) {
        if let Some(provider) = provider::find(entry.name()) {
            let message = format!("`{}` stands for {} everywhere else: in this DAG it is this definition", provider.name, provider.title);
            sink.push(sink.finding(entry.key.span, message).help("give it a name of its own"));
        }
    }
}
