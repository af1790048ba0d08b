use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Kind, Node};
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "env-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A variable under `env` whose name no shell could use.",
    why: "A name has letters, digits and `_` and does not start with a digit; blanks before the `=` count as part of it. The engine does not load a DAG with another name.",
    grounds: "Engine, at load: `invalid environment variable name`, at the root, in steps, handlers and `defaults`, for lists and mappings alike. In a custom action's template names are not checked.",
    bad: "env:\n\
        \x20 - LOG-LEVEL=debug\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "env:\n\
        \x20 - LOG_LEVEL=debug\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["env", "defaults", "container"], steps: &["env", "container"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let holders = [context.root(), context.defaults()].into_iter().flatten();
    let containers = context.containers().map(|owned| &*owned.container.node);
    for holder in containers.filter(|container| !container.span.is_beyond()) {
        if let Some(env) = holder.get_some("env") {
            merge(context, sink, env);
        }
    }
    for holder in holders.chain(context.steps().map(|step| &step.node)) {
        let Some(env) = holder.get_some("env") else { continue };
        mapping(sink, env);
        merge(context, sink, env);
        for item in env.items().unwrap_or_default() {
            mapping(sink, item);
            let Some((name, _)) = item.string().and_then(|text| text.split_once('=')) else { continue };
            if !is_variable_name(name) {
                let end = if name.is_empty() { 1 } else { name.len() };
                sink.report(context.span_in(item, 0..end), message(name));
            }
        }
    }
}

fn mapping(sink: &mut Sink, node: &Node) {
    for entry in node.entries().unwrap_or_default().iter().filter(|entry| entry.key.text().is_some_and(|name| !is_variable_name(name))) {
        sink.report(entry.key.span, message(entry.name()));
    }
}

fn message(name: &str) -> String {
    if name.is_empty() {
        return "there is no name before the `=`".to_owned();
    }
    if name.trim() != name {
        return format!("`{name}` is no name for a variable: the blanks count as part of it");
    }
    format!("`{name}` is no name for a variable: letters, digits and `_`, not starting with a digit")
}

/// A merge key in `env` itself that merges what is written there: an alias fails before that.
fn merge(context: &Context<'_>, sink: &mut Sink, env: &Node) {
    let Kind::Mapping(entries) = &env.kind else { return };
    if env.properties.is_some() || env.span.is_beyond() {
        return;
    }
    for (key, value) in context.tree.merges_in(env.span) {
        let is_written_here = match &value.kind {
            Kind::Sequence(items) => !items.iter().any(|item| matches!(item.kind, Kind::Alias(_))),
            kind => !matches!(kind, Kind::Alias(_)),
        };
        let before = entries.partition_point(|entry| !entry.merged && entry.key.span.start < key.start);
        let is_deeper = before.checked_sub(1).and_then(|at| entries.get(at)).is_some_and(|entry| entry.value.span.contains(*key));
        if !is_written_here || is_deeper {
            continue;
        }
        let finding = sink.finding(*key, "the engine merges nothing into `env`: it takes `<<` for a variable");
        sink.push(finding.help("write these variables into the mapping itself"));
    }
}
