//! Who puts a value in the place of a reference: Dagu, a shell, or nobody.
//!
//! Measured on the engine for each kind of field; by the contract it is what `dagu-rs run` does.

use std::ops::Range;

use crate::workflow::mention::{INHERITED_FIELDS, LITERAL_STEP_FIELDS, SETTINGS};
use crate::workflow::reference::Target;
use crate::workflow::set_by_run::is_inherited;
use crate::workflow::visibility::{self, Semantics};
use crate::workflow::{Action, Command, Place, Step, Workflow};

/// Who expands a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expander {
    /// Dagu, with the values of the DAG.
    Dagu,
    /// Dagu, with the values of the DAG and those of its own environment.
    DaguWithProcess,
    /// Dagu, with the values of its own environment alone.
    Process,
    /// The shell of a step on the host.
    HostShell(String),
    /// The shell of a step in a container.
    ContainerShell(String),
    /// The shell of the machine at the other end of SSH.
    RemoteShell,
    /// Nobody: it stays as it is written.
    Nobody(Why),
}

/// Why a reference stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// In this field none is replaced.
    Field,
    /// The default of a parameter is a literal text.
    Default,
    /// Constants are made of other constants alone.
    Constant,
    /// The field of a Go template, which has a syntax of its own.
    Template,
    /// A backslash stands before it.
    Escaped,
    /// It stands in single quotes.
    Quoted,
    /// It stands in a comment of the shell.
    Comment,
    /// It stands in a here-document whose end is quoted.
    HereDocument,
    /// No shell reads the text, and the DAG has no value of the name.
    NoShell,
    /// This program reads the text, and it is no shell.
    Program(String),
    /// The DAG has no value of the name.
    Unknown,
}

impl Expander {
    /// Whether a value gets there.
    pub fn is_somebody(&self) -> bool {
        !matches!(self, Self::Nobody(_))
    }

    /// The answer in words.
    pub fn words(&self) -> String {
        match self {
            Self::Dagu => "Dagu, with the values of the DAG".to_owned(),
            Self::DaguWithProcess => "Dagu, with the values of the DAG and of its own environment".to_owned(),
            Self::Process => "Dagu, with the values of its own environment, and of none of the DAG's `env`".to_owned(),
            Self::HostShell(shell) => format!("the host's shell (`{shell}`), with the variables of the step's process"),
            Self::ContainerShell(shell) => format!("the container's shell (`{shell}`), with the variables there"),
            Self::RemoteShell => "the shell of the other machine, with the variables there".to_owned(),
            Self::Nobody(why) => format!("nobody: {}", why.words()),
        }
    }
}

impl Why {
    fn words(&self) -> String {
        let why = match self {
            Self::Field => "this field is taken as it is written",
            Self::Default => "a default is taken as it is written; `eval` is not",
            Self::Constant => "a constant can refer only to constants before it",
            Self::Template => "the template is taken as it is written; hand it values in `data`",
            Self::Escaped => "the backslash before it makes it text",
            Self::Quoted => "the single quotes around it make it text",
            Self::Comment => "it stands in a comment of the shell",
            Self::HereDocument => "it stands in a here-document whose end word is quoted",
            Self::NoShell => "the DAG has no value of this name, and no shell reads the text",
            Self::Program(program) => return format!("`{program}` reads the text, which is no shell"),
            Self::Unknown => "the DAG has no value of this name here",
        };
        why.to_owned()
    }
}

/// A reference in a field.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// The document.
    pub workflow: &'a Workflow,
    /// The step that holds it.
    pub step: Option<&'a Step>,
    /// The keys that lead to it, from the step or from the root.
    pub keys: &'a [&'a str],
    /// The text.
    pub text: &'a str,
    /// Its place there.
    pub range: Range<usize>,
    /// What it names.
    pub target: &'a Target,
    /// Whether single quotes shield it for Dagu, as [`super::reference::Reference::quoted`].
    pub quoted: bool,
    /// Whether a backslash stands before it.
    pub escaped: bool,
    /// Whether the DAG has a value for it here.
    pub known: bool,
}

/// How a field treats references.
enum Field {
    Literal(Why),
    /// As most: Dagu replaces them.
    Replaced,
    /// The same, where the environment of the process is asked as well.
    WithProcess,
    /// The same in `dagu-rs run` alone.
    ContainerEnv,
    ParamEval,
    Constant,
    Condition,
    Run,
    DockerCommand,
}

/// Who expands the reference in a run by these semantics; `None` in a field of which that is not known.
pub fn of(written: &Written<'_>, semantics: Semantics) -> Option<Expander> {
    Some(in_field(field(written)?, written, semantics))
}

fn in_field(field: Field, written: &Written<'_>, semantics: Semantics) -> Expander {
    if let Field::Literal(why) = field {
        return Expander::Nobody(why);
    }
    if written.escaped {
        return Expander::Nobody(Why::Escaped);
    }
    let is_variable = matches!(written.target, Target::Variable { .. });
    if !is_variable {
        let is_constant = matches!(written.target, Target::Value { namespace, .. } if namespace == "consts");
        let is_of_process = matches!(written.target, Target::Value { namespace, path } if namespace == "env" && is_inherited(path));
        return match field {
            Field::ParamEval if matches!(written.target, Target::Value { namespace, .. } if namespace == "env") => Expander::Process,
            Field::Constant if !is_constant => Expander::Nobody(Why::Constant),
            // A dotted name that the DAG does not know may be the shell's, which refuses it.
            _ if written.known => Expander::Dagu,
            Field::ContainerEnv if semantics == Semantics::Contract => Expander::DaguWithProcess,
            Field::WithProcess => Expander::DaguWithProcess,
            _ if is_of_process => Expander::DaguWithProcess,
            _ => Expander::Nobody(Why::Unknown),
        };
    }
    let dagu = |otherwise: Expander| if written.known && !written.quoted { Expander::Dagu } else { otherwise };
    match field {
        Field::Literal(why) => Expander::Nobody(why),
        Field::Constant => Expander::Nobody(Why::Constant),
        Field::Run => in_run(written, semantics),
        Field::DockerCommand => in_docker_run(written),
        Field::Condition => dagu(shell(written, Expander::HostShell("sh".to_owned()))),
        _ if written.quoted => Expander::Nobody(Why::Quoted),
        Field::ParamEval => Expander::Process,
        Field::WithProcess => Expander::DaguWithProcess,
        Field::ContainerEnv if semantics == Semantics::Contract && !written.known => Expander::DaguWithProcess,
        Field::Replaced | Field::ContainerEnv => dagu(Expander::Nobody(Why::Unknown)),
    }
}

/// Root fields of which nothing is replaced.
const LITERAL_ROOT_FIELDS: &[&str] = &["name", "description", "type", "schedule", "secrets"];

fn field(written: &Written<'_>) -> Option<Field> {
    let Written { step, keys, .. } = written;
    let last = keys.last().copied().unwrap_or_default();
    let Some(step) = step else {
        return Some(match keys.first().copied().unwrap_or_default() {
            "env" | "dotenv" | "working_dir" | "shell" | "shell_args" => Field::WithProcess,
            "params" if last == "eval" => Field::ParamEval,
            "params" => Field::Literal(Why::Default),
            "consts" => Field::Constant,
            "preconditions" => condition(written),
            "container" => in_container(keys.get(1..).unwrap_or_default()),
            "defaults" if keys.get(1) == Some(&"preconditions") => condition(written),
            field if LITERAL_ROOT_FIELDS.contains(&field) => Field::Literal(Why::Field),
            // Some are filled in at once, some when a step uses them.
            field if INHERITED_FIELDS.contains(&field) || SETTINGS.contains(&field) => Field::Replaced,
            _ => return None,
        });
    };
    Some(match keys.first().copied().unwrap_or_default() {
        "" | "run" | "script" if step.commands().is_some() => Field::Run,
        "command" if step.commands().is_some() => Field::Run,
        "working_dir" => Field::WithProcess,
        "preconditions" | "repeat_policy" => condition(written),
        "container" => in_container(keys.get(1..).unwrap_or_default()),
        "with" if is_action(step, "exec") => Field::WithProcess,
        "with" if is_action(step, "template.render") && last == "template" => Field::Literal(Why::Template),
        "with" if last == "command" && matches!(step.action, Action::DockerRun(_)) => Field::DockerCommand,
        "inputs" | "outputs" => return None,
        field if LITERAL_STEP_FIELDS.contains(&field) => Field::Literal(Why::Field),
        _ => Field::Replaced,
    })
}

fn is_action(step: &Step, name: &str) -> bool {
    matches!(&step.action, Action::Other(action) if action.value.trim() == name)
}

/// With `expected` the text is a value, else a command for the host's shell.
fn condition(written: &Written<'_>) -> Field {
    let is_value = match written.step {
        Some(step) => has_expected(step.node.get(written.keys.first().copied().unwrap_or_default()), written.text),
        None => has_expected(written.workflow.node.get("preconditions"), written.text),
    };
    if is_value || !matches!(written.keys.last().copied(), None | Some("preconditions" | "condition" | "eval")) {
        Field::Replaced
    } else {
        Field::Condition
    }
}

/// Whether a condition with this text is held against an expected value.
fn has_expected(conditions: Option<&crate::syntax::NodeRef>, text: &str) -> bool {
    let Some(conditions) = conditions else { return false };
    let items = conditions.items().unwrap_or(std::slice::from_ref(conditions));
    let is_it = |item: &&crate::syntax::NodeRef| item.get("condition").and_then(|condition| condition.text()) == Some(text);
    items.iter().find(is_it).is_some_and(|item| item.get_some("expected").is_some())
}

/// Fields of a container: `platform` and the health check are taken as they are.
fn in_container(keys: &[&str]) -> Field {
    match keys.first().copied().unwrap_or_default() {
        "platform" | "healthcheck" | "pull_policy" | "startup" | "wait_for" | "log_pattern" | "restart_policy" | "keep_container" => {
            Field::Literal(Why::Field)
        }
        "env" => Field::ContainerEnv,
        "volumes" => Field::WithProcess,
        _ => Field::Replaced,
    }
}

fn in_run(written: &Written<'_>, semantics: Semantics) -> Expander {
    let Some(step) = written.step else { return Expander::Nobody(Why::Unknown) };
    let command = step.commands().unwrap_or_default().iter().find(|command| command.text == written.text);
    match step.place {
        Place::Host => on_host(written, step, command),
        Place::Ssh if written.known && !written.quoted => Expander::Dagu,
        Place::Ssh => shell(written, Expander::RemoteShell),
        Place::DockerRun | Place::RootContainer | Place::OwnContainer => in_container_run(written, step, command, semantics),
    }
}

fn on_host(written: &Written<'_>, step: &Step, command: Option<&Command>) -> Expander {
    let chosen = step.shell.as_ref().or(written.workflow.shell.as_ref()).filter(|words| !words.is_empty());
    let program = chosen.and_then(|words| words.first()).map_or("sh", String::as_str);
    if program == "direct" {
        return Expander::DaguWithProcess;
    }
    let interpreter = command.filter(|command| command.script && step.shell.is_none()).and_then(|command| shebang(&command.text));
    by_program(written, interpreter.unwrap_or(program), Expander::HostShell)
}

fn in_container_run(written: &Written<'_>, step: &Step, command: Option<&Command>, semantics: Semantics) -> Expander {
    let words = written.workflow.container_of(step).map(|container| container.shell.as_slice()).unwrap_or_default();
    let interpreter = command.filter(|command| command.script).and_then(|command| shebang(&command.text));
    match (semantics, words.first()) {
        (Semantics::Contract, program) => {
            by_program(written, interpreter.or(program.map(String::as_str)).unwrap_or("/bin/sh"), Expander::ContainerShell)
        }
        // Taken apart into words, quotes around a whole word are gone before names are replaced.
        (Semantics::Engine, None) if written.known => Expander::Dagu,
        (Semantics::Engine, None) => Expander::Nobody(Why::NoShell),
        (Semantics::Engine, Some(program)) => {
            let is_quoted = written.quoted && !visibility::is_read_by_word(written.workflow, step);
            if written.known && !is_quoted { Expander::Dagu } else { by_program(written, program, Expander::ContainerShell) }
        }
    }
}

/// The command of `docker.run`, which is read by a shell only where `with` names one.
fn in_docker_run(written: &Written<'_>) -> Expander {
    let with = match written.step.map(|step| &step.action) {
        Some(Action::DockerRun(Some(with))) => Some(with),
        _ => None,
    };
    let program = with.and_then(|with| with.get_some("shell")).and_then(|shell| match shell.items() {
        Some(items) => items.first()?.text(),
        None => shell.text()?.split_whitespace().next(),
    });
    match program {
        _ if written.known && !written.quoted => Expander::Dagu,
        None if written.known => Expander::Dagu,
        None => Expander::Nobody(Why::NoShell),
        Some(program) => by_program(written, program, Expander::ContainerShell),
    }
}

fn by_program(written: &Written<'_>, program: &str, by: impl Fn(String) -> Expander) -> Expander {
    const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ash", "ksh", "fish", "nix-shell"];
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    if SHELLS.contains(&name) {
        shell(written, by(program.to_owned()))
    } else if program.contains('$') {
        by(program.to_owned())
    } else {
        Expander::Nobody(Why::Program(program.to_owned()))
    }
}

/// The program that the first line of a script names.
pub fn shebang(text: &str) -> Option<&str> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    line.split_whitespace().find(|word| !word.ends_with("/env") && !word.starts_with('-'))
}

/// The shell, unless it takes the reference for text.
fn shell(written: &Written<'_>, shell: Expander) -> Expander {
    match shielded(written.text, written.range.start) {
        Some(why) => Expander::Nobody(why),
        None => shell,
    }
}

/// What a part of a shell text is within.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Double,
    Substitution,
}

/// Why a shell takes what stands at a byte of its text for text, if it does. What it does not know it
/// takes for words, as [`super::shell`].
fn shielded(text: &str, at: usize) -> Option<Why> {
    let bytes = text.as_bytes();
    let mut open = vec![Within::Nothing];
    let mut heredocs: Vec<(String, bool)> = Vec::new();
    let mut place = 0;
    while place < at {
        let (byte, within) = (bytes.get(place).copied()?, open.last().copied().unwrap_or(Within::Nothing));
        match byte {
            b'\\' => place += 1,
            b'"' if within == Within::Double => drop(open.pop()),
            b'"' => open.push(Within::Double),
            b'\'' if within != Within::Double => {
                let end = text.get(place + 1..)?.find('\'').map_or(text.len(), |length| place + 1 + length);
                if at <= end {
                    return Some(Why::Quoted);
                }
                place = end;
            }
            b'$' if bytes.get(place + 1) == Some(&b'(') => {
                open.push(Within::Substitution);
                place += 1;
            }
            b')' if within == Within::Substitution => drop(open.pop()),
            b'#' if within != Within::Double && is_word_start(bytes, place) => {
                let end = text.get(place..)?.find('\n').map_or(text.len(), |length| place + length);
                if at < end {
                    return Some(Why::Comment);
                }
                place = end - 1;
            }
            b'<' if within != Within::Double && text.get(place..)?.starts_with("<<") && bytes.get(place + 2) != Some(&b'<') => {
                let word = text.get(place + 2..)?.trim_start_matches('-').trim_start_matches([' ', '\t']);
                let word = word.split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '>' | ')')).next().unwrap_or_default();
                let end = word.replace(['"', '\'', '\\'], "");
                heredocs.push((end, word.contains(['"', '\'', '\\'])));
                place = text.get(place..)?.find(word).map_or(place + 1, |length| place + length + word.len()).max(place + 2) - 1;
            }
            b'<' if text.get(place..)?.starts_with("<<<") => place += 2,
            b'\n' => {
                for (end, is_quoted) in std::mem::take(&mut heredocs) {
                    let body = place + 1;
                    let length: usize = text.get(body..)?.split_inclusive('\n').take_while(|line| line.trim() != end).map(str::len).sum();
                    if (body..body + length).contains(&at) {
                        return is_quoted.then_some(Why::HereDocument);
                    }
                    let line = text.get(body + length..)?.split_inclusive('\n').next().map_or(0, str::len);
                    place = (body + length + line).max(place + 1) - 1;
                }
            }
            _ => {}
        }
        place += 1;
    }
    None
}

fn is_word_start(bytes: &[u8], place: usize) -> bool {
    place
        .checked_sub(1)
        .and_then(|before| bytes.get(before))
        .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'(' | b'|' | b'&'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_takes_for_text() {
        for (text, expected) in [
            ("echo @", None),
            ("echo '@'", Some(Why::Quoted)),
            ("echo 'a' @ 'b'", None),
            ("echo \"it's @\"", None),
            ("echo \"$(echo '@')\"", Some(Why::Quoted)),
            ("echo \"$(echo 'x')\" @", None),
            ("echo \"$(echo \"it's @\")\"", None),
            ("echo \\' @", None),
            ("# don't\necho @ # it's", None),
            ("echo x # @", Some(Why::Comment)),
            ("echo x#@", None),
            ("cat <<EOF\nit's @\nEOF\n", None),
            ("cat <<'EOF'\nit's @\nEOF\n", Some(Why::HereDocument)),
            ("cat <<-\"EOF\" | x\n\t@\n\tEOF\necho", Some(Why::HereDocument)),
            ("cat <<'EOF'\nit's\nEOF\necho @", None),
            ("cat <<'EOF'\nit's @", Some(Why::HereDocument)),
            ("cat <<< 'x' @", None),
            ("echo $(( 1 << 2 )) @", None),
            ("'", Some(Why::Quoted)),
            ("<<", None),
        ] {
            assert_eq!(shielded(text, text.find('@').unwrap_or(text.len())), expected, "{text}");
        }
    }
}
