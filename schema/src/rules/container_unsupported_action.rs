use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::Action;

pub(super) static RULE: Rule = Rule {
    name: "container-unsupported-action",
    severity: Severity::Error,
    summary: "A `container` on a step whose action cannot run in one.",
    why: "Only `run`, `harness.run` and `docker.run` (`container.run`) run in containers. The engine does not load a DAG that asks it of another action.",
    grounds: "Engine, at load: `action \"http\" does not support container field`.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   action: http.request\n\
        \x20   with:\n\
        \x20     method: GET\n\
        \x20     url: http://localhost/\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   run: wget -qO- http://localhost/\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    absence: false,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.workflow.all_steps() {
        if let (Some(container), Action::Other(action)) = (&step.container, &step.action) {
            let message = format!("`{}` does not run in a container; the engine rejects the step", action.value.trim());
            sink.push(
                sink.finding(container.key, message)
                    .related(action.span, "the step's action")
                    .help("remove `container`, or do the work with `run`, `harness.run` or `docker.run`"),
            );
        }
    }
}
