use super::{Check, Context, Has, Rule, Sink, add_key};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::probe::Image;
use crate::workflow::PullPolicy;

pub(super) static RULE: Rule = Rule {
    name: "local-image-pulled",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An image tagged `:local` that a registry may be asked for.",
    why: "Such an image is built on the machine and in no registry. When it is not there, the default policy asks a registry for it, which fails with a message about the registry instead of the missing build; `always` fails even when it is there. A `pull_policy: missing` that is written is taken as meant.",
    grounds: "Page \"Run Claude Code in a Container\": every use of `dagu-claude-runner:local` has `pull_policy: never`. Engine, by runs: without `pull_policy` it is `missing`, which uses the image that is there (`should-pull=false`) and pulls one that is not; `always` pulls each time, and fails.",
    bad: "container:\n\
        \x20 image: my-runner:local\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: my-runner:local\n\
        \x20 pull_policy: never\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(image) = container.image().filter(|image| image.ends_with(":local")) else { continue };
        let name = &image.value;
        // What the author wrote may be meant: only what fails in any case is said of it.
        let written = container.entry("pull_policy").filter(|entry| !entry.value.is_null());
        match (container.pull_policy, written) {
            (Some(PullPolicy::Always), Some(entry)) => {
                let message = format!("`{name}` is in no registry, and `always` asks one for it each time, also when it is on this machine");
                let edits = vec![Edit { span: entry.value_span(), text: "never".to_owned() }];
                let fix = Fix { title: "Set `pull_policy: never`".to_owned(), safety: Safety::Unsafe, edits };
                sink.push(sink.finding(image.span, message).help("set `pull_policy: never`").fix(fix));
            }
            (Some(PullPolicy::Missing), None) => {
                let is_absent = context.facts.images.get(name) == Some(&Image::Absent);
                let when = if is_absent { ", and it is not there" } else { " when it is not there" };
                let message = format!("`{name}` is built on this machine: without `pull_policy: never` a registry is asked for it{when}");
                let finding = sink.finding(image.span, message);
                sink.push(match add_key(&container.node, &context.tree.text, "pull_policy: never") {
                    Some(edit) => {
                        finding.fix(Fix { title: "Set `pull_policy: never`".to_owned(), safety: Safety::Safe, edits: vec![edit] })
                    }
                    None => finding.help("set `pull_policy: never`"),
                });
            }
            _ => {}
        }
    }
}
