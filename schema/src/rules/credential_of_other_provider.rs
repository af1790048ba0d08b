use super::{Check, Context, Has, Rule, Sink, known, listed};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::provider::PROVIDERS;

pub(super) static RULE: Rule = Rule {
    name: "credential-of-other-provider",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An agent's container receives a credential that only other agents read.",
    why: "What is in a container's environment can be read by the agent and by all that it starts. A key of another service is of no use to this one, and lost when the agent is led astray.",
    grounds: "Page \"Docker sandbox for harness.run\": credentials are added by naming them; the variables that each agent reads are those of its own pages.",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        \x20 - OTHER: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - GEMINI_API_KEY=${params.OTHER}\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

/// Credentials of an agent that other programs read as well.
const SHARED: &[&str] = &["GH_TOKEN", "GITHUB_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"];

/// Whose the keys are that several agents read.
const SERVICES: &[(&str, &str)] = &[
    ("ANTHROPIC_API_KEY", "Anthropic"),
    ("OPENAI_API_KEY", "OpenAI"),
    ("GEMINI_API_KEY", "Google"),
    ("GOOGLE_API_KEY", "Google"),
    ("OPENROUTER_API_KEY", "OpenRouter"),
    ("DEEPSEEK_API_KEY", "DeepSeek"),
    ("GROQ_API_KEY", "Groq"),
    ("MISTRAL_API_KEY", "Mistral"),
    ("XAI_API_KEY", "xAI"),
    ("AZURE_OPENAI_API_KEY", "Azure OpenAI"),
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let Some(harness) = owned.step.and_then(|step| step.harness()) else { continue };
        let providers: Option<Vec<_>> = harness.attempts.iter().map(|attempt| known(context, attempt)).collect();
        let Some(providers) = providers.filter(|providers| !providers.is_empty()) else { continue };
        for entry in &owned.container.env {
            let name = entry.name.value.as_str();
            let is_read = providers.iter().any(|provider| provider.credentials().any(|credential| credential == name));
            let built_in = PROVIDERS.iter().filter(|provider| provider.credentials.contains(&name)).map(|provider| provider.title);
            let described = context.workflow.providers.iter().filter(|provider| provider.credentials.iter().any(|credential| credential == name));
            let mut readers = built_in.chain(described.map(|provider| provider.name.as_str()));
            let Some(reader) = readers.next().filter(|_| !is_read && !SHARED.contains(&name) && !name.starts_with("AWS_")) else { continue };
            let titles = listed(providers.iter().map(|provider| provider.title()));
            let owner = SERVICES.iter().find(|(key, _)| *key == name).map_or(reader, |(_, service)| service);
            let message = format!("`{name}` is a credential of {owner}: {titles} does not read it, and whatever runs here can");
            sink.push(sink.finding(entry.name.span, message).help("leave it out, unless a program that the agent starts needs it"));
        }
    }
}
