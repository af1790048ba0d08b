use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use super::harness_binary_not_in_image::is_base_image;
use crate::diagnostic::{Confidence, Severity};

pub(super) static RULE: Rule = Rule {
    name: "wait-for-healthcheck-of-image",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "`wait_for: healthy` with nothing but a health check that the image may have.",
    why: "Where the image has none, the container is used as soon as it runs, before the service in it answers. A `healthcheck` in the DAG says what is waited for.",
    grounds: "Measured on the engine: without a check it warns `Selected waitFor=healthy but image has no healthcheck; falling back to running`.",
    bad: "container:\n\
        \x20 image: ghcr.io/example/database:1\n\
        \x20 startup: entrypoint\n\
        \x20 wait_for: healthy\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: ghcr.io/example/database:1\n\
        \x20 startup: entrypoint\n\
        \x20 wait_for: healthy\n\
        \x20 healthcheck:\n\
        \x20   test: [CMD, pg_isready]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned)) {
        let container = owned.container;
        let Some(image) = container.image().filter(|image| container.wait_for == "healthy" && !is_base_image(&image.value)) else { continue };
        let Some(entry) = container.entry("wait_for").filter(|_| container.entry("healthcheck").is_none()) else { continue };
        let message = format!("this waits only if the image `{}` has a health check", image.value);
        sink.push(sink.finding(entry.value_span(), message).help("add a `healthcheck`, or wait with `log_pattern`"));
    }
}
