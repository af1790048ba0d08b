use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::credential;
use crate::workflow::Command;
use crate::workflow::reference::{self, Reference, Target};
use crate::workflow::visibility::Visible;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(super) static RULE: Rule = Rule {
    name: "credential-in-container-command",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A credential is pasted into the command of a container.",
    why: "References with a dot, such as `${env.TOKEN}`, are replaced in the text before the command starts. In a container the value is then a part of its command line: `docker inspect` shows it for as long as the container is there, and `ps` to everybody on the machine. So does the engine with `$TOKEN` in single quotes, where it takes a command apart into words: without `container.shell`, in the root container, and in a list of commands. As a variable of the container the command can read it by itself.",
    grounds: "Measured on the engine, and the same in `dagu-rs run`: the process in the container has the value among its arguments. For names in single quotes the engine alone: `sh -c 'echo $TOKEN'` in a container without `shell` prints the value of the DAG's `TOKEN`.",
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
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| context.workflow.container_of(step).is_some()) {
        let commands = step.commands().unwrap_or_default();
        let pasted: Vec<(&Command, Pasted)> =
            commands.iter().flat_map(|command| pasted(&command.text).into_iter().map(move |pasted| (command, pasted))).collect();
        if pasted.is_empty() {
            continue;
        }
        let named: HashSet<&str> = pasted.iter().map(|(_, pasted)| pasted.name.as_str()).collect();
        let seen = context.sight().of_those(step, &|name| named.contains(name));
        let mut credentials: HashMap<&str, &Visible> = HashMap::new();
        for visible in seen.iter().filter(|visible| visible.credential) {
            credentials.entry(&visible.name).or_insert(visible);
        }
        for (command, Pasted { name, range, in_quotes }) in &pasted {
            let Some(visible) = credentials.get(name.as_str()) else { continue };
            if *in_quotes && !visible.engine.of_value().text {
                continue;
            }
            let (message, help) = if *in_quotes {
                (
                    format!("the engine writes the value of `{name}` into the container's command line, in spite of the quotes: `docker inspect` and `ps` show it there"),
                    format!("pass `{name}` in the container's `env`; the quotes hold with `shell: [/bin/sh, -c]` for one command in a container of the step's own"),
                )
            } else {
                (
                    format!("the value of `{name}` becomes a part of the container's command line, where `docker inspect` and `ps` show it"),
                    format!("pass `{name}` in the container's `env`, and let the command read the variable"),
                )
            };
            let finding = sink.finding(context.span_in(&command.node, range.clone()), message).help(help);
            sink.push(match visible.span {
                Some(span) => finding.related(span, "it comes from here"),
                None => finding,
            });
        }
    }
}

/// A name whose value may be written into the text of a command.
struct Pasted {
    name: String,
    range: Range<usize>,
    /// By the engine, in spite of single quotes around it.
    in_quotes: bool,
}

/// References with a dot, and variables in single quotes.
fn pasted(text: &str) -> Vec<Pasted> {
    let pasted = |found: Reference| {
        let in_quotes = found.quoted && matches!(found.target, Target::Variable { .. });
        let name = match &found.target {
            Target::Variable { name, .. } if in_quotes => name,
            _ => credential::named_by(&found).filter(|_| text.get(found.range.clone()).is_some_and(|written| written.contains('.')))?,
        };
        Some(Pasted { name: name.to_owned(), range: found.range.clone(), in_quotes })
    };
    reference::find(text).into_iter().filter_map(pasted).collect()
}
