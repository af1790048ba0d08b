use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use super::harness_binary_not_in_image::is_base_image;

pub(super) static RULE: Rule = Rule {
    name: "container-shell-not-in-image",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A container is to use `bash`, and its image has none.",
    why: "The official images of Alpine and BusyBox, and those of other names with `alpine` in the tag, come with `sh` only. The shell is not found, and the step fails.",
    grounds: "Measured on the engine: `shell: [bash]` in `alpine:3.20` fails with `exec: \"bash\": executable file not found in $PATH`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [bash, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello && echo world\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 shell: [sh, -c]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello && echo world\n",
    absence: false,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(image) = container.image().filter(|image| has_sh_only(&image.value)) else { continue };
        let Some(entry) = container.entry("shell") else { continue };
        let first = entry.value.items().map_or(Some(&entry.value), |items| items.first());
        let Some((word, node)) = first.and_then(|node| Some((node.text()?, node))) else { continue };
        let name = word.split_whitespace().next().unwrap_or_default();
        // A mount may bring it in.
        if name.rsplit('/').next() != Some("bash") || !container.volumes.is_empty() {
            continue;
        }
        let span = context.span_in(node, 0..name.len());
        let message = format!("the image `{}` has no `bash`, so every command fails: it has `sh`", image.value);
        sink.push(
            sink.finding(span, message)
                .related(image.span, "the commands run in this image")
                .help("write `sh`, or use an image with `bash`")
                .fix(Fix::replace("Use `sh`", Safety::Unsafe, span, if name == "bash" { "sh" } else { "/bin/sh" })),
        );
    }
}

fn has_sh_only(image: &str) -> bool {
    let (name, tag) = image.split_once(':').unwrap_or((image, ""));
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let of_alpine = is_base_image(image) && tag.split('-').any(|part| part.starts_with("alpine")) && !matches!(name, "bash" | "docker" | "buildpack-deps");
    is_base_image(image) && (matches!(name, "alpine" | "busybox") || (of_alpine && matches!(name, "node" | "python" | "ruby" | "php" | "golang" | "rust" | "nginx" | "redis")))
}
