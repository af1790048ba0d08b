use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::workflow::EnvEntry;
use crate::workflow::reference::{self, Target};
use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

pub(super) static RULE: Rule = Rule {
    name: "env-reference-too-early",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A value in `env` that names what has no value yet.",
    why: "The DAG's `env` is read from top to bottom, before dotenv files and secrets: it sees the parameters, the environment of the run, and its own entries further up. What names a secret, a name of a dotenv file or an entry further down stays as it is written, so that steps get the text `${NAME}` in place of the value, and a login with it fails. The `env` of a step sees all of these, but of its own entries too only those further up.",
    grounds: "Measured on the engine: with `URL: postgres://u:${DB}@h` in the DAG's `env` and `DB` in `secrets`, the step has `URL=postgres://u:${DB}@h`; the same for a dotenv name and for an entry further down, in the DAG's `env` and in a step's. `dagu-rs run` does the same.",
    bad: "secrets:\n\
        \x20 - name: DB_PASSWORD\n\
        \x20   provider: file\n\
        \x20   key: /run/db-password\n\
        env:\n\
        \x20 - DB_URL: postgres://app:${DB_PASSWORD}@db/app\n\
        steps:\n\
        \x20 - id: migrate\n\
        \x20   run: migrate\n",
    good: "secrets:\n\
        \x20 - name: DB_PASSWORD\n\
        \x20   provider: file\n\
        \x20   key: /run/db-password\n\
        steps:\n\
        \x20 - id: migrate\n\
        \x20   env:\n\
        \x20     - DB_URL: postgres://app:${DB_PASSWORD}@db/app\n\
        \x20   run: migrate\n",
    absence: false,
    check: Check::Document(check),
};

/// What gives a name its value too late.
enum Giver {
    Secret(Span),
    Dotenv,
    Later(Span),
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    // Only where a value is taken from elsewhere there is something to look at.
    let names = |entries: &[EnvEntry]| entries.iter().any(|entry| entry.value.contains('$'));
    if names(&workflow.env) {
        let secrets: HashMap<&str, Span> = workflow
            .secrets
            .iter()
            .filter(|secret| !is_same_variable(secret))
            .map(|secret| (secret.name.value.as_str(), secret.name.span))
            .collect();
        let params = workflow.params.iter().map(|param| param.name.value.as_str());
        let from_run = |name: &str| context.facts.variables.contains(name);
        let giver = |name: &str| {
            let secret = secrets.get(name).map(|span| Giver::Secret(*span));
            secret.or_else(|| context.facts.dotenv.contains(name).then_some(Giver::Dotenv))
        };
        look(context, sink, &workflow.env, params.collect(), &from_run, &giver);
    }
    let defined = LazyCell::new(|| context.defined_names());
    for step in context.steps().filter(|step| names(&step.env)) {
        let from_run = |name: &str| defined.contains(name) || context.facts.dotenv.contains(name);
        let known = step.defaults.iter().flat_map(|defaults| &defaults.env).map(|entry| entry.name.value.as_str());
        look(context, sink, &step.env, known.collect(), &from_run, &|_| None);
    }
}

/// Whether a secret is the variable of the environment that has its name: a reference gets that.
fn is_same_variable(secret: &crate::workflow::Secret) -> bool {
    let is_env = secret.provider.as_ref().is_some_and(|provider| provider.value == "env");
    is_env && secret.key.as_ref().is_some_and(|key| key.value == secret.name.value)
}

fn look<'a>(
    context: &Context<'a>,
    sink: &mut Sink,
    entries: &'a [EnvEntry],
    mut known: HashSet<&'a str>,
    from_run: &dyn Fn(&str) -> bool,
    giver: &dyn Fn(&str) -> Option<Giver>,
) {
    // The last entry of a name; one that takes its own name's value from outside shows that it is there.
    let mut later: HashMap<&str, (usize, Span, bool)> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let is_import = entry.value.contains('$') && reference::sources(&entry.value).contains(&entry.name.value);
        later.insert(&entry.name.value, (index, entry.name.span, is_import));
    }
    for (index, entry) in entries.iter().enumerate() {
        let (node, offset) = &entry.source;
        let found = if entry.value.contains('$') { reference::find(&entry.value) } else { Vec::new() };
        for reference in found.into_iter().filter(|reference| !reference.quoted) {
            let name = match &reference.target {
                Target::Variable { name, operator: None } => name,
                Target::Value { namespace, path } if namespace == "env" => path,
                _ => continue,
            };
            if *name == entry.name.value || known.contains(name.as_str()) || from_run(name) {
                continue;
            }
            let below = later.get(name.as_str()).filter(|(at, _, is_import)| *at > index && !is_import);
            let Some(giver) = below.map(|(_, span, _)| Giver::Later(*span)).or_else(|| giver(name)) else { continue };
            let span = context.span_in(node, offset + reference.range.start..offset + reference.range.end);
            let written = entry.value.get(reference.range.clone()).unwrap_or_default();
            let (why, help) = match giver {
                Giver::Secret(_) => (format!("`{name}` is a secret, and secrets are read after the DAG's `env`"), "move this entry to the `env` of the step that needs it"),
                Giver::Dotenv => (format!("`{name}` comes from a dotenv file, which is read after the DAG's `env`"), "move this entry to the `env` of the step that needs it, or write it into the dotenv file"),
                Giver::Later(_) => (format!("`{name}` is set further down"), "move it up, before this entry"),
            };
            let finding = sink.finding(span, format!("`{written}` stays as it is: {why}")).help(help);
            sink.push(match giver {
                Giver::Secret(span) | Giver::Later(span) => finding.related(span, format!("`{name}` is here")),
                Giver::Dotenv => finding,
            });
        }
        known.insert(&entry.name.value);
    }
}
