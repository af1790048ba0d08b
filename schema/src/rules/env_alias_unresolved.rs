use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, Style};

pub(super) static RULE: Rule = Rule {
    name: "env-alias-unresolved",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An alias in a mapping under a key called `env`, or merged into it.",
    why: "The engine makes a list of every mapping under `env`, wherever the key stands, and reads each of its values by itself for that. An anchor that is not in the same value is not there then, and the DAG does not load.",
    grounds: "Engine, at load: `failed to decode document 0: could not find alias`, for `env` of DAGs, steps, containers, `defaults`, templates and `with`, even where the anchor stands in the same mapping, and for what `<<` merges into one; not for an alias in place of the whole mapping, not in a list, and not in a mapping with an anchor or a tag.",
    bad: "description: &stage test\n\
        env:\n\
        \x20 STAGE: *stage\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    good: "description: &stage test\n\
        env:\n\
        \x20 - STAGE: *stage\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: ./deploy.sh\n",
    absence: false,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if !context.tree.text.contains('*') {
        return;
    }
    let mut open: Vec<&Node> = vec![&context.workflow.node];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Mapping(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged && !entry.key.span.is_beyond()) {
                    if entry.name() == "env" && context.tree.text.get(entry.key.span.range()) != Some("Env") {
                        mapping(context, &entry.value, sink);
                    }
                    open.push(&entry.value);
                }
            }
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}

fn mapping(context: &Context<'_>, env: &Node, sink: &mut Sink) {
    let Kind::Mapping(entries) = &env.kind else { return };
    // The engine makes no list of a mapping that has an anchor or a tag.
    if env.properties.is_some() {
        return;
    }
    let own: Vec<&Entry> = entries.iter().filter(|entry| !entry.merged).collect();
    for read_alone in own.iter().flat_map(|entry| [&entry.key, &entry.value]) {
        aliases(context, read_alone, read_alone, sink);
    }
    for (key, value) in context.tree.merges_in(env.span) {
        let before = own.partition_point(|entry| entry.key.span.start < key.start);
        let around = before.checked_sub(1).and_then(|at| own.get(at)).filter(|entry| entry.value.span.contains(*key));
        aliases(context, around.map_or(value, |entry| &entry.value), value, sink);
    }
}

/// Reports the aliases in a node whose anchors stand outside of what is read alone.
fn aliases(context: &Context<'_>, whole: &Node, node: &Node, sink: &mut Sink) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Mapping(entries) => {
                open.extend(entries.iter().filter(|entry| !entry.merged).flat_map(|entry| [&*entry.key, &*entry.value]));
            }
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Alias(Some(target)) if !whole.span.contains(target.span) => {
                let name = context.tree.text.get(node.span.range()).unwrap_or_default();
                let message = format!("the engine reads each value of a mapping called `env` by itself, where it finds no anchor for `{name}`");
                let finding = sink.finding(node.span, message);
                let finding = finding.help(if target.entries().is_some() {
                    format!("write a list and merge into an item of it: `env: [{{<<: {name}}}, {{OTHER: value}}]`")
                } else {
                    format!("write the value itself, or a list of variables: `env: [{{NAME: {name}}}]`")
                });
                sink.push(match written(context, target) {
                    Some(text) => finding.fix(Fix::replace("Write the value itself", Safety::Safe, node.span, text)),
                    None => finding,
                });
            }
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }
}

/// A scalar as it stands in the text, where it takes one line.
fn written<'t>(context: &Context<'t>, target: &Node) -> Option<&'t str> {
    let Span { start, end } = target.span;
    let is_short = target.scalar().is_some_and(|scalar| !matches!(scalar.style, Style::Literal | Style::Folded)) && target.tag().is_none();
    context.tree.text.get(start..end).filter(|text| is_short && !text.is_empty() && !text.contains(['\n', '\r', ',', '{', '}', '[', ']']))
}
