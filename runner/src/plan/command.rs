//! The commands of a `run` step.

use dagu_schema::workflow::command::split;
use dagu_schema::workflow::reference::{Policy, expand};
use dagu_schema::workflow::visibility::Semantics;
use dagu_schema::workflow::{Command as Written, Step, Workflow};

use crate::plan::Placed;
use crate::values::Values;

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Executed as it is.
    Words(Vec<String>),
    /// Arguments of the image's entrypoint; executed as it is in a container that runs.
    Arguments(Vec<String>),
    /// Read by a shell.
    Shell {
        /// The shell and its arguments, up to and with the one before the text.
        shell: Vec<String>,
        /// The text.
        text: String,
        /// What is executed in an image that has no `/bin/sh`; `None` where the author chose the
        /// shell.
        words: Option<Vec<String>>,
    },
    /// A file that an interpreter runs.
    Script {
        /// The interpreter and its arguments before the file.
        interpreter: Vec<String>,
        /// The file's content.
        text: String,
    },
}

/// Commands of a step on the host.
pub(super) fn on_host(workflow: &Workflow, step: &Step, commands: &[Written], values: &Values) -> Result<Vec<Command>, String> {
    let chosen = step.shell.as_ref().or(workflow.shell.as_ref()).filter(|words| !words.is_empty());
    let variable = |name: &str| values.process.get(name).filter(|value| !value.trim().is_empty()).cloned();
    let shell = match chosen {
        Some(words) => words.iter().map(|word| expand(word, &values.with_process(), Policy::FIELD).text).collect(),
        None => vec![variable("DAGU_DEFAULT_SHELL").or_else(|| variable("SHELL")).unwrap_or_else(|| "sh".to_owned())],
    };
    let commands = commands.iter().map(|command| {
        let text = expand(&command.text, values, Policy::SHELL).text;
        if let [word] = shell.as_slice()
            && word == "direct"
        {
            return Command::Words(
                split(&command.text).iter().map(|word| expand(word, &values.with_process(), Policy::FIELD).text).collect(),
            );
        }
        if command.script {
            let interpreter = shebang(&text).filter(|_| step.shell.is_none()).unwrap_or_else(|| strict(&shell, step.shell.is_none()));
            return Command::Script { interpreter, text };
        }
        Command::Shell { shell: with_command_flag(strict(&shell, step.shell.is_none())), text, words: None }
    });
    Ok(commands.collect())
}

/// Without a shell chosen by the step, a failing command ends the text: `-e` for the shells that
/// know it.
fn strict(shell: &[String], add: bool) -> Vec<String> {
    let mut words = shell.to_vec();
    let name = words.first().map(|program| program.rsplit('/').next().unwrap_or_default().to_owned()).unwrap_or_default();
    if add && matches!(name.as_str(), "sh" | "bash" | "dash" | "zsh" | "ash" | "ksh") && !words.iter().any(|word| word == "-e") {
        words.insert(1, "-e".to_owned());
    }
    words
}

/// Commands of a step in a container, for a shell in which references are replaced already.
pub(super) fn in_container(place: &Placed, shell: Vec<String>, commands: &[Written], values: &Values) -> Result<Vec<Command>, String> {
    if values.semantics == Semantics::Engine {
        return of_engine(place, &shell, commands, values, true);
    }
    let commands = commands.iter().map(|command| {
        let text = expand(&command.text, values, Policy::SHELL).text;
        if let Some(interpreter) = shebang(&text).filter(|_| command.script) {
            return Command::Script { interpreter, text };
        }
        if !shell.is_empty() {
            return Command::Shell { shell: with_command_flag(shell.clone()), text, words: None };
        }
        let words = split(&command.text).iter().map(|word| expand(word, values, Policy::FIELD).text).collect();
        Command::Shell { shell: vec!["/bin/sh".to_owned(), "-c".to_owned()], text, words: Some(words) }
    });
    Ok(commands.collect())
}

/// The words of a container's `shell`.
pub(super) fn shell_words(shell: &[String], values: &Values) -> Vec<String> {
    shell.iter().map(|word| expand(word, values, Policy::FIELD).text).collect()
}

/// Commands of `docker.run`, of which the pages promise no shell.
pub(super) fn of_docker_run(place: &Placed, shell: &[String], commands: &[Written], values: &Values) -> Result<Vec<Command>, String> {
    of_engine(place, shell, commands, values, values.semantics == Semantics::Engine)
}

/// Commands of a step in a container, as the engine executes them: without `container.shell` as
/// words that no shell reads, and with one as a text in which it has replaced every name that it
/// knows. `departs`: also where it does otherwise than its pages lead to expect.
fn of_engine(place: &Placed, shell: &[String], commands: &[Written], values: &Values, departs: bool) -> Result<Vec<Command>, String> {
    if commands.iter().any(|command| command.script) {
        return Err("the engine does not load a DAG with a command of several lines in a container".to_owned());
    }
    if let (Placed::Attached(attached), [_, _, ..]) = (place, commands)
        && attached.is_steps_own
        && departs
    {
        return Err(format!("container already exists: the engine starts one for a list of commands, and `{}` is there", attached.target));
    }
    let words = |text: &str, policy| -> Vec<String> { split(text).iter().map(|word| expand(word, values, policy).text).collect() };
    let commands = commands.iter().map(|command| {
        if shell.is_empty() {
            return Command::Arguments(words(&command.text, Policy::FIELD));
        }
        let shell = with_command_flag(shell.to_vec());
        let own = match place {
            Placed::Own(_) => commands.len() == 1,
            Placed::Attached(attached) => attached.is_steps_own,
            Placed::Host(_) | Placed::Root => false,
        } || !departs;
        // Elsewhere the words are joined again, without the quotes that they had. Backslashes are the shell's.
        let policy = Policy::ENGINE_SHELL;
        let text = if own { expand(&command.text, values, policy).text } else { words(&command.text, policy).join(" ") };
        match place {
            Placed::Attached(attached) if attached.is_steps_own && departs => {
                let again = [shell.as_slice(), &[text]].concat().join(" ");
                Command::Arguments([shell.as_slice(), &[again]].concat())
            }
            _ => Command::Arguments([shell.as_slice(), &[text]].concat()),
        }
    });
    Ok(commands.collect())
}

/// The words of a harness in a container that it is attached to, where the engine lets the
/// container's shell read them again.
pub(super) fn read_again(shell: &[String], argv: &[String], values: &Values) -> Vec<String> {
    [with_command_flag(shell_words(shell, values)), vec![argv.join(" ")]].concat()
}

/// Words of a container's `command`.
pub(super) fn words_of(words: &[String], values: &Values) -> Command {
    Command::Words(words.iter().map(|word| expand(word, values, Policy::FIELD).text).collect())
}

/// The interpreter that the first line of a script names: as the kernel reads it, all after the
/// first word is one argument.
fn shebang(text: &str) -> Option<Vec<String>> {
    let line = text.lines().next()?.strip_prefix("#!")?.trim();
    let (program, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if program.is_empty() {
        return None;
    }
    let argument = Some(argument.trim()).filter(|argument| !argument.is_empty());
    Some([program].into_iter().chain(argument).map(str::to_owned).collect())
}

/// The shell with the flag after which it takes a text, unless that is among its words already.
fn with_command_flag(mut shell: Vec<String>) -> Vec<String> {
    let name = shell.first().map(|program| program.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase()).unwrap_or_default();
    let flag = match name.trim_end_matches(".exe") {
        "powershell" | "pwsh" => "-Command",
        "cmd" => "/c",
        "nix-shell" => "--run",
        _ => "-c",
    };
    let given = shell.iter().skip(1).any(|word| word.eq_ignore_ascii_case(flag) || (flag == "-c" && is_short_flags_with_c(word)));
    if !given {
        shell.push(flag.to_owned());
    }
    shell
}

/// `-ec`, `-lc`: short flags of which the last takes the text.
fn is_short_flags_with_c(word: &str) -> bool {
    word.len() > 2
        && word.starts_with('-')
        && !word.starts_with("--")
        && word.ends_with('c')
        && word[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_shells() {
        let flagged = |words: &[&str]| with_command_flag(words.iter().map(|word| (*word).to_owned()).collect()).join(" ");
        assert_eq!(flagged(&["/bin/sh"]), "/bin/sh -c");
        assert_eq!(flagged(&["bash", "-e", "-c"]), "bash -e -c");
        assert_eq!(flagged(&["bash", "-lc"]), "bash -lc");
        assert_eq!(flagged(&["pwsh"]), "pwsh -Command");
        assert_eq!(shebang("#!/usr/bin/env python3\n").unwrap(), ["/usr/bin/env", "python3"]);
        assert_eq!(shebang("echo"), None);
    }
}
