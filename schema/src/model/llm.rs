//! `llm` at the root and on a step, and the messages of a chat.

use super::{Field, Object, Other, Reading, Shape, TEXTS, Word, word};

/// The root's `llm`.
pub(super) static LLM: Object = Object {
    name: "llm",
    doc: "The language model that `chat.completion` steps and agents use unless they say otherwise.",
    fields: &[
        Field::new("provider", PROVIDER, "The service that runs the model.").example("anthropic"),
        Field::new("model", MODEL, "The name of the model, or several to try in turn.").example("claude-sonnet-4-5"),
        Field::new("system", Shape::Text, "The system prompt.").example("Answer in one sentence."),
        Field::new("temperature", Shape::NumberIn(0.0, 2.0), "How freely the model chooses its words, from 0 to 2.").example("0.2"),
        Field::new("max_tokens", Shape::IntIn(1, i64::MAX), "The most tokens of an answer.").example("2000"),
        Field::new("top_p", Shape::NumberIn(0.0, 1.0), "The share of likely words to choose from, from 0 to 1.").example("0.9"),
        Field::new("base_url", Shape::Text, "The address of the service, where it is not the provider's own.")
            .example("http://localhost:11434/v1"),
        Field::new("api_key_name", Shape::Text, "The environment variable that holds the key.").example("ANTHROPIC_API_KEY"),
        Field::new("stream", Shape::Bool, "Whether the answer is written as it comes.").default("true"),
        Field::new("thinking", Shape::Object(&THINKING), "How much the model may think before it answers."),
        Field::new("tools", TEXTS, "DAGs that the model may call, by name.").example("[search]"),
        Field::new("max_tool_iterations", Shape::Int, "The most rounds of calls before the model has to answer.").default("10"),
        Field::new("web_search", Shape::Object(&WEB_SEARCH), "Whether and how the model may search the web."),
        Field::new(
            "max_context_tokens",
            Shape::IntIn(0, i64::MAX),
            "In `type: agent`: tokens of context above which old observations are dropped.",
        ),
        Field::new(
            "observation_max_bytes",
            Shape::IntIn(0, i64::MAX),
            "In `type: agent`: the most bytes of a step's output that the agent sees.",
        ),
        Field::new(
            "observation_keep_recent",
            Shape::IntIn(0, i64::MAX),
            "In `type: agent`: how many of the latest observations are always kept.",
        ),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const PROVIDER: Shape = Shape::OneOf(&[Shape::Word(PROVIDERS), Shape::Reference]);

const PROVIDERS: &[Word] = &[
    word("openai", "OpenAI."),
    word("openai-codex", "OpenAI, with the login of the Codex command line."),
    word("anthropic", "Anthropic."),
    word("gemini", "Google Gemini."),
    word("google", "The same as `gemini`."),
    word("openrouter", "OpenRouter."),
    word("local", "A server on this machine that speaks OpenAI's protocol."),
    word("ollama", "Ollama; the same as `local`."),
    word("vllm", "vLLM; the same as `local`."),
    word("llama", "llama.cpp; the same as `local`."),
    word("zai", "Z.AI."),
    word("zhipu", "The same as `zai`."),
    word("zhipuai", "The same as `zai`."),
    word("glm", "The same as `zai`."),
    word("opencode", "OpenCode."),
    word("", "None."),
];

const MODEL: Shape = Shape::OneOf(&[Shape::Text, Shape::NonEmptyList(&Shape::Present(&Shape::Object(&MODEL_ENTRY)))]);

static MODEL_ENTRY: Object = Object {
    name: "model",
    doc: "A model to try; the next one is tried when it fails.",
    fields: &[
        Field::new(
            "provider",
            Shape::Present(&Shape::OneOf(&[Shape::Word(PROVIDERS), Shape::Reference])),
            "The service that runs the model.",
        )
        .example("openai")
        .required(),
        Field::new("name", Shape::Present(&Shape::NonBlank), "The name of the model.").example("gpt-4o").required(),
        Field::new("temperature", Shape::Present(&Shape::NumberIn(0.0, 2.0)), "How freely the model chooses its words, from 0 to 2."),
        Field::new("max_tokens", Shape::Present(&Shape::IntIn(1, i64::MAX)), "The most tokens of an answer."),
        Field::new("top_p", Shape::Present(&Shape::NumberIn(0.0, 1.0)), "The share of likely words to choose from, from 0 to 1."),
        Field::new("base_url", Shape::Any, "The address of the service."),
        Field::new("api_key_name", Shape::Any, "The environment variable that holds the key."),
    ],
    other: Other::Ignored,
    reading: Reading::Exact,
};

static THINKING: Object = Object {
    name: "thinking",
    doc: "How much the model may think before it answers.",
    fields: &[
        Field::new("enabled", Shape::Bool, "Whether the model thinks at all.").default("false"),
        Field::new("effort", Shape::Word(EFFORTS), "How much it thinks.").example("medium"),
        Field::new("budget_tokens", Shape::Int, "The most tokens that thinking may take.").example("4096"),
        Field::new("include_in_output", Shape::Bool, "Whether the thoughts are part of the output.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const EFFORTS: &[Word] = &[
    word("low", "Little."),
    word("medium", "Some."),
    word("high", "Much."),
    word("xhigh", "As much as possible."),
    word("", "The provider's default."),
];

static WEB_SEARCH: Object = Object {
    name: "web_search",
    doc: "Whether and how the model may search the web.",
    fields: &[
        Field::new("enabled", Shape::Bool, "Whether it may search.").default("false"),
        Field::new("max_uses", Shape::Int, "The most searches for one answer.").example("5"),
        Field::new("allowed_domains", TEXTS, "Sites to search; all when absent.").example("[docs.rs]"),
        Field::new("blocked_domains", TEXTS, "Sites to leave out."),
        Field::new("user_location", Shape::Object(&LOCATION), "Where the user is, for local results."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static LOCATION: Object = Object {
    name: "user_location",
    doc: "Where the user is.",
    fields: &[
        Field::new("city", Shape::Text, "The city.").example("Tokyo"),
        Field::new("region", Shape::Text, "The region or state."),
        Field::new("country", Shape::Text, "The country, as a code of two letters.").example("JP"),
        Field::new("timezone", Shape::Text, "The time zone.").example("Asia/Tokyo"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// The messages of a chat.
pub(super) const MESSAGES: Shape = Shape::List(&Shape::Object(&MESSAGE));

static MESSAGE: Object = Object {
    name: "message",
    doc: "A message of the conversation.",
    fields: &[
        Field::new("role", Shape::Present(&Shape::Word(ROLES)), "Who speaks.").example("user").required(),
        Field::new("content", Shape::Present(&Shape::NonBlank), "What is said.").example("Summarize ${fetch.stdout}").required(),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const ROLES: &[Word] = &[
    word("system", "Instructions for the model."),
    word("user", "The one who asks."),
    word("assistant", "The model."),
    word("tool", "The result of a call."),
];

/// The `with` of `chat.completion`.
pub(super) static CHAT: Object = Object {
    name: "with of chat.completion",
    doc: "What the model is asked: `prompt` or `messages`. Model settings that are absent come from the root's `llm`.",
    fields: &[
        Field::new("prompt", Shape::Present(&Shape::NonBlank), "A single message of the user.").example("What is new in ${params.topic}?"),
        Field::new("messages", MESSAGES, "A conversation."),
        Field::new("provider", PROVIDER, "The service that runs the model.").example("openai"),
        Field::new("model", MODEL, "The name of the model, or several to try in turn.").example("gpt-4o"),
        Field::new("system", Shape::Text, "The system prompt."),
        Field::new("temperature", Shape::NumberIn(0.0, 2.0), "How freely the model chooses its words, from 0 to 2."),
        Field::new("max_tokens", Shape::IntIn(1, i64::MAX), "The most tokens of an answer."),
        Field::new("top_p", Shape::NumberIn(0.0, 1.0), "The share of likely words to choose from, from 0 to 1."),
        Field::new("base_url", Shape::Text, "The address of the service."),
        Field::new("api_key_name", Shape::Text, "The environment variable that holds the key."),
        Field::new("stream", Shape::Bool, "Whether the answer is written as it comes.").default("true"),
        Field::new("thinking", Shape::Object(&THINKING), "How much the model may think before it answers."),
        Field::new("tools", TEXTS, "DAGs that the model may call, by name."),
        Field::new("max_tool_iterations", Shape::Int, "The most rounds of calls before the model has to answer.").default("10"),
        Field::new("web_search", Shape::Object(&WEB_SEARCH), "Whether and how the model may search the web."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
