use std::cell::LazyCell;
use std::collections::HashSet;

use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::probe;
use crate::workflow::{Place, reference, volume};

pub(super) static RULE: Rule = Rule {
    name: "bind-source-missing",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A file or folder that is mounted into a container is not there.",
    why: "Docker makes an empty folder of that name, which belongs to root, and mounts it: also where a file is meant. `dagu-rs run` makes the folder too, as the user who runs it. Podman's API does the same. Nothing is said of a step's container where a step on the host names the path, since that may make it.\n\nReported by `dagu-rs check --probe`, which looks for the path on this machine.",
    grounds: "Measured with Docker 20.10 and Dagu 2.15.1: the folder is made (`drwxr-xr-x root root`) and the step succeeds. Podman 4.3.1, asked through the API that the engine uses, makes it as well.",
    bad: "# probe: /srv/reports/in is not here\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes: ['/srv/reports/in:/in:ro']\n\
        \x20   run: ls /in\n",
    good: "# probe: /srv/reports/inbox is here\n\
        steps:\n\
        \x20 - id: count\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes: ['/srv/reports/inbox:/in:ro']\n\
        \x20   run: ls /in\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(host) = &context.facts.host else { return };
    let named = LazyCell::new(|| named_on_host(context));
    for owned in context.containers().filter(|owned| owned.container.attach().is_none()) {
        for (text, node) in &owned.container.volumes {
            let (Ok(volume), Some(source)) = (volume::parse(text), probe::source(owned, text)) else { continue };
            let Some(path) = host.sources.get(&source).filter(|path| !path.is_there) else { continue };
            let last = path.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let is_named = || reference::sources(&volume.source).iter().any(|name| named.contains(name.as_str())) || named.contains(last);
            // The root container is made before all steps.
            if owned.step.is_some() && is_named() {
                continue;
            }
            let made = match context.facts.engine.as_ref().map(|engine| engine.product.as_str()) {
                Some("Podman") => "the container gets an empty folder in its place, which Podman makes",
                _ => "the container gets an empty folder in its place, which Docker makes as root",
            };
            let message = match volume.source.contains('$') {
                true => format!("`{}` is `{}` here, which is not on this machine: {made}", volume.source, path.text),
                false => format!("`{}` is not on this machine: {made}", volume.source),
            };
            sink.push(sink.finding(context.span_in(node, volume.source_range), message).help("make it before the run, or correct the path"));
        }
    }
}

/// The parts of paths that commands on the host name: they may make them.
fn named_on_host<'a>(context: &Context<'a>) -> HashSet<&'a str> {
    let hosts = context.workflow.every_step().filter(|step| step.place == Place::Host);
    let texts = hosts.filter_map(|step| step.commands()).flatten().map(|command| command.text.as_str());
    let parts = texts.flat_map(|text| text.split(|c: char| c.is_whitespace() || "/'\";&|()<>=,:$}{".contains(c)));
    // `${env.NAME}` is `$NAME`.
    parts.map(|part| part.strip_prefix("env.").unwrap_or(part)).filter(|part| !part.is_empty()).collect()
}
