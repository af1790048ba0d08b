use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{Action, capability};

pub(super) static RULE: Rule = Rule {
    name: "container-unsupported-action",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
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
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = &step.container else { continue };
        let is_supported = match capability::executor(context.workflow, step).and_then(capability::of) {
            Some(can) => can.container,
            None => !matches!(step.action, Action::Other(_)),
        };
        let is_task = step.operation() == Some("human.task");
        if is_supported || is_task {
            continue;
        }
        let named = step.node.get_some("action").or_else(|| step.node.get_some("type"));
        let name = match (named.and_then(|name| name.text()), &step.action) {
            (Some(name), _) => name.trim(),
            (None, Action::Other(action)) => action.value.trim(),
            (None, _) => "",
        };
        let name = if name.is_empty() { "this step".to_owned() } else { format!("`{name}`") };
        let message = format!("{name} does not run in a container; the engine rejects the step");
        sink.push(
            sink.finding(container.key, message)
                .related(named.map_or(step.action_key, |name| name.span), "the step's action")
                .help("remove `container`, or do the work with `run`, `harness.run` or `docker.run`"),
        );
    }
}
