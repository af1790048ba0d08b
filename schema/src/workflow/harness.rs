//! `harness.run` steps: an AI agent's command line, or any other, called with a prompt.

use indexmap::IndexMap;

use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeRef, ScalarType};
use crate::workflow::provider;
use crate::workflow::resolve::{boolean, text, text_map, texts};

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

/// Keys of `with` that are not flags.
pub const RESERVED_KEYS: &[&str] = &["prompt", "stdin", "provider", "fallback", "managed", "binary", "prompt_args"];

/// The custom providers of root `harnesses`; a null removes one that a base configuration gave.
pub(super) fn definitions(root: &Node) -> IndexMap<String, Definition> {
    let entries = root.get("harnesses").and_then(|node| node.entries()).unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry.value.entries().is_some())
        .map(|entry| (entry.name().to_owned(), definition(&entry.value)))
        .collect()
}

fn definition(node: &Node) -> Definition {
    let word = |field: &str| node.get_some(field).and_then(|value| value.string()).map(str::trim).unwrap_or_default();
    Definition {
        binary: word("binary").to_owned(),
        prefix_args: node
            .get_some("prefix_args")
            .map(|args| texts(args))
            .unwrap_or_default()
            .iter()
            .map(|arg| arg.trim().to_owned())
            .collect(),
        prompt_mode: match word("prompt_mode") {
            "flag" => PromptMode::Flag(word("prompt_flag").to_owned()),
            "stdin" => PromptMode::Stdin,
            _ => PromptMode::Arg,
        },
        prompt_first: word("prompt_position") != "after_flags",
        gnu_long: word("flag_style") != "single_dash",
        option_flags: node.get_some("option_flags").map(|flags| text_map(flags)).unwrap_or_default().into_iter().collect(),
        default_flags: Vec::new(),
        kebab_flags: false,
        folds_stdin: false,
    }
}

impl Attempt {
    /// What a mapping says by itself, without what lies under it.
    pub fn of(node: &NodeRef, definitions: &IndexMap<String, Definition>) -> Self {
        attempt(node, &[node], definitions)
    }
}

impl HarnessStep {
    /// Reads a `with` mapping over the root defaults.
    pub(super) fn read(with: Option<&NodeRef>, defaults: Option<&NodeRef>, definitions: &IndexMap<String, Definition>) -> Self {
        let prompt = with.and_then(|with| with.get_some("prompt")).and_then(prompt_text);
        let stdin = with.and_then(|with| with.get_some("stdin")).and_then(|stdin| Some((stdin.string()?.trim().to_owned(), stdin.span)));
        let layers: Vec<&NodeRef> = defaults.into_iter().chain(with).collect();
        let own = with.or(defaults);
        let mut attempts: Vec<Attempt> = own.map(|node| attempt(node, &layers, definitions)).into_iter().collect();
        let fallback = layers.iter().rev().find_map(|layer| layer.get_some("fallback"));
        let fallback = fallback.and_then(|fallback| fallback.items()).unwrap_or_default();
        attempts.extend(fallback.iter().filter(|entry| entry.entries().is_some()).map(|entry| attempt(entry, &[entry], definitions)));
        Self { prompt, stdin, attempts }
    }
}

fn prompt_text(node: &NodeRef) -> Option<(String, NodeRef)> {
    match node.items() {
        Some([item]) => Some((item.string()?.to_owned(), item.clone())),
        Some(_) => None,
        None => Some((node.string()?.to_owned(), node.clone())),
    }
}

/// One attempt; later layers win key by key.
fn attempt(node: &NodeRef, layers: &[&NodeRef], definitions: &IndexMap<String, Definition>) -> Attempt {
    let mut flags: Vec<(Spanned<String>, FlagValue)> = Vec::new();
    for layer in layers {
        for entry in layer.entries().unwrap_or_default().iter().filter(|entry| !RESERVED_KEYS.contains(&entry.name())) {
            let key = Spanned::new(entry.name().to_owned(), entry.key.span);
            flags.retain(|(before, _)| before.value != key.value);
            flags.push((key, flag_value(&entry.value)));
        }
    }
    let last = |field: &str| layers.iter().rev().find_map(|layer| layer.get_some(field));
    let provider = last("provider").and_then(|value| Some(Spanned::new(value.string()?.trim().to_owned(), value.span)));
    Attempt {
        definition: provider.as_ref().and_then(|provider| find(&provider.value, definitions)),
        provider,
        flags,
        managed: last("managed").and_then(|value| boolean(value)),
        node: node.clone(),
    }
}

fn find(provider: &str, definitions: &IndexMap<String, Definition>) -> Option<Definition> {
    definitions.get(provider).cloned().or_else(|| provider::find(provider).map(provider::Provider::definition))
}

fn flag_value(node: &Node) -> FlagValue {
    match node.items() {
        Some(items) => FlagValue::List(items.iter().filter_map(|item| text(item)).collect()),
        None => match node.scalar_type() {
            Some(ScalarType::Bool(value)) => FlagValue::Bool(value),
            None | Some(ScalarType::Null) => FlagValue::Nothing,
            Some(_) => text(node).map_or(FlagValue::Nothing, FlagValue::Text),
        },
    }
}
