use std::collections::HashSet;

use indexmap::IndexSet;

use super::{Check, Context, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::source::Span;
use crate::suggest::{Slips, nearest};
use crate::workflow::Param;
use crate::workflow::env::is_variable_name;
use crate::workflow::reference::Target;

pub(super) static RULE: Rule = Rule {
    name: "undeclared-parameter",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A reference to a parameter that the DAG does not declare.",
    why: "Once a DAG names its parameters, a caller can give no others: `${params.NAME}` of any other name never gets a value and stays as it is.",
    grounds: "Engine: `start` refuses a parameter that is not declared (`unknown parameter(s)`); `validate` says nothing about the reference. Where `params` lists bare words, `start` takes any name, and without it the reference stays.",
    bad: "params:\n\
        \x20 - region: eu\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: echo ${params.regoin}\n",
    good: "params:\n\
        \x20 - region: eu\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: echo ${params.region}\n",
    absence: true,
    check: Check::Document(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let named: IndexSet<&str> = workflow.params.iter().map(|param| param.name.value.as_str()).collect();
    let positional = |name: &str| name.chars().all(|c| c.is_ascii_digit());
    // An external schema declares names that are not in this file.
    let external = workflow.node.get("params").is_some_and(|params| params.get("schema").is_some());
    if external {
        return;
    }
    if named.iter().all(|name| positional(name)) {
        return bare_words(context, sink);
    }
    for mention in workflow.mentions().iter().filter(|mention| !mention.foreign) {
        let Target::Value { namespace, path } = &mention.reference.target else { continue };
        let name = path.trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !positional(name);
        if namespace != "params" || !is_name || named.contains(name) {
            continue;
        }
        let span = context.span_in(&mention.node, mention.range());
        let message = format!("`{}` never has a value: the DAG declares {}", mention.written(), listed(named.iter().copied()));
        let finding = sink.finding(span, message);
        sink.push(match nearest(name, named.iter().copied()) {
            Some(near) => {
                let at = mention.range().start + mention.written().find(name).unwrap_or(0);
                let place = context.span_in(&mention.node, at..at + name.len());
                let declaration = workflow.params.iter().find(|param| param.name.value == near);
                let finding = match declaration {
                    Some(param) => finding.related(param.name.span, format!("`{near}` is declared here")),
                    None => finding,
                };
                finding.help(format!("did you mean `{near}`?")).fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, place, near))
            }
            None => finding.help(format!("declare `{name}` in `params`")),
        });
    }
}

/// A list of bare words gives values by position, and leaves callers free to pass any name. Who
/// writes `params: [region]` and reads a name that is nearly the word took it for the name.
fn bare_words(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let word = |param: &'_ Param| param.default.clone().filter(|word| is_variable_name(word));
    let words: Vec<(String, Span)> = workflow.params.iter().filter_map(|param| Some((word(param)?, param.name.span))).collect();
    let slips = Slips::of(words.iter().map(|(word, _)| word.as_str()));
    let references = || workflow.mentions().iter().filter(|mention| !mention.foreign).filter_map(|mention| match &mention.reference.target {
        Target::Value { namespace, path } if namespace == "params" => Some((mention, path.trim())),
        _ => None,
    });
    let read: HashSet<&str> = references().map(|(_, name)| name).collect();
    for (mention, name) in references() {
        let is_word = words.iter().any(|(word, _)| word == name);
        let Some((near, _)) = slips.find(name, |near, _| !is_word && !read.contains(near)) else { continue };
        let message = format!("`{}` has no value unless a caller passes `{name}`: the list in `params` gives values by position", mention.written());
        let at = mention.range().start + mention.written().find(name).unwrap_or(0);
        let place = context.span_in(&mention.node, at..at + name.len());
        let declaration = words.iter().find(|(word, _)| word == near).map_or(place, |(_, span)| *span);
        sink.push(
            sink.finding(context.span_in(&mention.node, mention.range()), message)
                .related(declaration, format!("`{near}` stands here"))
                .help(format!("did you mean `{near}`?"))
                .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, place, near)),
        );
    }
}
