use super::{Check, Context, Has, Rule, Sink, built_in};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::Attempt;
use crate::workflow::harness::FlagValue;

pub(super) static RULE: Rule = Rule {
    name: "codex-base-url-unread",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`OPENAI_BASE_URL` for Codex, which does not read it.",
    why: "Codex goes to its own service whatever `OPENAI_BASE_URL` says: the prompt, and with it the project, leaves for another place than the one that was named. The address is an option of its configuration, `openai_base_url`.",
    grounds: "Measured with Codex 0.169: requests go to the real host with `OPENAI_BASE_URL` set, and to the address given by `-c openai_base_url=...` otherwise.",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - CODEX_API_KEY=${params.KEY}\n\
        \x20       - OPENAI_BASE_URL=https://models.example.com/v1\n\
        \x20   with:\n\
        \x20     provider: codex\n\
        \x20     prompt: Review this repository.\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - CODEX_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: codex\n\
        \x20     prompt: Review this repository.\n\
        \x20     config: openai_base_url=\"https://models.example.com/v1\"\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Steps(check)),
};

const VARIABLE: &str = "OPENAI_BASE_URL";

fn check(context: &Context<'_>, sink: &mut Sink) {
    for (step, harness) in context.harness_steps() {
        let container = step.container.as_ref().filter(|container| container.image().is_some());
        let mut own = container.map_or(&[][..], |container| &container.env).iter().chain(&step.env);
        let Some(entry) = own.rfind(|entry| entry.name.value == VARIABLE) else { continue };
        let mut agents = harness.attempts.iter().map(|attempt| (attempt, built_in(context, attempt)));
        let only_codex = agents.all(|(attempt, provider)| provider.is_some_and(|provider| provider.name == "codex") && !names_address(attempt));
        if only_codex {
            let message = format!("Codex does not read `{VARIABLE}`: it goes to its own service");
            sink.push(sink.finding(entry.name.span, message).help("set the option `config: openai_base_url=\"...\"` instead"));
        }
    }
}

/// Whether an option or a profile of Codex may say where its service is.
fn names_address(attempt: &Attempt) -> bool {
    attempt.flags.iter().any(|(key, value)| match value {
        FlagValue::Text(text) => matches!(key.value.as_str(), "config" | "c") && (text.contains("base_url") || text.contains("model_provider")) || key.value == "profile",
        FlagValue::List(items) => items.iter().any(|item| item.contains("base_url") || item.contains("model_provider")),
        _ => false,
    })
}
