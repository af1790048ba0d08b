use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Node;
use crate::workflow::Step;
use crate::workflow::mention::{Mention, Owner};
use crate::workflow::reference::Target;

pub(super) static RULE: Rule = Rule {
    name: "foreach-value-unknown",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A `foreach` reference names neither the item nor `index` or `key`.",
    why: "In the body of a `foreach` the engine knows the item of that `foreach` under its name (`as`, else `item`), and `index` and `key`: nothing of a `foreach` around it. It leaves any other reference as it stands, at which a shell stops with `bad substitution`.",
    grounds: "Engine, by runs: in the inner of two bodies `${foreach.NAME}` of the outer fails with `bad substitution`; in the `items` of the inner one it has its value. `validate` says nothing of it.",
    bad: "steps:\n\
        \x20 - id: regions\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     as: region\n\
        \x20     steps:\n\
        \x20       - id: stages\n\
        \x20         foreach:\n\
        \x20           items: [test, live]\n\
        \x20           as: stage\n\
        \x20           steps:\n\
        \x20             - id: push\n\
        \x20               run: ./push.sh ${foreach.region} ${foreach.stage}\n",
    good: "steps:\n\
        \x20 - id: regions\n\
        \x20   foreach:\n\
        \x20     items: [eu, us]\n\
        \x20     as: region\n\
        \x20     steps:\n\
        \x20       - id: stages\n\
        \x20         foreach:\n\
        \x20           items: [\"${foreach.region} test\", \"${foreach.region} live\"]\n\
        \x20           as: target\n\
        \x20           steps:\n\
        \x20             - id: push\n\
        \x20               run: ./push.sh ${foreach.target}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["foreach"] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for mention in context.workflow.mentions().iter().filter(|mention| mention.body && !mention.foreign) {
        let Target::Value { namespace, path } = &mention.reference.target else { continue };
        if namespace != "foreach" {
            continue;
        }
        let name = path.trim().split(['.', '[']).next().unwrap_or_default();
        let around = around(context, mention);
        let Some((inner, outer)) = around.split_last() else { continue };
        if name.is_empty() || ["index", "key", item(inner)].contains(&name) {
            continue;
        }
        let span = context.span_in(&mention.node, mention.range());
        let known = format!("here are `foreach.{}`, `foreach.index` and `foreach.key`", item(inner));
        let finding = match outer.iter().rev().find(|foreach| item(foreach) == name) {
            Some(foreach) => {
                let message = format!("`{}` has no value in the body of a `foreach` within: the engine leaves it as it stands, and a shell stops at it", mention.written());
                let place = foreach.get("as").map_or(foreach.span, |name| name.span);
                let help = "put the value into the items of the inner `foreach`, where it has one";
                sink.finding(span, message).related(place, format!("`{name}` is an item of this `foreach`")).help(help)
            }
            None => {
                let message = format!("`{}` has no value: the engine leaves it as it stands, and a shell stops at it", mention.written());
                sink.finding(span, message).help(known)
            }
        };
        sink.push(finding);
    }
}

/// The `foreach` whose bodies the reference stands in, from the outermost; its own `foreach` too,
/// when it stands in a field that is resolved for each item.
fn around<'w>(context: &Context<'w>, mention: &Mention) -> Vec<&'w Node> {
    let workflow = context.workflow;
    let first: Option<&'w Step> = match mention.owner {
        Owner::Step(index) => workflow.steps.get(index),
        Owner::Handler(index) => workflow.handlers.get(index).map(|(_, step)| step),
        Owner::Document | Owner::EveryStep => None,
    };
    let mut around = Vec::new();
    let mut at = first;
    while let Some(step) = at {
        let Some(foreach) = step.node.get("foreach") else { break };
        at = step.body.iter().find(|inner| inner.node.span.contains(mention.node.span));
        let for_each_item = ["key", "collect"].iter().filter_map(|field| foreach.get(field));
        if at.is_some() || for_each_item.into_iter().any(|field| field.span.contains(mention.node.span)) {
            around.push(&**foreach);
        }
    }
    around
}

/// What the item is called.
fn item(foreach: &Node) -> &str {
    foreach.get_some("as").and_then(|name| name.string()).map(str::trim).filter(|name| !name.is_empty()).unwrap_or("item")
}
