use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Severity};
use super::harness_binary_not_in_image::is_base_image;

pub(super) static RULE: Rule = Rule {
    name: "wait-for-without-healthcheck",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "`wait_for: healthy` for a container without a health check.",
    why: "Nothing tells when the container is healthy: it is used as soon as it runs. Official images of systems, languages and databases come without a health check, so it has to be in the DAG.",
    grounds: "Measured on the engine: `wait_for: healthy` without a check, or with `test: [NONE]`, warns `Selected waitFor=healthy but image has no healthcheck; falling back to running`. `dagu-rs run` notes the same.",
    bad: "container:\n\
        \x20 image: postgres:16\n\
        \x20 startup: entrypoint\n\
        \x20 wait_for: healthy\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: psql -U postgres --list\n",
    good: "container:\n\
        \x20 image: postgres:16\n\
        \x20 startup: entrypoint\n\
        \x20 wait_for: healthy\n\
        \x20 healthcheck:\n\
        \x20   test: [CMD, pg_isready, -U, postgres]\n\
        \x20   interval: 2s\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: psql -U postgres --list\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let container = owned.container;
        let Some(image) = container.image().filter(|_| container.wait_for == "healthy") else { continue };
        let Some(entry) = container.entry("wait_for") else { continue };
        let message = match container.entry("healthcheck").map(|entry| &entry.value) {
            None if is_base_image(&image.value) => format!("the image `{}` has no health check, so the container is used as soon as it runs", image.value),
            Some(_) if container.healthcheck.as_ref().is_some_and(|check| matches!(check.test.as_slice(), [none] if none == "NONE")) => {
                "`test: [NONE]` turns the health check off, so the container is used as soon as it runs".to_owned()
            }
            _ => continue,
        };
        sink.push(sink.finding(entry.value_span(), message).help("add a `healthcheck`, or wait with `log_pattern`"));
    }
}
