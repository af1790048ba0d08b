use std::collections::HashMap;

use super::param_name_invalid::named;
use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "duplicate-param",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Two parameters with one name.",
    why: "A parameter has one default. The engine does not load a DAG that defines a name twice; letter case counts.",
    grounds: "Engine, at load: `duplicate parameter name`.",
    bad: "params:\n\
        \x20 - region: eu\n\
        \x20 - region: us\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "params:\n\
        \x20 - region: eu\n\
        \x20 - backup_region: us\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["params"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut names = HashMap::new();
    for (span, name) in named(context) {
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        match names.get(&name) {
            Some(&first) => {
                let finding = sink.finding(span, format!("the parameter `{name}` is defined already"));
                sink.push(finding.related(first, "first here").help("remove one of the two"));
            }
            None => {
                names.insert(name, span);
            }
        }
    }
}
