use super::harness_binary_not_in_image::installs;
use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe;
use crate::workflow::Place;
use std::cell::LazyCell;

pub(super) static RULE: Rule = Rule {
    name: "program-not-in-image",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A command in a container begins with a program that the image does not hold.",
    why: "Neither the image's `PATH` nor a volume has the program, so the step fails. Only the first program of a command is looked at, and only where nothing behind it makes up for it (`||`, `;`, a pipe). Where a command of the same container may install the program, nothing is said; where the step has `continue_on`, the finding is a warning. Of an image that a step on the host may build, nothing is said.\n\nReported by `dagu-rs check --probe`, which looks into the image without starting anything.",
    grounds: "Measured on Dagu 2.15.1: `exec: \"nosuchprogram\": executable file not found in $PATH` (exit code 126 in a root container); `dagu-rs run`: `nosuchprogram: not found`, exit code 127.",
    bad: "# probe: alpine:3.20 has sh; not terraform\n\
        steps:\n\
        \x20 - id: plan\n\
        \x20   container: {image: 'alpine:3.20'}\n\
        \x20   run: terraform plan\n",
    good: "# probe: hashicorp/terraform:1.9 has sh, terraform\n\
        steps:\n\
        \x20 - id: plan\n\
        \x20   container: {image: 'hashicorp/terraform:1.9'}\n\
        \x20   run: terraform plan\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root_installs = LazyCell::new(|| context.root_container_steps().any(installs));
    for step in context.steps() {
        let Some(container) = context.workflow.container_of(step) else { continue };
        let Some(image) = container.image() else { continue };
        let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) else { continue };
        if installs(step) || (step.place == Place::RootContainer && *root_installs) {
            continue;
        }
        for command in step.commands().unwrap_or_default() {
            let Some((program, range)) = probe::program(context.workflow, step, command) else { continue };
            if contents.programs.get(&program) != Some(&false) || probe::mounts_program(container, contents, &program) {
                continue;
            }
            let message = format!("the image `{}` does not hold `{program}`, so the step fails", image.value);
            let finding = sink
                .finding(context.span_in(&command.node, range), message)
                .related(image.span, "the command runs in this image")
                .help(format!("use an image that has `{program}`, or install it when the image is built"));
            let goes_on = step.node.get_some("continue_on").is_some();
            sink.push(if goes_on { Diagnostic { severity: Severity::Warning, ..finding } } else { finding });
        }
    }
}
