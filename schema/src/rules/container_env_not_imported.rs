use super::edits::import;
use super::meant::Names;
use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use std::cell::LazyCell;
use std::collections::HashSet;

use crate::workflow::provider;
use crate::workflow::reference::{self, Target};
use crate::workflow::set_by_run::is_inherited;

pub(super) static RULE: Rule = Rule {
    name: "container-env-not-imported",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`container.env` passes on a variable that the DAG itself does not define.",
    why: "On the page `- KEY=${KEY}` hands the variable of the calling environment to the container, and `dagu-rs run` does that; when the variable is not set, the step fails before a container starts. The engine looks only in the DAG's own env, params, secrets and dotenv files: without an entry there, the container receives the text `${KEY}` itself.",
    grounds: "Measured on the engine: with the key only in the environment of the process, the container's variable is the literal `${ANTHROPIC_API_KEY}`. Page: \"Step-Level Container\".",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     env:\n\
        \x20       - WHO=${WHO}\n",
    good: "env:\n\
        \x20 - WHO: ${WHO}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: printenv WHO\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     env:\n\
        \x20       - WHO=${WHO}\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let defined = LazyCell::new(|| context.defined_names());
    let names = LazyCell::new(|| Names::of(context));
    for owned in context.containers() {
        let mut before: HashSet<&str> = owned.step.iter().flat_map(|step| step.every_env()).map(|entry| entry.name.value.as_str()).collect();
        for entry in &owned.container.env {
            let (node, offset) = &entry.source;
            for reference in reference::find(&entry.value) {
                let (name, strict) = match &reference.target {
                    Target::Variable { name, operator: None } if !reference.quoted => (name, false),
                    Target::Value { namespace, path } if namespace == "env" && !is_inherited(path) => (path, true),
                    _ => continue,
                };
                if defined.contains(name.as_str()) || before.contains(name.as_str()) || context.facts.dotenv.contains(name) {
                    continue;
                }
                let span = context.span_in(node, offset + reference.range.start..offset + reference.range.end);
                let written = entry.value.get(reference.range.clone()).unwrap_or_default();
                let is_nowhere = context.facts.host.is_some() && !context.facts.variables.contains(name);
                let message = match is_nowhere {
                    true => format!("nothing sets `{name}`, neither the DAG nor this environment: dagu-rs run fails, the engine passes the text `{written}` into the container"),
                    false => format!("the DAG does not define `{name}`: the engine passes the text `{written}` into the container"),
                };
                let finding = sink
                    .finding(span, message)
                    .help(format!("add `- {name}: ${{{name}}}` to the DAG's `env`; dagu-rs run takes it from its own environment"));
                // In the DAG's `env` every step can read it.
                let safety = if provider::sounds_like_credential(name) { Safety::Unsafe } else { Safety::Safe };
                let title = format!("Add `{name}` to the DAG's `env`");
                // Of what is a slip, an import would only make sure that it stays.
                let is_slip = || !context.facts.variables.contains(name) && names.meant(name, strict, None).is_some();
                sink.push(match import(context, name).filter(|_| !is_slip()) {
                    Some(edit) => finding.fix(Fix { title, safety, edits: vec![edit] }),
                    None => finding,
                });
            }
            before.insert(&entry.name.value);
        }
    }
}
