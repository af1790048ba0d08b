use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::credential;
use crate::syntax::NodeRef;
use crate::workflow::reference::{self, Reference, Target};
use crate::workflow::visibility::{Visible, has_commands, is_command_started, is_read_by_word};
use crate::workflow::{Container, Place, Step};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(super) static RULE: Rule = Rule {
    name: "credential-in-container-command",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A credential is pasted into the command of a container.",
    why: "References with a dot, such as `${env.TOKEN}`, are replaced in the text before the command starts, and in `container.command` and `container.shell` so is `${TOKEN}`. The value is then a part of the container's command line: `docker inspect` shows it for as long as the container is there, and `ps` to everybody on the machine. The engine does the same with `$TOKEN` in the commands of a step in a container, where `dagu-rs run` hands it over as a variable: bare and in double quotes, and in single quotes too where it takes a command apart into words, that is without `container.shell`, in the root container, and in a list of commands. As a variable of the container the program can read it by itself.",
    grounds: "Measured on the engine, and for references with a dot and fields of the container the same in `dagu-rs run`: the process in the container has the value among its arguments. For variables in commands the engine alone: with `shell: [/bin/sh, -c]` and `run: sleep 3; true \"${TOKEN}\"` the list of processes shows `sleep 3; true \"VALUE\"`, in a step's own container and in the root's, for values of `secrets`, of the DAG's `env`, of the step's and of the container's; `sh -c 'echo $TOKEN'` in a container without `shell` prints the value of the DAG's `TOKEN`. A step's container starts `command` when the step has no command of its own, or with `startup: command` several; the root container starts it with `startup: command`.",
    bad: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: API_TOKEN\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: fetch --token ${env.API_TOKEN}\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/fetch:1\n",
    good: "secrets:\n\
        \x20 - name: API_TOKEN\n\
        \x20   provider: env\n\
        \x20   key: API_TOKEN\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: fetch --token-from-env API_TOKEN\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/fetch:1\n\
        \x20     env:\n\
        \x20       - API_TOKEN=${env.API_TOKEN}\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.contained().filter(|step| context.workflow.container_of(step).is_some()) {
        let commands = step.commands().unwrap_or_default().iter();
        let is_read_by_word = is_read_by_word(context.workflow, step);
        let pasted = commands.flat_map(|command| pasted(&command.text, &command.node, Some(is_read_by_word))).collect();
        report(context, sink, step, pasted);
        if let Some(container) = step.container.as_deref().filter(|_| step.place == Place::OwnContainer) {
            report(context, sink, step, in_fields(container, is_command_started(step, container), has_commands(step)));
        }
    }
    let root = context.root().and(context.workflow.container.as_ref());
    if let Some(container) = root {
        let inside = || context.workflow.every_step().filter(|step| step.place == Place::RootContainer);
        if let Some(step) = inside().find(|step| has_commands(step)).or_else(|| inside().next()) {
            let is_started = container.startup == "command" && container.attach().is_none();
            report(context, sink, step, in_fields(container, is_started, has_commands(step)));
        }
    }
}

/// What stands in the command that a container starts, and in the shell of its commands.
fn in_fields(container: &Container, is_started: bool, has_shell: bool) -> Vec<Pasted<'_>> {
    let fields = [("command", is_started), ("shell", has_shell)].into_iter().filter(|(_, is_used)| *is_used);
    let nodes = fields.filter_map(|(field, _)| container.node.get_some(field));
    let words = nodes.flat_map(|node| node.items().unwrap_or(std::slice::from_ref(node)));
    words.filter_map(|word| Some(pasted(word.text()?, word, None))).flatten().collect()
}

fn report(context: &Context<'_>, sink: &mut Sink, step: &Step, pasted: Vec<Pasted<'_>>) {
    if pasted.is_empty() {
        return;
    }
    let names: HashSet<&str> = pasted.iter().map(|pasted| pasted.name.as_str()).collect();
    let seen = context.sight().of_those(step, &|name| names.contains(name));
    let mut credentials: HashMap<&str, &Visible> = HashMap::new();
    let is_written = |visible: &&Visible| visible.contract.of_value().text || visible.engine.of_value().text;
    for visible in seen.iter().filter(|visible| visible.credential).filter(is_written) {
        credentials.entry(&visible.name).or_insert(visible);
    }
    for Pasted { name, node, range, form } in &pasted {
        let Some(visible) = credentials.get(name.as_str()) else { continue };
        let by_engine = visible.engine.of_value().text;
        let (who, how) = match form {
            Form::Filled if by_engine && visible.contract.of_value().text => (None, ""),
            Form::Filled if by_engine => (Some("the engine"), ""),
            Form::Filled => (Some("`dagu-rs run`"), ""),
            Form::Variable | Form::Quoted if !by_engine => continue,
            Form::Variable => (Some("the engine"), "; `dagu-rs run` hands it over as a variable"),
            Form::Quoted => (Some("the engine"), ", in spite of the quotes; `dagu-rs run` hands it over as a variable"),
        };
        let message = match who {
            None => format!("the value of `{name}` becomes a part of the container's command line, where `docker inspect` and `ps` show it"),
            Some(who) => {
                format!("{who} writes the value of `{name}` into the container's command line, where `docker inspect` and `ps` show it{how}")
            }
        };
        let help = match form {
            Form::Filled => format!("pass `{name}` in the container's `env`, and let the command read the variable"),
            Form::Variable | Form::Quoted => format!(
                "pass `{name}` in the container's `env`, and let the program read the variable by itself; single quotes around the name hold with `shell: [/bin/sh, -c]` for one command in a container of the step's own"
            ),
        };
        let finding = sink.finding(context.span_in(node, range.clone()), message).help(help);
        sink.push(match visible.span {
            Some(span) => finding.related(span, "it comes from here"),
            None => finding,
        });
    }
}

/// A name whose value may be written into a command line.
struct Pasted<'a> {
    name: String,
    node: &'a NodeRef,
    range: Range<usize>,
    form: Form,
}

/// How a name is written, which decides who replaces it.
enum Form {
    /// With a dot, or in a field of the container.
    Filled,
    /// As a variable in a command.
    Variable,
    /// The same in single quotes.
    Quoted,
}

/// The references of a text. `is_read_by_word`: of a command, whether the engine takes it apart, which
/// ends single quotes.
fn pasted<'a>(text: &str, node: &'a NodeRef, is_read_by_word: Option<bool>) -> Vec<Pasted<'a>> {
    let pasted = |found: Reference| {
        let is_dotted = !matches!(found.target, Target::Variable { .. });
        let (name, form) = match &found.target {
            Target::Variable { name, .. } if found.quoted => (is_read_by_word == Some(true)).then_some((name.as_str(), Form::Quoted))?,
            _ if is_dotted || is_read_by_word.is_none() => (credential::named_by(&found)?, Form::Filled),
            _ => (credential::named_by(&found)?, Form::Variable),
        };
        Some(Pasted { name: name.to_owned(), node, range: found.range.clone(), form })
    };
    reference::find(text).into_iter().filter_map(pasted).collect()
}
