use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::PullPolicy;

pub(super) static RULE: Rule = Rule {
    name: "registry-image-never-pulled",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An image of a registry with `pull_policy: never`.",
    why: "The image has to be on the machine already, in the store of the container engine that runs the DAG: Docker and Podman do not share theirs. On another machine the step fails.",
    grounds: "Measured on the engine: with `pull_policy: never` an image that is not there fails with `No such image`.",
    bad: "container:\n\
        \x20 image: ghcr.io/example/tools:1\n\
        \x20 pull_policy: never\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: ghcr.io/example/tools:1\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.pull_policy == Some(PullPolicy::Never)) {
        let (Some(image), Some(entry)) = (owned.container.image(), owned.container.entry("pull_policy")) else { continue };
        let is_remote = image.value.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']) && !host.contains('$') && !host.starts_with("localhost"));
        if is_remote && !image.value.ends_with(":local") {
            let message = format!("`{}` is not pulled: a machine that does not have it fails the run", image.value);
            sink.push(sink.finding(entry.value_span(), message).help("write `missing`, unless every machine has the image"));
        }
    }
}
