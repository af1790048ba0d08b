use super::{Check, Has, Context, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::nearest;
use crate::workflow::call::{self, Call, Given, Signature};

pub(super) static RULE: Rule = Rule {
    name: "sub-dag-params-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A call of another DAG hands over parameters that the DAG does not take.",
    why: "A DAG that names its parameters takes no others, and one that requires a parameter does not start with others only. The engine finds that out when the step calls the DAG, and the step fails every time.",
    grounds: "Measured on the engine with `dag.run`, `dag.enqueue` and `call`: `unknown parameter(s)`, `missing properties`, `too many positional params`, all when the step runs. A DAG without names takes anything, one with a JSON Schema too unless `additionalProperties` is false. A call without any parameters starts the DAG, also where one is required: that is a warning.",
    bad: "steps:\n\
        \x20 - id: child\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: greet\n\
        \x20     params: {hwo: world}\n\
        ---\n\
        name: greet\n\
        params:\n\
        \x20 - who: you\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello ${params.who}\n",
    good: "steps:\n\
        \x20 - id: child\n\
        \x20   action: dag.run\n\
        \x20   with:\n\
        \x20     dag: greet\n\
        \x20     params: {who: world}\n\
        ---\n\
        name: greet\n\
        params:\n\
        \x20 - who: you\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello ${params.who}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "call"] }, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for call in context.steps().filter_map(|step| call::call_of(context.tree, step)) {
        let found = || context.facts.dags.found.get(call.target.value)?.as_ref();
        let local = context.locals.get(call.target.value).map(|local| local.signature(context.tree));
        if let Some(signature) = local.or_else(found) {
            judge(context, sink, &call, signature);
        }
    }
}

/// Names that a wrong one is compared with.
const MOST_COMPARED: usize = 100;

/// The first of a DAG's parameters, in words.
fn known(signature: &Signature) -> String {
    const MOST: usize = 8;
    let more = signature.names.len().saturating_sub(MOST);
    let names = listed(signature.names.iter().take(MOST).map(String::as_str));
    if more > 0 { format!("{names} and {more} more") } else { names }
}

fn judge(context: &Context<'_>, sink: &mut Sink, call: &Call<'_>, signature: &Signature) {
    let given = call.params.map(|params| Given::read(context.tree, params)).unwrap_or_default();
    let target = call.target.value;
    let unknown = signature.unknown(&given);
    for name in &unknown {
        let message = format!("`{target}` has no parameter `{}`, so the step fails: it takes {}", name.value, known(signature));
        let mut finding = sink.finding(name.span, message);
        let near = nearest(&name.value, signature.names.iter().take(MOST_COMPARED).map(String::as_str));
        let document = context.locals.get(target).filter(|_| near.is_some());
        if let Some(declared) = document.and_then(|document| document.params.iter().find(|param| Some(param.name.value.as_str()) == near)) {
            finding = finding.related(declared.name.span, format!("`{}` is declared here", declared.name.value));
        }
        sink.push(match near {
            Some(near) => finding
                .help(format!("did you mean `{near}`?"))
                .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, name.span, near)),
            None => finding.help(format!("remove it, or declare it under `params` of `{target}`")),
        });
    }
    let place = call.params.map_or(call.target.span, |params| params.span);
    if signature.counted && given.positional > signature.names.len() {
        let message = format!("{} values by position, but `{target}` takes {} at most: {}", given.positional, signature.names.len(), known(signature));
        sink.report(place, message);
    }
    if call.parallel || !unknown.is_empty() {
        return; // each item hands over parameters of its own
    }
    let missing = signature.missing(&given);
    if missing.is_empty() {
        return;
    }
    let names = listed(missing.iter().copied());
    let help = format!("give {names} under `params`");
    sink.push(if given.is_nothing() {
        sink.finding(call.target.span, format!("`{target}` requires {names} and is given nothing: it starts without")).help(help).loads()
    } else {
        sink.finding(place, format!("`{target}` requires {names}, so the step fails")).help(help)
    });
}
