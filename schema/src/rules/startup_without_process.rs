use super::{Check, Context, Has, Rule, Sink, starts_in_background};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe::is_shell;

pub(super) static RULE: Rule = Rule {
    name: "startup-without-process",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`startup: entrypoint` for an image that starts nothing, or a shell that ends at once.",
    why: "With `startup: entrypoint` the image's own process has to keep the container alive while commands are executed in it. An image without `ENTRYPOINT` and `CMD` cannot be started so. One whose process is a shell ends at once in the engine, since nothing is on its standard input; `dagu-rs run` keeps that open, so this case is a warning.\n\nReported by `dagu-rs check --probe`, which asks the container engine.",
    grounds: "Measured on Dagu 2.15.1 and `dagu-rs run`: `No command specified` for an image with neither. For `CMD [\"/bin/sh\"]` the engine fails with `container ... not running; status=exited`.",
    bad: "# probe: reports:3 has sh, cat\n\
        container:\n\
        \x20 image: reports:3\n\
        \x20 pull_policy: never\n\
        \x20 startup: entrypoint\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: cat report.txt\n",
    good: "# probe: reports:3 has sh, cat\n\
        container:\n\
        \x20 image: reports:3\n\
        \x20 pull_policy: never\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: cat report.txt\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| starts_in_background(*owned) && owned.container.startup == "entrypoint") {
        let (Some(image), Some(entry)) = (owned.container.image(), owned.container.entry("startup")) else { continue };
        let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) else { continue };
        let process: Vec<&str> = contents.entrypoint.iter().chain(&contents.command).map(String::as_str).collect();
        let help = "leave `startup` out: the container is then kept alive for its commands";
        match process.as_slice() {
            [] => {
                let message = format!("the image `{}` has neither entrypoint nor command, so the container cannot start", image.value);
                sink.push(sink.finding(entry.value.span, message).help(help));
            }
            [shell] if is_shell(shell) => {
                let message = format!("the image `{}` starts `{shell}`, which ends at once in the engine: nothing is on its standard input", image.value);
                sink.push(Diagnostic { severity: Severity::Warning, ..sink.finding(entry.value.span, message).help(help) });
            }
            _ => {}
        }
    }
}
