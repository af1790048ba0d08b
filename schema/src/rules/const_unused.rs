use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference;
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "const-unused",
    severity: Severity::Hint,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A constant that nothing in the file names.",
    why: "A constant is read by `${consts.NAME}` only; it becomes no variable of a command. One that nothing names has no effect, and may be the rest of something that is gone, or a name that is written otherwise where it is used.",
    grounds: "Engine: `consts` are resolved in references alone and enter no environment.",
    bad: "consts:\n\
        \x20 - REGION: eu-west-1\n\
        \x20 - RETRIES: 3\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy --region ${consts.REGION}\n",
    good: "consts:\n\
        \x20 - REGION: eu-west-1\n\
        steps:\n\
        \x20 - id: deploy\n\
        \x20   run: deploy --region ${consts.REGION}\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["consts"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    // A base configuration has no steps: others read what it defines.
    if context.workflow.consts.is_empty() || context.workflow.steps.is_empty() {
        return;
    }
    let mut named: HashSet<&str> = HashSet::new();
    for (at, found) in context.tree.text.match_indices("consts") {
        let rest = context.tree.text.get(at + found.len()..).unwrap_or_default();
        match rest.strip_prefix('.') {
            Some(path) => {
                named.insert(reference::leading_name(path));
            }
            None if rest.starts_with('}') => return,
            None => {}
        }
    }
    for (name, _) in context.workflow.consts.iter().filter(|(name, _)| !name.span.is_beyond() && !named.contains(name.value.as_str())) {
        sink.push(sink.finding(name.span, format!("nothing reads `${{consts.{}}}`", name.value)).help("remove it, or correct the name where it is used"));
    }
}
