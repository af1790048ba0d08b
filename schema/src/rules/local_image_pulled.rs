use super::{Check, Context, Rule, Sink, add_key};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::probe::Image;
use crate::workflow::PullPolicy;

pub(super) static RULE: Rule = Rule {
    name: "local-image-pulled",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An image tagged `:local` without `pull_policy: never`.",
    why: "Such an image is built on the machine and in no registry. When it is not there, the default policy asks a registry for it, which fails with a message about the registry instead of the missing build; `always` fails even when it is there.",
    grounds: "Page \"Run Claude Code in a Container\": every use of `dagu-claude-runner:local` has `pull_policy: never`. Engine: `missing` pulls what is not there.",
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
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        let Some(image) = container.image().filter(|image| image.ends_with(":local")) else { continue };
        let asks = matches!(container.pull_policy, Some(PullPolicy::Missing | PullPolicy::Always));
        if !asks {
            continue;
        }
        let is_absent = context.facts.images.get(&image.value) == Some(&Image::Absent);
        let missing = if is_absent { " and is not there," } else { "," };
        let message = format!("`{}` is built on this machine{missing} but without `pull_policy: never` a registry is asked for it", image.value);
        let finding = sink.finding(image.span, message);
        let edit = match container.entry("pull_policy") {
            Some(entry) => Some(Edit { span: entry.value_span(), text: "never".to_owned() }).filter(|_| !entry.value.is_null()),
            None => add_key(&container.node, &context.tree.text, "pull_policy: never"),
        };
        sink.push(match edit {
            Some(edit) => finding.fix(Fix { title: "Set `pull_policy: never`".to_owned(), safety: Safety::Safe, edits: vec![edit] }),
            None => finding.help("set `pull_policy: never`"),
        });
    }
}
