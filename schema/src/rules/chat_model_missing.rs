use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;

pub(super) static RULE: Rule = Rule {
    name: "chat-model-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A `chat.completion` step that sets some of its model, but not its `model` or `provider`.",
    why: "A step with no setting of its own takes all of the root's `llm`. A step with one setting takes none: it must name `model` and `provider` itself (or a list of models, which carry their providers). The engine does not load a DAG whose step lacks them.",
    grounds: "Engine, at load: `model must be specified when llm config is provided`, `provider is required (set at DAG or step level)`, `model is required (set at DAG or step level)`. A step without settings in a DAG without `llm` was measured to load.",
    bad: "llm:\n\
        \x20 provider: openai\n\
        \x20 model: gpt-4o\n\
        steps:\n\
        \x20 - id: ask\n\
        \x20   action: chat.completion\n\
        \x20   with:\n\
        \x20     prompt: Say hello.\n\
        \x20     temperature: 0.2\n",
    good: "llm:\n\
        \x20 provider: openai\n\
        \x20 model: gpt-4o\n\
        steps:\n\
        \x20 - id: ask\n\
        \x20   action: chat.completion\n\
        \x20   with:\n\
        \x20     prompt: Say hello.\n\
        \x20     provider: openai\n\
        \x20     model: gpt-4o\n\
        \x20     temperature: 0.2\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    for step in context.steps().map(|step| &step.node) {
        let is_chat = |key: &str, name: &str| step.get_some(key).and_then(|value| value.string()).is_some_and(|value| value.trim() == name);
        let (settings, is_own) = if is_chat("action", "chat.completion") {
            let with = step.entry("with");
            let has_own = with.and_then(|with| with.value.entries()).unwrap_or_default().iter().any(|entry| !matches!(entry.name(), "prompt" | "messages"));
            (with, has_own)
        } else if is_chat("type", "chat") {
            let llm = step.entry("llm");
            (llm, llm.is_some_and(|llm| !llm.value.is_null()))
        } else {
            continue;
        };
        if is_own {
            let Some(settings) = settings else { continue };
            if let Some(missing) = missing(&settings.value) {
                let span = settings.value.entry(missing).map_or(settings.key.span, |entry| entry.value_span());
                let message = format!("the step has settings of its own for the model, so it needs `{missing}` as well: nothing is taken from the root's `llm`");
                sink.report(span, message);
            }
        } else if let Some(llm) = root.get_some("llm")
            && let Some(missing) = missing(llm)
        {
            let key = if step.get("action").is_some() { "action" } else { "type" };
            let span = step.entry(key).map_or(step.span, |entry| entry.value_span());
            let related = root.entry("llm").map_or(span, |entry| entry.key.span);
            let finding = sink.finding(span, format!("the step takes its model from the root's `llm`, which has no `{missing}`"));
            sink.push(finding.related(related, "`llm` is here"));
        }
    }
}

/// Which of `model` and `provider` is missing; a list of models has its providers in it.
fn missing(settings: &Node) -> Option<&'static str> {
    let is_given = |field: &str| settings.get_some(field).is_some_and(|value| value.string().is_none_or(|text| !text.trim().is_empty()));
    if settings.get_some("model").is_some_and(|model| model.items().is_some()) {
        return None;
    }
    if !is_given("model") {
        return Some("model");
    }
    (!is_given("provider")).then_some("provider")
}
