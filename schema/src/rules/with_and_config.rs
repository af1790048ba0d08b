use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "with-and-config",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A step has both `with` and its older spelling `config`.",
    why: "They are the same thing, and the engine does not load a step that has both, not even when one is empty.",
    grounds: "Engine, at load: `fields \"with\" and \"config\" cannot be used together; use \"with\"`.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   type: http\n\
        \x20   command: GET http://localhost/\n\
        \x20   with:\n\
        \x20     timeout: 5\n\
        \x20   config:\n\
        \x20     silent: true\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   type: http\n\
        \x20   command: GET http://localhost/\n\
        \x20   with:\n\
        \x20     timeout: 5\n\
        \x20     silent: true\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["config"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let has_other_spelling = step.node.get("run").is_some() || step.node.get("action").is_some();
        if let (Some(with), Some(config), false) = (step.node.entry("with"), step.node.entry("config"), has_other_spelling) {
            let message = "`config` is the older spelling of `with`, and a step has only one of them";
            sink.push(sink.finding(config.key.span, message).related(with.key.span, "`with` is given here").help("move its entries to `with`"));
        }
    }
}
