use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::DagType;
use crate::workflow::nested::{self, Standing};

pub(super) static RULE: Rule = Rule {
    name: "agent-step-order",
    severity: Severity::Error,
    summary: "A step of an agent that says when it or others run: `depends`, or a router.",
    why: "In `type: agent` the model decides which step runs next. The engine does not load a DAG of this type whose steps have `depends`, also an empty one, or whose steps route.",
    grounds: "Engine, at load: `depends is not allowed in type: agent; the agent decides step order`, `router steps require type 'graph'`.",
    bad: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
        steps:\n\
        \x20 - id: look\n\
        \x20   run: who\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   depends: [look]\n",
    good: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
        steps:\n\
        \x20 - id: look\n\
        \x20   run: who\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.kind != DagType::Agent {
        return;
    }
    for (step, standing) in nested::steps(&context.workflow.node) {
        if standing != Standing::Top {
            continue;
        }
        if let Some(depends) = step.entry("depends").filter(|entry| !entry.value.is_null()) {
            sink.report(depends.key.span, "the agent decides the order of the steps: `depends` has no place here");
        }
        let routes = |name: &str| matches!(name.trim(), "router.route" | "router");
        let router = ["action", "type"].iter().find_map(|key| step.entry(key).filter(|entry| entry.value.string().is_some_and(routes)));
        if let Some(router) = router {
            sink.report(router.value_span(), "the agent decides which step comes next: a router has no place here");
        }
    }
}
