//! `harness`, `harnesses`, and what `harness.run` takes.

use super::{Field, Object, Other, Reading, Shape, Word, word};

/// `harnesses`: definitions by name.
pub(super) static HARNESSES: Object = Object {
    name: "harnesses",
    doc: "Command line agents by name, for use as `provider`. Null removes one that the base configuration defines.",
    fields: &[],
    other: Other::Named(&Shape::Object(&DEFINITION)),
    reading: Reading::Exact,
};

/// The definition of an agent's command line.
pub static DEFINITION: Object = Object {
    name: "harness definition",
    doc: "How an agent is called: its program, where the prompt goes, and how options become flags.",
    fields: &[
        Field::new("binary", Shape::Present(&Shape::NonBlank), "The program: a name to look up in `PATH`, or a path.")
            .example("my-agent")
            .required(),
        Field::new("prefix_args", Shape::Nullable(&Shape::List(&Shape::Present(&Shape::Text))), "Arguments that always come first.")
            .example("[run, --quiet]"),
        Field::new("prompt_mode", Shape::Word(PROMPT_MODES), "How the prompt reaches the program.").default("arg"),
        Field::new(
            "prompt_flag",
            Shape::Ruled(&Shape::Text),
            "The flag before the prompt; needed by `prompt_mode: flag`, and only allowed there.",
        )
        .example("-p"),
        Field::new("prompt_position", Shape::Word(PROMPT_POSITIONS), "Whether the prompt stands before or after the flags.")
            .default("before_flags"),
        Field::new("flag_style", Shape::Word(FLAG_STYLES), "How option names become flags.").default("gnu_long"),
        Field::new(
            "option_flags",
            Shape::Nullable(&Shape::Object(&OPTION_FLAGS)),
            "The exact flag of an option, where the style does not give it.",
        )
        .example("{model: -m}"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

static OPTION_FLAGS: Object = Object {
    name: "option_flags",
    doc: "Flags by option name.",
    fields: &[],
    other: Other::Named(&Shape::Present(&Shape::Text)),
    reading: Reading::Exact,
};

const PROMPT_MODES: &[Word] = &[
    word("arg", "As an argument of its own."),
    word("flag", "After the flag that `prompt_flag` names."),
    word("stdin", "On standard input; not possible in a container."),
];
const PROMPT_POSITIONS: &[Word] = &[word("before_flags", "Prompt, then flags."), word("after_flags", "Flags, then prompt.")];
const FLAG_STYLES: &[Word] = &[word("gnu_long", "`--name value`"), word("single_dash", "`-name value`")];

/// The root's `harness`, and each entry of a `fallback`.
pub static CONFIG: Object = Object {
    name: "harness",
    doc: "An agent and its options: what every `harness.run` of the DAG starts from. Every further key is a flag of the agent.",
    fields: &[
        Field::new("provider", PROVIDER_NAME, PROVIDER).example("claude"),
        Field::new("fallback", FALLBACK, "Agents to try in turn when this one fails. Each needs all of its own options.")
            .example("[{provider: codex}]"),
        Field::new("managed", Shape::Any, MANAGED),
    ],
    other: Other::Open,
    reading: Reading::Exact,
};

static FALLBACK_CONFIG: Object = Object {
    name: "fallback",
    doc: "An agent to try when the ones before it failed. Every further key is a flag of the agent.",
    fields: &[Field::new("provider", PROVIDER_NAME, PROVIDER).example("codex"), Field::new("managed", Shape::Any, MANAGED)],
    other: Other::Open,
    reading: Reading::Exact,
};

const PROVIDER_NAME: Shape = Shape::Ruled(&Shape::Text);
const FALLBACK: Shape = Shape::Ruled(&Shape::List(&Shape::Ruled(&Shape::Object(&FALLBACK_CONFIG))));

const PROVIDER: &str = "The agent: a built-in one (`claude`, `codex`, `gemini`, ...) or one of `harnesses`.";
const MANAGED: &str =
    "For `opencode`: whether it runs as a session of the server (`true`) or as a command (`false`). Other agents ignore it.";

/// The `with` of `harness.run`.
pub(super) static RUN: Object = Object {
    name: "with of harness.run",
    doc: "The prompt, the agent and its options. Every further key is a flag of the agent: `model: x` becomes `--model x`, \
          `true` a bare flag, and a list repeats the flag.",
    fields: &[
        Field::new(
            "prompt",
            Shape::Ruled(&Shape::OneOf(&[Shape::NonBlank, Shape::List(&Shape::Any)])),
            "What the agent is asked to do. References in it are resolved before the agent sees it.",
        )
        .example("Summarize the open issues"),
        Field::new("stdin", Shape::Text, "Text for the agent's standard input. Not possible in a container.").example("${fetch.stdout}"),
        Field::new("provider", PROVIDER_NAME, PROVIDER).default("that of the root's `harness`").example("claude"),
        Field::new(
            "fallback",
            FALLBACK,
            "Agents to try in turn when this one fails, in place of those of the root's `harness`; `[]` for none.",
        )
        .example("[{provider: codex}]"),
        Field::new("managed", Shape::Any, MANAGED),
    ],
    other: Other::Open,
    reading: Reading::Strict,
};
