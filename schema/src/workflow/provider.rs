//! The built-in harness providers: how each command line is laid out, which credentials it reads,
//! whether it talks to a hosted service.
//!
//! Layouts: measured on the engine with fake binaries. Credentials: the providers' own pages, and
//! for `claude`, `codex` and `opencode` requests seen at a stub of their service.

use crate::workflow::harness::{Definition, FlagValue, PromptMode};
use crate::workflow::{Workflow, agent_flag};

/// A built-in provider.
#[derive(Debug)]
pub struct Provider {
    /// The name in `with.provider`.
    pub name: &'static str,
    /// The product's name.
    pub title: &'static str,
    /// The executable.
    pub binary: &'static str,
    prefix: &'static [&'static str],
    prompt_flag: Option<&'static str>,
    prompt_first: bool,
    default_flag: Option<(&'static str, Option<&'static str>)>,
    folds_stdin: bool,
    /// Variables that carry a credential it accepts.
    pub credentials: &'static [&'static str],
    /// The folder under `$HOME` that holds its login, and the variable that names another one.
    pub directory: Option<Directory>,
    /// Flags of its command line, as keys of `with`; empty where they are not known.
    pub flags: &'static [&'static str],
}

/// Where a provider keeps its login.
#[derive(Clone, Copy, Debug)]
pub struct Directory {
    /// Below the home folder.
    pub home: &'static str,
    /// The variable that points at it when it is elsewhere.
    pub variable: Option<&'static str>,
}

const NOTHING: Provider = Provider {
    name: "",
    title: "",
    binary: "",
    prefix: &[],
    prompt_flag: None,
    prompt_first: true,
    default_flag: None,
    folds_stdin: false,
    credentials: &[],
    directory: None,
    flags: &[],
};

/// Credentials that command lines which can use any model service read.
const ANY_MODEL: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "XAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_BEARER_TOKEN_BEDROCK",
];

/// The built-in providers, by name.
pub static PROVIDERS: &[Provider] = &[
    Provider {
        name: "aider",
        title: "Aider",
        binary: "aider",
        prompt_flag: Some("--message"),
        folds_stdin: true,
        credentials: ANY_MODEL,
        ..NOTHING
    },
    Provider {
        name: "amp",
        title: "Amp",
        binary: "amp",
        prompt_flag: Some("-x"),
        credentials: &["AMP_API_KEY"],
        directory: Some(Directory { home: ".config/amp", variable: None }),
        ..NOTHING
    },
    Provider {
        name: "claude",
        title: "Claude Code",
        binary: "claude",
        prompt_flag: Some("-p"),
        credentials: &[
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_AUTH_TOKEN",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "ANTHROPIC_FOUNDRY_API_KEY",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_BEARER_TOKEN_BEDROCK",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ],
        directory: Some(Directory { home: ".claude", variable: Some("CLAUDE_CONFIG_DIR") }),
        flags: agent_flag::CLAUDE,
        ..NOTHING
    },
    Provider {
        name: "cline",
        title: "Cline",
        binary: "cline",
        prompt_first: false,
        credentials: ANY_MODEL,
        flags: agent_flag::CLINE,
        ..NOTHING
    },
    Provider {
        name: "codex",
        title: "Codex",
        binary: "codex",
        prefix: &["exec"],
        default_flag: Some(("skip_git_repo_check", None)),
        credentials: &["CODEX_API_KEY", "CODEX_ACCESS_TOKEN"],
        directory: Some(Directory { home: ".codex", variable: Some("CODEX_HOME") }),
        flags: agent_flag::CODEX,
        ..NOTHING
    },
    Provider {
        name: "copilot",
        title: "GitHub Copilot",
        binary: "copilot",
        prompt_flag: Some("-p"),
        credentials: &["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"],
        directory: Some(Directory { home: ".copilot", variable: Some("COPILOT_HOME") }),
        flags: agent_flag::COPILOT,
        ..NOTHING
    },
    Provider {
        name: "cursor",
        title: "Cursor",
        binary: "cursor-agent",
        prompt_flag: Some("-p"),
        default_flag: Some(("output_format", Some("text"))),
        folds_stdin: true,
        credentials: &["CURSOR_API_KEY"],
        directory: Some(Directory { home: ".cursor", variable: None }),
        ..NOTHING
    },
    Provider {
        name: "deepseek",
        title: "DeepSeek",
        binary: "dsh",
        prefix: &["--profile", "headless"],
        prompt_first: false,
        folds_stdin: true,
        credentials: &["DEEPSEEK_API_KEY"],
        ..NOTHING
    },
    Provider {
        name: "droid",
        title: "Droid",
        binary: "droid",
        prefix: &["exec"],
        folds_stdin: true,
        credentials: &["FACTORY_API_KEY"],
        directory: Some(Directory { home: ".factory", variable: None }),
        ..NOTHING
    },
    Provider {
        name: "gemini",
        title: "Gemini CLI",
        binary: "gemini",
        prompt_flag: Some("-p"),
        credentials: &["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
        directory: Some(Directory { home: ".gemini", variable: None }),
        flags: agent_flag::GEMINI,
        ..NOTHING
    },
    Provider {
        name: "goose",
        title: "goose",
        binary: "goose",
        prefix: &["run"],
        prompt_flag: Some("--text"),
        default_flag: Some(("quiet", None)),
        credentials: ANY_MODEL,
        directory: Some(Directory { home: ".config/goose", variable: None }),
        ..NOTHING
    },
    Provider {
        name: "kiro",
        title: "Kiro",
        binary: "kiro-cli",
        prefix: &["chat", "--no-interactive"],
        credentials: &["KIRO_API_KEY"],
        directory: Some(Directory { home: ".kiro", variable: None }),
        ..NOTHING
    },
    Provider {
        name: "opencode",
        title: "OpenCode",
        binary: "opencode",
        prefix: &["run"],
        credentials: ANY_MODEL,
        directory: Some(Directory { home: ".local/share/opencode", variable: None }),
        flags: agent_flag::OPENCODE,
        ..NOTHING
    },
    Provider {
        name: "pi",
        title: "pi",
        binary: "pi",
        prompt_flag: Some("-p"),
        credentials: ANY_MODEL,
        directory: Some(Directory { home: ".pi", variable: None }),
        flags: agent_flag::PI,
        ..NOTHING
    },
    Provider {
        name: "qwen",
        title: "Qwen Code",
        binary: "qwen",
        prompt_flag: Some("-p"),
        credentials: &["OPENAI_API_KEY", "DASHSCOPE_API_KEY", "QWEN_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
        directory: Some(Directory { home: ".qwen", variable: None }),
        flags: agent_flag::QWEN,
        ..NOTHING
    },
];

/// The built-in provider with this name.
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

impl Provider {
    /// How its command line is laid out.
    pub fn definition(&self) -> Definition {
        Definition {
            binary: self.binary.to_owned(),
            prefix_args: self.prefix.iter().map(|&arg| arg.to_owned()).collect(),
            prompt_mode: self.prompt_flag.map_or(PromptMode::Arg, |flag| PromptMode::Flag(flag.to_owned())),
            prompt_first: self.prompt_first,
            gnu_long: true,
            option_flags: Vec::new(),
            default_flags: self
                .default_flag
                .map(|(key, value)| (key.to_owned(), value.map_or(FlagValue::Bool(true), |text| FlagValue::Text(text.to_owned()))))
                .into_iter()
                .collect(),
            kebab_flags: true,
            folds_stdin: self.folds_stdin,
        }
    }
}

/// A provider as its user describes it: one that is not built in, or more about one that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The name in `with.provider`.
    pub name: String,
    /// The executable, where an image is to be made for it.
    pub binary: Option<String>,
    /// Variables that carry a credential it accepts.
    pub credentials: Vec<String>,
    /// Files and folders below the home folder that hold its login.
    pub directories: Vec<String>,
    /// Whether it talks to a hosted service.
    pub hosted: bool,
}

/// What is known of a provider: from the table of the built-in ones, from its user, or from both.
#[derive(Clone, Copy, Debug)]
pub struct KnownProvider<'a> {
    built_in: Option<&'static Provider>,
    described: Option<&'a Described>,
}

impl<'a> KnownProvider<'a> {
    /// The name in `with.provider`.
    pub fn name(&self) -> &'a str {
        self.built_in.map(|provider| provider.name).or(self.described.map(|provider| provider.name.as_str())).unwrap_or_default()
    }

    /// What to call it.
    pub fn title(&self) -> &'a str {
        self.built_in.map_or(self.name(), |provider| provider.title)
    }

    /// The executable, where it is known to be none that any image has.
    pub fn binary(&self) -> Option<&'a str> {
        self.described.and_then(|provider| provider.binary.as_deref()).or(self.built_in.map(|provider| provider.binary))
    }

    /// Variables that carry a credential it accepts.
    pub fn credentials(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let built_in = self.built_in.iter().flat_map(|provider| provider.credentials.iter().copied()).collect::<Vec<_>>();
        let described = self.described.map(|provider| provider.credentials.as_slice()).unwrap_or_default();
        described.iter().map(String::as_str).chain(built_in)
    }

    /// Whether it talks to a hosted service.
    pub fn is_hosted(&self) -> bool {
        self.described.is_none_or(|provider| provider.hosted)
    }

    /// Whether anything is known of how it signs in.
    pub fn signs_in(&self) -> bool {
        self.built_in.is_some()
            || self.described.is_some_and(|provider| !(provider.credentials.is_empty() && provider.directories.is_empty()))
    }
}

impl Workflow {
    /// What is known of the provider of this name. A definition under `harnesses` is not the
    /// built-in provider whose name it has.
    pub fn known_provider(&self, name: &str) -> Option<KnownProvider<'_>> {
        let built_in = find(name).filter(|_| !self.harnesses.contains_key(name));
        let described = self.providers.iter().find(|provider| provider.name == name);
        (built_in.is_some() || described.is_some()).then_some(KnownProvider { built_in, described })
    }

    /// Whether a variable of this name is known to carry a credential, to this crate or to the
    /// user of a provider.
    pub fn is_known_credential(&self, name: &str) -> bool {
        is_known_credential(name) || self.providers.iter().any(|provider| provider.credentials.iter().any(|credential| credential == name))
    }
}

/// Variables of other tools that carry a credential.
const OTHER_CREDENTIALS: &[&str] = &[
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "PYPI_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "DOCKER_AUTH_CONFIG",
    "GITLAB_TOKEN",
    "HF_TOKEN",
    "SLACK_BOT_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AWS_SESSION_TOKEN",
    "VAULT_TOKEN",
    "PGPASSWORD",
    "DATABASE_URL",
];

/// Whether a variable of this name is known to carry a credential: one that a provider or a
/// widely used tool reads.
pub fn is_known_credential(name: &str) -> bool {
    OTHER_CREDENTIALS.contains(&name) || PROVIDERS.iter().any(|provider| provider.credentials.contains(&name))
}

/// Whether a name sounds like a credential's.
pub fn sounds_like_credential(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &["_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_PASSWD", "_PAT", "_CREDENTIALS", "_CREDENTIAL", "_AUTH", "APIKEY", "_PASSPHRASE"];
    const WORDS: &[&str] = &["TOKEN", "SECRET", "PASSWORD", "APIKEY", "API_KEY"];
    let name = name.to_uppercase();
    is_known_credential(&name) || WORDS.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}
