//! `harness.run` steps: an AI agent's command line, or any other, called with a prompt.

use crate::source::{Span, Spanned};
use crate::syntax::NodeRef;

/// How a provider receives its prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptMode {
    /// As an argument.
    Arg,
    /// As the value of this flag.
    Flag(String),
    /// On standard input.
    Stdin,
}

/// A provider: how its command line is laid out. Built-in or from root `harnesses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The executable's name or path.
    pub binary: String,
    /// Arguments before all others.
    pub prefix_args: Vec<String>,
    /// How the prompt is passed.
    pub prompt_mode: PromptMode,
    /// Whether the prompt stands before the flags.
    pub prompt_first: bool,
    /// `--flag` when true, `-flag` otherwise.
    pub gnu_long: bool,
    /// The exact token of a flag, by key.
    pub option_flags: Vec<(String, String)>,
    /// Flags that are there unless `with` says otherwise.
    pub default_flags: Vec<(String, FlagValue)>,
    /// Whether `_` in a flag's key becomes `-` (built-in providers).
    pub kebab_flags: bool,
    /// Whether `stdin` text is appended to the prompt instead of being piped.
    pub folds_stdin: bool,
}

/// The value of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// `true`: the bare flag; `false`: no flag.
    Bool(bool),
    /// Text; resolved and typed again at run time, since `${...}` may become `true` or `3`.
    Text(String),
    /// One flag for each item.
    List(Vec<String>),
    /// A value that gives no flag (null, a mapping).
    Nothing,
}

/// One attempt of a harness step: the primary provider, or a fallback.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The provider's name as written; it may hold a reference.
    pub provider: Option<Spanned<String>>,
    /// The provider's layout; `None` when the name is unknown or holds a reference.
    pub definition: Option<Definition>,
    /// Flags by key, in the order written, defaults of root `harness` included.
    pub flags: Vec<(Spanned<String>, FlagValue)>,
    /// `managed`, when it is a boolean.
    pub managed: Option<bool>,
    /// The mapping that describes it.
    pub node: NodeRef,
}

/// A `harness.run` step.
#[derive(Clone, Debug)]
pub struct HarnessStep {
    /// `with.prompt`, as written (a one-item list counts as its item).
    pub prompt: Option<(String, NodeRef)>,
    /// `with.stdin`, trimmed.
    pub stdin: Option<(String, Span)>,
    /// The primary attempt, then the fallbacks, in order.
    pub attempts: Vec<Attempt>,
}
