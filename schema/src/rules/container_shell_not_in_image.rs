use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Fix, Safety, Severity};
use crate::probe::{self, Contents};
use super::Owned;
use super::harness_binary_not_in_image::is_base_image;

pub(super) static RULE: Rule = Rule {
    name: "container-shell-not-in-image",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A container is to use a shell that its image does not have.",
    why: "The official images of Alpine and BusyBox, and those of other names with `alpine` in the tag, come with `sh` only. The shell is not found, and the step fails.\n\n`dagu-rs check --probe` looks into the image, whatever it is called and whichever shell is meant: what it finds is an error. It also warns of an image without `/bin/sh` for a container that several commands share, which `dagu-rs run` keeps alive by a shell and the engine by a program of its own.",
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
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(image) = container.image() else { continue };
        if let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) {
            looked_into(context, owned, contents, sink);
            continue;
        }
        if !has_sh_only(&image.value) {
            continue;
        }
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

/// What is certain, since somebody looked into the image.
fn looked_into(context: &Context<'_>, owned: Owned<'_>, contents: &Contents, sink: &mut Sink) {
    let container = owned.container;
    let Some(image) = container.image() else { return };
    let is_missing = |program: &str| contents.programs.get(program) == Some(&false) && !probe::mounts_program(container, contents, program);
    if let (Some(shell), Some(entry)) = (probe::shell_of(container), container.entry("shell"))
        && !container.env.iter().any(|entry| entry.name.value == "PATH")
        && is_missing(shell)
    {
        let node = entry.value.items().and_then(|items| items.first()).unwrap_or(&entry.value);
        let message = format!("the image `{}` has no `{shell}`, so every command fails", image.value);
        let finding = sink.finding(context.span_in(node, 0..shell.len()), message).related(image.span, "the commands run in this image");
        let help = if is_missing(probe::SH) { "use an image with a shell, or leave `shell` out" } else { "write `/bin/sh`, or use an image that has it" };
        sink.push(Diagnostic { severity: Severity::Error, ..finding.help(help) });
    } else if probe::idles_in_shell(owned) && is_missing(probe::SH) {
        let message = format!("the image `{}` has no `/bin/sh`, by which dagu-rs run keeps the container alive: it does not start it", image.value);
        sink.push(sink.finding(image.span, message).help("use an image with a shell, or `startup: entrypoint`; the engine needs none"));
    }
}

fn has_sh_only(image: &str) -> bool {
    let (name, tag) = image.split_once(':').unwrap_or((image, ""));
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let of_alpine = is_base_image(image) && tag.split('-').any(|part| part.starts_with("alpine")) && !matches!(name, "bash" | "docker" | "buildpack-deps");
    is_base_image(image) && (matches!(name, "alpine" | "busybox") || (of_alpine && matches!(name, "node" | "python" | "ruby" | "php" | "golang" | "rust" | "nginx" | "redis")))
}
