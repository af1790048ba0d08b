use super::{Check, Context, Has, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Kind;
use crate::workflow::{Action, reference};
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "docker-run-env-dropped",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The `env` of a `docker.run` step, which its container does not get.",
    why: "A `docker.run` step makes its container from what stands under `with` alone. The step's `env` is filled in where texts under `with` name it, but the command in the container does not see it. `env` directly under `with` is passed over. Variables of the container go into `with.container.env`; or the step becomes a `run` with `container`.",
    grounds: "Measured on the engine: with `env: [A: one]` on a `docker.run` step, `env` in its container does not show `A`; the same of `env` and `environment` under `with`, which load without a word.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: docker.run\n\
        \x20   env:\n\
        \x20     - WHO: you\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     auto_remove: true\n\
        \x20     command: printenv WHO\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   env:\n\
        \x20     - WHO: you\n\
        \x20   run: printenv WHO\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| step.container.is_none()) {
        let Action::DockerRun(Some(with)) = &step.action else { continue };
        if let Some(entry) = ["env", "environment"].iter().find_map(|key| with.entry(key)).filter(|entry| !entry.value.is_null()) {
            let message = format!("`docker.run` reads no `{}` under `with`: its container does not get these variables", entry.name());
            sink.push(sink.finding(entry.key.span, message).help("put it into `with.container.env`, as a list of `NAME=value`"));
        }
        if step.env.is_empty() {
            continue;
        }
        let mut named = HashSet::new();
        let mut open = vec![with];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Scalar(scalar) => named.extend(reference::variable_names(&scalar.text).into_iter().chain(reference::sources(&scalar.text))),
                Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
                Kind::Sequence(items) => open.extend(items),
                Kind::Alias(target) => open.extend(target),
            }
        }
        let (dropped, used): (Vec<_>, Vec<_>) = step.env.iter().partition(|entry| !named.contains(&entry.name.value));
        let Some(entry) = step.node.entry("env").filter(|_| used.is_empty()) else { continue };
        let names = listed(dropped.iter().map(|entry| entry.name.value.as_str()));
        let message = format!("the container of `docker.run` does not get {names}: it sees none of the step's `env`");
        sink.push(sink.finding(entry.key.span, message).help("put it into `with.container.env`, or write `run` with `container` instead"));
    }
}
