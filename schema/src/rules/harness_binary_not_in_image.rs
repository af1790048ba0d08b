use super::{Check, Context, Has, Rule, Sink, known};
use std::cell::LazyCell;

use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe::{self, Contents};
use crate::workflow::{Attempt, Container, HarnessStep, Place, Step};

pub(super) static RULE: Rule = Rule {
    name: "harness-binary-not-in-image",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An agent's command line is called in an image that is not made for it.",
    why: "Base images such as `alpine`, `debian` or `node` hold no agent. The container starts and the step fails, since the executable is not found.\n\n`dagu-rs check --probe` looks into the image, whatever it is called, without starting anything: what it finds is an error, where no fallback is left.",
    grounds: "Page \"Run Claude Code in a Container\": \"The runner image contains `claude` in PATH\". Measured: `provider: claude` in `alpine:3.20` fails with `executable file not found in $PATH`.",
    bad: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: node:22-bookworm-slim\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    good: "steps:\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: dagu-claude-runner:local\n\
        \x20     pull_policy: never\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n\
        params:\n\
        \x20 - KEY: \"\"\n",
    absence: false,
    check: Check::Where(Has::Agents, &Check::Document(check)),
};

/// Official images of systems, languages and tools: none holds an agent.
const BASE_IMAGES: &[&str] = &[
    "almalinux", "alpine", "amazonlinux", "archlinux", "bash", "buildpack-deps", "busybox", "caddy", "centos", "composer", "debian", "docker",
    "eclipse-temurin", "elixir", "erlang", "fedora", "gcc", "golang", "gradle", "haskell", "hello-world", "httpd", "julia", "mariadb", "maven",
    "mongo", "mysql", "nginx", "node", "openjdk", "oraclelinux", "perl", "photon", "php", "postgres", "python", "redis", "rockylinux", "ruby",
    "rust", "scratch", "swift", "ubuntu",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let installed = LazyCell::new(|| context.root_container_steps().any(installs));
    for (step, harness) in context.harness_steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        let Some(image) = container.image() else { continue };
        if step.place == Place::RootContainer && *installed {
            continue;
        }
        if let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) {
            if probe::counts_path_of_image(context.workflow, step) {
                looked_into(harness, container, contents, sink);
            }
            continue;
        }
        if !is_base_image(&image.value) {
            continue;
        }
        for attempt in &harness.attempts {
            let Some(provider) = known(context, attempt) else { continue };
            let Some(binary) = provider.binary() else { continue };
            let Some(name) = attempt.provider.as_ref().filter(|_| !mounts(container, binary)) else { continue };
            let message = format!("the image `{}` does not hold `{}`, so the step fails", image.value, binary);
            sink.push(
                sink.finding(name.span, message)
                    .related(image.span, "the step runs in this image")
                    .help(format!("use an image that has {} in its PATH", provider.title())),
            );
        }
    }
}

/// Whether it is known that an attempt does not find its program: another provider, or another image,
/// is needed before anything else matters.
pub(super) fn is_absent(context: &Context<'_>, step: &Step, attempt: &Attempt, is_installed: impl FnOnce() -> bool) -> bool {
    let Some((container, image)) = context.workflow.container_of(step).and_then(|container| Some((container, container.image()?))) else { return false };
    if step.place == Place::RootContainer && is_installed() {
        return false;
    }
    if let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) {
        let is_missing = |binary: &str| contents.programs.get(binary) == Some(&false) && !probe::mounts_program(container, contents, binary);
        return probe::counts_path_of_image(context.workflow, step) && probe::binary(attempt).is_some_and(is_missing);
    }
    let binary = known(context, attempt).and_then(|provider| provider.binary());
    is_base_image(&image.value) && binary.is_some_and(|binary| !mounts(container, binary))
}

/// What is certain, since somebody looked into the image.
fn looked_into(harness: &HarnessStep, container: &Container, contents: &Contents, sink: &mut Sink) {
    let is_missing = |binary: &str| contents.programs.get(binary) == Some(&false) && !probe::mounts_program(container, contents, binary);
    let all = harness.attempts.iter().all(|attempt| probe::binary(attempt).is_some_and(is_missing));
    for attempt in &harness.attempts {
        let (Some(binary), Some(name), Some(image)) = (probe::binary(attempt).filter(|binary| is_missing(binary)), &attempt.provider, container.image())
        else {
            continue;
        };
        let ends = if all { "so the step fails" } else { "so this attempt fails" };
        let finding = sink
            .finding(name.span, format!("the image `{}` does not hold `{binary}`, {ends}", image.value))
            .related(image.span, "the step runs in this image")
            .help(format!("use an image that has `{binary}` in its PATH"));
        sink.push(if all { Diagnostic { severity: Severity::Error, ..finding } } else { finding });
    }
}

/// Whether a command of the step may bring a program into the container.
pub(super) fn installs(step: &Step) -> bool {
    const WAYS: &[&str] = &["install", "apk add", "npm i ", "npm add", "yarn add", "yarn global", "pnpm add", "curl", "wget", "cp "];
    let texts = step.commands().unwrap_or_default().iter().map(|command| command.text.as_str());
    let prompt = step.harness().and_then(|harness| harness.prompt.as_ref()).map(|(text, _)| text.as_str());
    texts.chain(prompt).any(|text| WAYS.iter().any(|way| text.contains(way)))
}

/// Whether a volume may bring the program in: mounted as it is, or with a folder of programs.
fn mounts(container: &Container, binary: &str) -> bool {
    container.mounts().iter().any(|(volume, _)| {
        let target = volume.target.trim_end_matches('/');
        target.ends_with(&format!("/{binary}")) || target.ends_with("/bin") || target.ends_with("/sbin") || matches!(target, "/usr" | "/usr/local")
    })
}

/// Whether an image is one of these, from Docker's own registry.
pub(crate) fn is_base_image(image: &str) -> bool {
    let path = ["docker.io/", "index.docker.io/"].iter().find_map(|host| image.strip_prefix(host)).unwrap_or(image);
    let path = path.strip_prefix("library/").unwrap_or(path);
    let name = path.split(['@', ':']).next().unwrap_or_default();
    BASE_IMAGES.contains(&name) && !image.ends_with(":local")
}
