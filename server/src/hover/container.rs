//! Containers: what they are made of, and the parts of an image's name, a volume, a port.

use dagu_schema::syntax::Node;
use dagu_schema::workflow::volume::{self, VolumeKind};
use dagu_schema::workflow::{Action, Container, PullPolicy, image, mounted, port, shown};

use super::View;
use super::markdown::code;

/// A container in a few lines. `all`: also what it has when nothing is said.
pub(super) fn lines(container: &Container, all: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(image) = container.image() {
        let pull = container.pull_policy.map_or(String::new(), |policy| format!(" (pull policy `{}`)", policy.name()));
        lines.push(format!("- Image: {}{pull}", code(&shown::masked(&image.value))));
    }
    if let Some(target) = container.attach().filter(|_| all) {
        lines.push(format!("- Attached to: {}", code(&target.value)));
    }
    let mounts: Vec<String> = container.mounts().iter().map(|(volume, _)| mount(volume)).collect();
    if !mounts.is_empty() {
        lines.push(format!("- Mounts: {}", mounts.join(", ")));
    }
    let ports: Vec<String> = container.ports.iter().map(|(port, _)| code(&shown::masked(port))).collect();
    if !ports.is_empty() {
        lines.push(format!("- Ports: {}", ports.join(", ")));
    }
    let fields = [
        ("Network", container.network.as_ref().map(|network| &network.value)),
        ("User", container.user.as_ref()),
        ("Working directory", container.working_dir.as_ref()),
    ];
    lines.extend(fields.into_iter().filter_map(|(name, value)| Some(format!("- {name}: {}", code(&shown::masked(value?))))));
    if all && container.image().is_some() {
        lines.push(format!("- Startup: `{}`, ready when {}", container.startup, container.wait_for));
    }
    lines
}

fn mount(volume: &volume::Volume) -> String {
    let mode = if volume.read_only { " (read-only)" } else { "" };
    let source = if volume.source.is_empty() { "a volume without a name".to_owned() } else { code(&shown::masked(&volume.source)) };
    format!("{source} at {}{mode}", code(&volume.target))
}

/// A part of a container, taken apart.
pub(super) fn value(view: &View<'_>, node: &Node) -> Option<String> {
    let text = node.text()?;
    let keys = view.owner.keys.as_slice();
    let is_docker_run = || view.owner.step.is_some_and(|step| matches!(step.action, Action::DockerRun(_)));
    let field = match keys {
        [.., "container", field] => *field,
        ["with", field] if is_docker_run() => *field,
        ["container"] => "exec",
        _ => return None,
    };
    match field {
        "volumes" => volume_text(view, node, text),
        "ports" => port_text(text),
        "image" => image_text(view, text),
        "exec" | "container_name" => Some(format!(
            "**container {}**\n\nOne that is there already: it is used, and neither made nor removed.\n",
            code(&shown::masked(text))
        )),
        _ => None,
    }
}

fn volume_text(view: &View<'_>, node: &Node, text: &str) -> Option<String> {
    let volume = volume::parse(text).ok()?;
    let source = code(&shown::masked(&volume.source));
    let mut lines = vec!["**volume**".to_owned(), String::new()];
    lines.push(match volume.kind {
        VolumeKind::Anonymous => "- Source: a new volume without a name".to_owned(),
        VolumeKind::Named if volume.source.contains('$') => format!("- Source: {source}, a path or the name of a volume"),
        VolumeKind::Named => format!("- Source: the volume {source}, which the daemon keeps"),
        VolumeKind::Bind => format!("- Host path: {source}{}", below(view, &volume.source)),
    });
    lines.push(format!("- In the container: {}", code(&volume.target)));
    lines.push(format!("- Mode: {}", if volume.read_only { "read-only (`ro`)" } else { "read and write (`rw`)" }));
    let step = view.owner.step;
    let container = step.and_then(|step| step.container.as_deref()).or(view.workflow.container.as_ref());
    let own = step.filter(|step| step.container.is_some());
    let held = container.map(|container| mounted::of(view.workflow, container, own)).unwrap_or_default();
    lines.extend(
        held.iter().filter(|mounted| mounted.span == node.span).map(|mounted| format!("- A credential is in it: {}", mounted.what)),
    );
    Some(lines.join("\n") + "\n")
}

/// Where a relative path of the host starts.
fn below(view: &View<'_>, source: &str) -> String {
    if source.starts_with('/') || source.contains('$') {
        return String::new();
    }
    if source.starts_with('~') {
        return ", in the home folder of the user who runs the DAG".to_owned();
    }
    let of_step = view.owner.step.and_then(|step| step.working_dir.as_deref()).or(view.workflow.working_dir.as_ref());
    match of_step {
        Some(folder) => format!(", below the working directory {}", code(&shown::masked(&folder.value))),
        None => ", below the folder of this file in `dagu-rs run`, below an empty folder of the run in the Dagu engine: the DAG has no `working_dir`".to_owned(),
    }
}

fn port_text(text: &str) -> Option<String> {
    let port = port::parse(text).ok()?;
    let inside = format!("{}/{}", port.container_port, port.protocol);
    let text = match (&port.host_ip, &port.host_port) {
        (Some(ip), Some(host)) => {
            let address = if ip == "0.0.0.0" { "every address of the host".to_owned() } else { format!("the host's {}", code(ip)) };
            let host = if host.is_empty() { "any free port".to_owned() } else { format!("port {}", code(host)) };
            format!("- On the host: {host} of {address}\n- In the container: port `{inside}`\n")
        }
        _ => format!("- In the container: port `{inside}`\n- On the host: not published\n"),
    };
    Some(format!("**port**\n\n{text}"))
}

fn image_text(view: &View<'_>, text: &str) -> Option<String> {
    let mut lines = vec![format!("**image {}**", code(&shown::masked(text))), String::new()];
    if !text.contains('$') {
        if image::fault(text).is_some() {
            return None;
        }
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let registry = name.split_once('/').map(|(first, _)| first).filter(|first| first.contains(['.', ':']) || *first == "localhost");
        lines.push(format!("- Registry: {}", registry.map_or("Docker Hub".to_owned(), code)));
        match (tag, digest) {
            (_, Some(digest)) => lines.push(format!("- Digest: {}: always the same image", code(digest))),
            (Some(tag), None) => lines.push(format!("- Tag: {}", code(tag))),
            (None, None) => lines.push("- Tag: `latest`, since none is given".to_owned()),
        }
    }
    let container = view.owner.step.map_or(view.workflow.container.as_ref(), |step| step.container.as_deref());
    if let Some(policy) = container.filter(|container| container.image().is_some()).and_then(|container| container.pull_policy) {
        let when = match policy {
            PullPolicy::Always => "before each use",
            PullPolicy::Never => "never",
            PullPolicy::Missing => "when it is not there",
            PullPolicy::Fallback => "before each use; the local one serves when that fails",
        };
        lines.push(format!("- Pulled: {when} (`pull_policy: {}`)", policy.name()));
    }
    Some(lines.join("\n") + "\n")
}
