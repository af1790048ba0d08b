use super::{Check, Context, Has, Owned, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::probe::platform;
use crate::workflow::PullPolicy;

pub(super) static RULE: Rule = Rule {
    name: "image-platform-differs",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An image that is there for another platform than the container is to have.",
    why: "The engine makes a container for the `platform` that it names, and for that of the container engine where it names none. An image of another platform does not count as being there: with `pull_policy: never` the step fails, with the other policies the registry is asked for another image, which is a warning.\n\nReported by `dagu-rs check --probe`, which asks the container engine.",
    grounds: "Measured on Dagu 2.15.1: with `never`, `image ... was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64`, and the same for an image of linux/arm64 where no `platform` is given on linux/amd64; with `missing` the registry is asked. `dagu-rs run` starts the second, as far as the machine can.",
    bad: "# probe: alpine:3.20 has sh, echo; platform linux/amd64\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     platform: linux/arm64\n\
        \x20     pull_policy: never\n\
        \x20   run: echo hello\n",
    good: "# probe: alpine:3.20 has sh, echo; platform linux/amd64\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     platform: linux/amd64\n\
        \x20     pull_policy: never\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(engine) = &context.facts.engine else { return };
    for Owned { container, .. } in context.containers() {
        let Some(image) = container.image() else { continue };
        let Some(contents) = context.facts.images.get(&image.value).and_then(|image| image.contents()) else { continue };
        let named = container.platform.as_deref().filter(|platform| !platform.is_empty()).zip(container.entry("platform"));
        let (wanted, span) = named.map_or((engine.platform.as_str(), image.span), |(platform, entry)| (platform, entry.value.span));
        let (Some(wants), Some(has)) = (platform(wanted).filter(|_| !wanted.contains('$')), platform(&contents.platform)) else { continue };
        if wants == has {
            continue;
        }
        let actual = &contents.platform;
        let differs = match named {
            Some(_) => format!("the image `{}` is there for `{actual}`, not for `{wanted}`", image.value),
            None => format!("the image `{}` is for `{actual}`, and {} here runs `{wanted}`", image.value, engine.product),
        };
        let help = format!("get or build the image for `{wanted}`, or say `platform: {actual}` where that can run here");
        match container.pull_policy {
            Some(PullPolicy::Never) => sink.push(sink.finding(span, format!("{differs}: the engine does not start it")).help(help)),
            _ => {
                let message = format!("{differs}: the engine asks the registry for another one");
                sink.push(Diagnostic { severity: Severity::Warning, ..sink.finding(span, message).help(help) });
            }
        }
    }
}
