use super::{Check, Has, Context, Rule, Sink, listed};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::workflow::Action;
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    name: "registry-auth-unmatched",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "Credentials for a registry that no image of the DAG comes from.",
    why: "The key under `registry_auths` is compared with the registry in the image's name, letter by letter: `ghcr.io` for `ghcr.io/acme/app`, `docker.io` for an image without a registry. An address with `https://` or a path matches nothing, and the image is pulled without a login.",
    grounds: "Engine: for the form by host the key has to be the first part of the image's name if that has a `.` or a `:` or is `localhost`, and `docker.io` otherwise.",
    bad: "registry_auths:\n\
        \x20 https://ghcr.io:\n\
        \x20   username: acme\n\
        \x20   password: ${env.REGISTRY_TOKEN}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   container:\n\
        \x20     image: ghcr.io/acme/app:1\n",
    good: "registry_auths:\n\
        \x20 ghcr.io:\n\
        \x20   username: acme\n\
        \x20   password: ${env.REGISTRY_TOKEN}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n\
        \x20   container:\n\
        \x20     image: ghcr.io/acme/app:1\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["registry_auths"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(auths) = context.workflow.node.get_some("registry_auths").and_then(|auths| auths.entries()) else { return };
    let workflow = context.workflow;
    let mut images: Vec<&str> = workflow.container.iter().filter_map(|container| Some(container.image()?.value.as_str())).collect();
    for step in workflow.every_step() {
        images.extend(step.container.as_ref().and_then(|container| Some(container.image()?.value.as_str())));
        if let Action::DockerRun(Some(with)) = &step.action {
            images.extend(with.get_some("image").and_then(|image| image.text()));
        }
    }
    // Where an image comes from that is put together in the run is not known.
    if images.is_empty() || images.iter().any(|image| image.contains('$')) {
        return;
    }
    let registries: BTreeSet<&str> = images.into_iter().map(registry).collect();
    for entry in auths.iter().filter(|entry| !entry.merged) {
        let key = entry.name();
        if key.contains('$') || registries.contains(key) {
            continue;
        }
        let host = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
        let host = host.split('/').next().unwrap_or_default();
        let host = if host.ends_with("docker.io") { "docker.io" } else { host };
        let message = format!("no image of this DAG is of the registry `{key}`: it is compared letter by letter with {}", listed(registries.iter().copied()));
        let finding = sink.finding(entry.key.span, message);
        sink.push(match registries.contains(host) {
            true => finding.help(format!("write `{host}`")).fix(Fix::replace(format!("Write `{host}`"), Safety::Unsafe, entry.key.span, host)),
            false => finding.help("correct the name, or remove the entry"),
        });
    }
}

/// The registry that an image is pulled from.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}
