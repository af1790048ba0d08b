//! What a step in the older syntax is in today's: which key becomes what. The text is not
//! looked at here.

use super::executor::{self, Executor, Input};
use super::scalar::{self, Form};
use crate::diagnostic::Safety;
use crate::model::action;
use crate::syntax::{Entry, Node};

/// The keys of the older syntax, `with` aside.
pub(super) const OLD: &[&str] = &[
    "call", "command", "config", "exec", "llm", "messages", "params", "routes", "script", "shell", "shell_args", "shell_packages", "type",
    "value",
];

/// What becomes of an entry of the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It stays as it is.
    Stays,
    /// It becomes `run`.
    Run(Form),
    /// It becomes `action`, with the conversion's name.
    Action,
    /// Its key becomes `with`.
    With,
    /// It moves under `with`, with this key.
    Moves(&'static str, Form),
    /// These texts stand for it under `with`.
    Becomes(Vec<(&'static str, String)>),
    /// It goes.
    Goes,
}

/// A step in today's syntax.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    /// The value of `action`; `None` for a step with `run`.
    pub(super) action: Option<String>,
    /// One for each entry.
    pub(super) roles: Vec<Role>,
    /// Keys of the older `with` that go.
    pub(super) dropped_input: &'static [&'static str],
    /// Whether it does the same in every case.
    pub(super) safety: Safety,
}

/// Whether the step is written in the older syntax: it says neither `run` nor `action`.
pub(super) fn is_old(step: &Node) -> bool {
    step.entry("run").is_none() && step.entry("action").is_none()
}

/// The value of a key, unless it is absent or null.
fn given<'t>(step: &'t Node, key: &str) -> Option<&'t Node> {
    step.get_some(key).map(|value| &**value)
}

/// The trimmed text of `type`, or of the definition that the step is the template of.
pub(super) fn kind(step: &Node) -> Option<&str> {
    given(step, "type").and_then(Node::string).map(str::trim)
}

/// The action that an older type stands for, as far as the type alone says it.
pub(super) fn action_of(kind: &str) -> Option<String> {
    let executor = executor::find(kind)?;
    let name = executor.action.replace("{}", kind);
    Some(if action::find(&name).is_some() { name } else { format!("{name}.OPERATION") })
}

/// Converts a step of the type given (`None` for the one that the engine infers).
pub(super) fn step(root: &Node, step: &Node, kind: Option<&str>) -> Option<Conversion> {
    let conversion = match kind {
        None if given(step, "call").is_some() => with_executor(step, "dag"),
        None if given(step, "exec").is_some() => exec(step),
        None => run(root, step),
        Some("shell" | "command") if has_place(root, step) => None,
        Some("shell" | "command") => run(root, step).map(|conversion| Conversion { safety: Safety::Unsafe, ..conversion }),
        Some("redis") => redis(step),
        Some("sftp") => sftp(step),
        Some("postgres" | "sqlite") if given(step, "with").or(given(step, "config")).is_some_and(|with| with.get("import").is_some()) => {
            let action = format!("{}.import", kind?);
            named(step, action, &[])
        }
        Some(kind) => with_executor(step, kind),
    };
    conversion.filter(|conversion| conversion.action.is_none() || input(step).is_none_or(|with| with.entries().is_some()))
}

/// The step's older `with`, under either name.
fn input(step: &Node) -> Option<&Node> {
    given(step, "with").or_else(|| given(step, "config"))
}

/// Whether something other than the step's type says where its command runs.
fn has_place(root: &Node, step: &Node) -> bool {
    ["container", "ssh", "redis"].iter().any(|key| given(root, key).is_some()) || given(step, "container").is_some()
}

/// Gives each entry its role. `None` when one has none, or nothing says what the step does.
fn roles(step: &Node, role: impl Fn(&Entry) -> Option<Role>) -> Option<Vec<Role>> {
    let both = given(step, "with").is_some() && given(step, "config").is_some();
    if both {
        return None; // the engine rejects it
    }
    let entries = step.entries()?;
    entries
        .iter()
        .map(|entry| match entry.name() {
            name if !OLD.contains(&name) && name != "with" => Some(Role::Stays),
            _ if entry.value.is_null() => Some(Role::Goes),
            _ => role(entry),
        })
        .collect()
}

/// Whether it is open to whom a command is given: under a root `harness` the engine asks the
/// author, and does not load the DAG.
pub(super) fn is_unclear(root: &Node, step: &Node) -> bool {
    let has_command = ["command", "script"].iter().any(|key| given(step, key).is_some());
    // A key that is no more said what executes the command: it is no `run` beside that.
    if step.entry("executor").is_some() {
        return true;
    }
    has_command && kind(step).is_none() && given(root, "harness").is_some() && !has_place(root, step)
}

/// The same of a text in the place of a step.
pub(super) fn is_text_unclear(root: &Node) -> bool {
    given(root, "harness").is_some() && !["container", "ssh", "redis"].iter().any(|key| given(root, key).is_some())
}

/// A step with a command or a script of its own.
fn run(root: &Node, step: &Node) -> Option<Conversion> {
    if is_unclear(root, step) {
        return None;
    }
    let (command, script) = (given(step, "command"), given(step, "script"));
    let blank = |node: &Node| node.text().is_some_and(|text| text.trim().is_empty()) || node.items().is_some_and(<[_]>::is_empty);
    if command.or(script).is_none_or(blank) || script.is_some_and(blank) {
        return None;
    }
    let both = command.is_some() && script.is_some();
    let has_shell = ["shell", "shell_args", "shell_packages"].iter().any(|key| given(step, key).is_some());
    // What runs elsewhere knows no shell of a step's own: the command, which the script is fed to, would be gone.
    if both && (has_place(root, step) || has_shell || command?.text().is_none_or(|text| text.trim().contains('\n'))) {
        return None;
    }
    let is_safe = !both && given(step, "params").is_none() && given(step, "llm").is_none();
    let roles = roles(step, |entry| match entry.name() {
        "command" if both => Some(Role::Moves("shell", Form::Same)),
        "command" => Some(Role::Run(Form::Same)),
        "script" => Some(Role::Run(Form::Script)),
        "shell" => Some(Role::Moves("shell", Form::Same)),
        "shell_args" => Some(Role::Moves("shell_args", Form::Same)),
        "shell_packages" => Some(Role::Moves("shell_packages", Form::Same)),
        "params" | "llm" | "type" => Some(Role::Goes),
        _ => None,
    })?;
    Some(Conversion { action: None, roles, dropped_input: &[], safety: if is_safe { Safety::Safe } else { Safety::Unsafe } })
}

fn exec(step: &Node) -> Option<Conversion> {
    let exec = given(step, "exec")?.entries()?;
    let is_known = exec.iter().all(|entry| matches!(entry.name(), "command" | "args") && !entry.value.is_null());
    if !is_known || input(step).is_some() {
        return None;
    }
    let roles = roles(step, |entry| (entry.name() == "exec").then_some(Role::With))?;
    Some(Conversion { action: Some("exec".to_owned()), roles, dropped_input: &[], safety: Safety::Safe })
}

/// A step of which only `type` changes.
fn named(step: &Node, action: String, dropped_input: &'static [&'static str]) -> Option<Conversion> {
    let roles = roles(step, |entry| match entry.name() {
        "type" => Some(Role::Action),
        "with" | "config" => Some(Role::With),
        _ => None,
    })?;
    Some(Conversion { action: Some(action), roles, dropped_input, safety: Safety::Safe })
}

/// `redis`, whose operation stands in `with.command`.
fn redis(step: &Node) -> Option<Conversion> {
    let operation = input(step)?.get_some("command")?.string()?.trim();
    let is_word = !operation.is_empty() && operation.chars().all(|c| c.is_ascii_alphabetic());
    is_word.then(|| named(step, format!("redis.{}", operation.to_lowercase()), &["command"]))?
}

/// `sftp`, whose direction stands in `with`.
fn sftp(step: &Node) -> Option<Conversion> {
    let direction = match input(step).and_then(|with| with.get_some("direction")) {
        None => "upload",
        Some(direction) => direction.string().filter(|direction| matches!(*direction, "upload" | "download"))?,
    };
    named(step, format!("sftp.{direction}"), &["direction"])
}

/// A step of a type whose keys move under `with`.
fn with_executor(step: &Node, kind: &str) -> Option<Conversion> {
    let executor = executor::find(kind)?;
    let input = input(step);
    let is_chat = kind == "chat";
    let is_call = executor.needs == ["call"];
    if executor.needs.iter().any(|key| given(step, key).is_none()) || (is_chat && input.is_some() && given(step, "llm").is_some()) {
        return None;
    }
    let accepts = |key: &str| !is_call || (kind == "dag_enqueue" && key == "queue");
    if input.is_some_and(|with| with.entries().is_none_or(|entries| !entries.iter().all(|entry| accepts(entry.name())))) {
        return None;
    }
    if kind == "noop" && input.is_some_and(|with| with.entries().is_none_or(|entries| !entries.is_empty())) {
        return None;
    }
    let action = action_name(executor, kind, step)?;
    let roles = roles(step, |entry| match entry.name() {
        "type" => Some(Role::Action),
        "with" | "config" => Some(Role::With),
        "llm" if is_chat => entry.value.entries().map(|_| Role::With),
        "command" => moved(&entry.value, executor.command),
        "script" => moved(&entry.value, executor.script),
        name => executor.others.iter().find(|(old, _)| *old == name).map(|&(_, new)| Role::Moves(new, Form::Same)),
    })?;
    let mut names: Vec<&str> = roles.iter().flat_map(|role| role.inputs()).collect();
    names.sort_unstable();
    let is_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
    let is_taken = names.iter().any(|name| input.is_some_and(|with| with.get(name).is_some()));
    let is_script = given(step, "script").is_some();
    let safety = match kind {
        "postgres" | "sqlite" if is_script => Safety::Unsafe,
        _ => Safety::Safe,
    };
    (!is_twice && !is_taken).then_some(Conversion { action: Some(action), roles, dropped_input: &[], safety })
}

impl Role {
    /// The keys under `with` that it gives.
    fn inputs(&self) -> Vec<&'static str> {
        match self {
            Self::Moves(name, _) => vec![name],
            Self::Becomes(texts) => texts.iter().map(|(name, _)| *name).collect(),
            _ => Vec::new(),
        }
    }
}

fn action_name(executor: &Executor, kind: &str, step: &Node) -> Option<String> {
    let base = executor.action.replace("{}", kind);
    if !matches!(executor.command, Input::Operation) {
        return Some(base);
    }
    let name = format!("{base}.{}", given(step, "command")?.string()?.trim());
    action::find(&name).is_some_and(|action| action.name == name).then_some(name)
}

/// What becomes of `command` or `script`.
fn moved(value: &Node, input: Input) -> Option<Role> {
    match input {
        Input::None => None,
        Input::Operation => Some(Role::Goes),
        Input::Text(name, form) => {
            let is_file = name == "query" && form == Form::Script && value.text()?.trim().starts_with("file://");
            (value.string().is_some_and(|text| !text.trim().is_empty()) && !is_file).then_some(Role::Moves(name, form))
        }
        Input::TextOrList(name) => (value.string().is_some() || value.items().is_some()).then_some(Role::Moves(name, Form::Same)),
        Input::MethodAndUrl => {
            let text = value.string()?;
            let words: Vec<&str> = text.split_whitespace().collect();
            let [method, url] = words.as_slice() else { return None };
            let is_plain = !text.contains(['"', '\'', '\\', '`', '\n']);
            is_plain.then(|| Role::Becomes(vec![("method", (*method).to_owned()), ("url", (*url).to_owned())]))
        }
        Input::Json => {
            let text = value.string()?.trim();
            match text.strip_prefix("file://") {
                Some(path) if !path.contains('\n') => Some(Role::Becomes(vec![("input", path.to_owned())])),
                Some(_) => None,
                None => scalar::is_json(text).then_some(Role::Moves("data", Form::Same)),
            }
        }
    }
}
