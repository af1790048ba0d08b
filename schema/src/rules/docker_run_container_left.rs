use super::{Check, Context, Has, Rule, Sink, add_key, docker_run_pull_invalid};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::Action;

pub(super) static RULE: Rule = Rule {
    name: "docker-run-container-left",
    severity: Severity::Info,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A `docker.run` step without `auto_remove: true`.",
    why: "The container of a `docker.run` step stays when its command has ended, unless `auto_remove` is `true`: each run leaves one more on the machine. A `run` step with `container` removes its own.",
    grounds: "Measured on the engine: after a `docker.run` step without `auto_remove` the exited container is still there.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: docker.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     command: echo hello\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: docker.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     command: echo hello\n\
        \x20     auto_remove: true\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps().filter(|step| step.container.is_none()) {
        let Action::DockerRun(Some(with)) = &step.action else { continue };
        let Some(image) = with.entry("image").filter(|image| image.value.text().is_some_and(|text| !text.is_empty())) else { continue };
        if with.get("auto_remove").is_some() || with.get("container_name").is_some() || with.get("host").is_some() {
            continue;
        }
        let finding = sink.finding(image.value_span(), "the container made from this image stays behind after each run");
        // As long as the step fails before it makes a container, this changes nothing.
        let fails = with.get_some("pull").and_then(|pull| pull.string()).is_some_and(docker_run_pull_invalid::is_unknown);
        sink.push(match add_key(with, &context.tree.text, "auto_remove: true").filter(|_| !fails) {
            Some(edit) => finding.fix(Fix { title: "Add `auto_remove: true`".to_owned(), safety: Safety::Unsafe, edits: vec![edit] }),
            None => finding.help("add `auto_remove: true`"),
        });
    }
}
