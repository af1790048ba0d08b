use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::credential;
use crate::workflow::reference::{self, Target};
use crate::workflow::visibility::Sight;
use std::cell::LazyCell;
use std::collections::HashSet;
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
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let sight = LazyCell::new(|| Sight::new(context.workflow, &context.facts.dotenv));
    for step in context.steps().filter(|step| context.workflow.container_of(step).is_some()) {
        let commands = step.commands().unwrap_or_default();
        let texts: Vec<_> = commands.iter().filter(|command| command.text.contains('$')).collect();
        if texts.is_empty() {
            continue;
        }
        let named: HashSet<String> = texts.iter().flat_map(|command| reference::find(&command.text)).map(|reference| name(reference.target)).collect();
        let seen = sight.of_those(step, &|name| named.contains(name));
        for command in texts {
            let dotted = |range: &Range<usize>| command.text.get(range.clone()).is_some_and(|written| written.contains('.'));
            for reference in reference::find(&command.text) {
                let Target::Variable { name, .. } = &reference.target else { continue };
                let Some(visible) = seen.iter().find(|visible| visible.credential && visible.name == *name) else { continue };
                if !reference.quoted || !visible.engine.of_value().text {
                    continue;
                }
                let message = format!("the engine writes the value of `{name}` into the container's command line, in spite of the quotes: `docker inspect` and `ps` show it there");
                let finding = sink.finding(context.span_in(&command.node, reference.range), message);
                let finding = finding.help(format!("pass `{name}` in the container's `env`; the quotes hold with `shell: [/bin/sh, -c]` for one command in a container of the step's own"));
                sink.push(match visible.span {
                    Some(span) => finding.related(span, "it comes from here"),
                    None => finding,
                });
            }
            for (name, range) in credential::named_in(&command.text).into_iter().filter(|(_, range)| dotted(range)) {
                let Some(visible) = seen.iter().find(|visible| visible.credential && visible.name == name) else { continue };
                let message = format!("the value of `{name}` becomes a part of the container's command line, where `docker inspect` and `ps` show it");
                let finding = sink.finding(context.span_in(&command.node, range), message);
                let finding = finding.help(format!("pass `{name}` in the container's `env`, and let the command read the variable"));
                sink.push(match visible.span {
                    Some(span) => finding.related(span, "it comes from here"),
                    None => finding,
                });
            }
        }
    }
}

/// The name that a reference is about.
fn name(target: Target) -> String {
    match target {
        Target::Variable { name, .. } | Target::Property { name, .. } => name,
        Target::Value { path, .. } => path,
    }
}
