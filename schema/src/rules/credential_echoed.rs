use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::credential;
use crate::workflow::shell::{self, Token, TokenKind};
use crate::workflow::reference;
use crate::workflow::visibility::{Origin, Visible};
use crate::workflow::{EnvEntry, Step, key_shape, provider};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

pub(super) static RULE: Rule = Rule {
    name: "credential-echoed",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A command prints a credential.",
    why: "What a command prints is kept in the log of the run, for everybody who may read logs. Only the values of `secrets` are masked there; those of `env`, params and dotenv files are not.",
    grounds: "Measured on the engine: with `MY_TOKEN` in `env`, `echo $MY_TOKEN` writes its value to the step's log. Values of `secrets` are shown as `*******`.",
    bad: "env:\n\
        \x20 - API_TOKEN: ${API_TOKEN}\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: |\n\
        \x20     echo \"Using the token $API_TOKEN\"\n\
        \x20     fetch-data\n",
    good: "env:\n\
        \x20 - API_TOKEN: ${API_TOKEN}\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: |\n\
        \x20     echo \"Using the token ${API_TOKEN:+that is set}\"\n\
        \x20     fetch-data\n",
    absence: false,
    check: Check::Among(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| step.output.is_none() && step.stdout.is_none()) {
        for command in step.commands().unwrap_or_default().iter().filter(|command| command.text.contains('$')) {
            let printed = printed(&command.text);
            if printed.is_empty() {
                continue;
            }
            let names: HashSet<&str> = printed.iter().map(|(name, _)| name.as_str()).collect();
            let seen = context.sight().of_those(step, &|name| names.contains(name));
            let mut credentials: HashMap<&str, &Visible> = HashMap::new();
            for visible in seen.iter().filter(|visible| visible.credential) {
                credentials.entry(&visible.name).or_insert(visible);
            }
            for (name, range) in &printed {
                let Some(visible) = credentials.get(name.as_str()) else { continue };
                if is_masked(context, step, visible) {
                    continue;
                }
                let message = format!("this prints the value of `{name}` into the log, where only the values of `secrets` are masked");
                let finding = sink.finding(context.span_in(&command.node, range.clone()), message);
                let finding = finding.help("leave it out, or take the value from `secrets`");
                sink.push(match visible.span {
                    Some(span) => finding.related(span, "it comes from here"),
                    None => finding,
                });
            }
        }
    }
}

/// Whether what is printed holds no value but those of `secrets`: such as a reference that nobody fills in.
fn is_masked(context: &Context<'_>, step: &Step, visible: &Visible) -> bool {
    let has_value = visible.contract.of_value().any() || visible.engine.of_value().any();
    !has_value || visible.origin == Origin::Secret || is_of_secrets(context, step, visible)
}

/// Names that are followed to find out what a value is made of.
const MOST_FOLLOWED: usize = 64;

/// Whether a value is made of values of `secrets`, and of no other credential.
fn is_of_secrets(context: &Context<'_>, step: &Step, visible: &Visible) -> bool {
    let workflow = context.workflow;
    let container = workflow.container_of(step).into_iter().flat_map(|container| &container.env);
    let near: Vec<&EnvEntry> = step.every_env().chain(container).collect();
    let is_named = provider::sounds_like_credential(&visible.name);
    let mut names = visible.from.clone();
    let (mut at, mut has_secret) = (0, false);
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        // What takes its own name from elsewhere takes it from the DAG's scope.
        let entry = near.iter().copied().filter(|_| name != visible.name).rfind(|entry| entry.name.value == name);
        let is_secret = entry.is_none() && workflow.secrets.iter().any(|secret| secret.name.value == name);
        let in_file = entry.is_none() && context.facts.dotenv.contains(&name);
        let entry = entry.or_else(|| workflow.env.iter().rfind(|entry| entry.name.value == name && visible.span != Some(entry.span)));
        match entry {
            _ if is_secret => has_secret = true,
            _ if in_file || names.len() > MOST_FOLLOWED => return false,
            Some(entry) if !key_shape::keys(&entry.value).is_empty() => return false,
            Some(entry) => {
                let sources = reference::sources(&entry.value);
                // It comes from the environment under its own name.
                if sources.contains(&name) && (is_named || provider::sounds_like_credential(&name)) {
                    return false;
                }
                let sources: Vec<String> = sources.into_iter().filter(|source| !names.contains(source)).collect();
                names.extend(sources);
            }
            None if is_named || provider::sounds_like_credential(&name) => return false,
            None => {}
        }
    }
    has_secret
}

/// The variables that `echo` or `printf` print to standard output, with their places.
fn printed(text: &str) -> Vec<(String, Range<usize>)> {
    if !text.contains("echo") && !text.contains("printf") {
        return Vec::new();
    }
    let tokens = shell::tokens(text);
    let references = credential::named_in(text);
    let mut found = Vec::new();
    let substitution = tokens.iter().filter(|token| token.kind == TokenKind::Substitution).map(|token| token.range.start).min();
    let grouped = tokens.iter().any(|token| matches!(token.operator(), Some("(" | ")")));
    if grouped {
        return Vec::new();
    }
    let mut rest = tokens.as_slice();
    let ends = |token: &Token| token.kind == TokenKind::Break || token.operator().is_some();
    for simple in tokens.chunk_by(|a, b| !ends(a) && !ends(b)) {
        rest = rest.get(simple.len()..).unwrap_or_default();
        let [first, arguments @ ..] = simple else { continue };
        let (Some("echo" | "printf"), Some(last)) = (first.literal(), simple.last()) else { continue };
        // The whole command goes elsewhere when something else than its end follows, or it stands in a substitution.
        let after = rest.first();
        let is_logged = after.is_none_or(|token| token.kind == TokenKind::Break || matches!(token.operator(), Some(";" | "&&" | "||")));
        let within = substitution.is_some_and(|start| start < last.range.end);
        if !is_logged || within {
            continue;
        }
        for argument in arguments.iter().filter(|argument| matches!(argument.kind, TokenKind::Word { literal: false, .. })) {
            let first = references.partition_point(|(_, range)| range.start < argument.range.start);
            let within = references.iter().skip(first).take_while(|(_, range)| range.start < argument.range.end);
            found.extend(within.filter(|(_, range)| range.end <= argument.range.end).cloned());
        }
    }
    found
}
