use super::{Check, Has, Context, Rule, Sink};
use super::names;
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::env::is_variable_name;

pub(super) static RULE: Rule = Rule {
    name: "param-unused",
    severity: Severity::Hint,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "A parameter that nothing in the file names.",
    why: "Steps on the host have it in their environment, so a program may read it all the same. Where none does, it only asks whoever starts the DAG for a value.",
    grounds: "Measured on the engine: parameters are in the environment of steps on the host, named or not.",
    bad: "params:\n\
        \x20 - BRANCH: main\n\
        \x20 - VERBOSE: \"no\"\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: git fetch origin \"$BRANCH\"\n",
    good: "params:\n\
        \x20 - BRANCH: main\n\
        steps:\n\
        \x20 - id: fetch\n\
        \x20   run: git fetch origin \"$BRANCH\"\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let params = &context.workflow.params;
    // A base configuration has no steps: others read what it defines.
    if params.is_empty() || context.workflow.steps.is_empty() || context.tree.text.contains("PARAMS_JSON") {
        return;
    }
    let Some(region) = context.workflow.node.entry("params").map(|entry| entry.key.span.to(entry.value.span)) else { return };
    let named = names::outside(&context.tree.text, region, params.iter().map(|param| param.name.value.as_str()));
    for name in params.iter().map(|param| &param.name) {
        if !name.span.is_beyond() && region.contains(name.span) && is_variable_name(&name.value) && !named.contains(name.value.as_str()) {
            let message = format!("nothing in this file names the parameter `{}`", name.value);
            sink.push(sink.finding(name.span, message).help("remove it, or name it where it is used"));
        }
    }
}
