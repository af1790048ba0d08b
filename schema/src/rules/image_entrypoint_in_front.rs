use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Severity};
use super::Owned;

pub(super) static RULE: Rule = Rule {
    name: "image-entrypoint-in-front",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The image of a step's container has an entrypoint that takes the command for its arguments.",
    why: "For a step with one command the engine keeps the image's `ENTRYPOINT` and puts the command behind it: `run: echo hello` in an image of `git` starts `git echo hello`. Entrypoints that start the command they are given, such as `tini` or a script that ends in `exec \"$@\"`, are fine, and nothing is said about them. `dagu-rs run` starts the command itself, in place of the entrypoint; so does the engine for a list of commands and in the root container.\n\nReported by `dagu-rs check --probe`, which looks into the image without starting anything.",
    grounds: "Measured on Dagu 2.15.1: with `ENTRYPOINT [\"/bin/echo\", \"swallowed\"]`, `run: echo hello` prints `swallowed echo hello` and succeeds; `dagu-rs run` prints `hello`.",
    bad: "# probe: alpine/git:2.45 has sh, git, ls; entrypoint git\n\
        steps:\n\
        \x20 - id: list\n\
        \x20   container: {image: 'alpine/git:2.45'}\n\
        \x20   run: ls -l\n",
    good: "# probe: alpine/git:2.45 has sh, git, ls; entrypoint git\n\
        container: {image: 'alpine/git:2.45'}\n\
        steps:\n\
        \x20 - id: list\n\
        \x20   run: ls -l\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let Some(container) = step.container.as_deref() else { continue };
        let Some(image) = container.image() else { continue };
        let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) else { continue };
        // Their own executable is made the entrypoint of a harness.
        let Some([command]) = step.commands() else { continue };
        if contents.entrypoint.is_empty() || contents.hands_on != Some(false) || starts_in_background(Owned { container, step: Some(step) }) {
            continue;
        }
        let entrypoint = contents.entrypoint.join(" ");
        // Written for it: `run: status` in an image of git.
        let first = command.text.split_whitespace().next().unwrap_or_default();
        if container.shell.is_empty() && contents.programs.get(first) == Some(&false) {
            continue;
        }
        let message = format!("the engine runs `{entrypoint}` with this command as its arguments: that is the entrypoint of the image `{}`", image.value);
        sink.push(
            sink.finding(command.node.span, message)
                .related(image.span, "this image has the entrypoint")
                .help("move the container to the DAG's root, write the command as a list of two, or use an image without it; dagu-rs run starts the command itself"),
        );
    }
}
