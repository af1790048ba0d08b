use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{PullPolicy, image};

pub(super) static RULE: Rule = Rule {
    name: "image-unpinned",
    severity: Severity::Info,
    confidence: Confidence::Maybe,
    refused: false,
    summary: "An image without a tag, or with `latest`.",
    why: "What such a name stands for changes with each release: the same DAG runs another image tomorrow, or on another machine. A tag with a version holds still, a digest for certain.",
    grounds: "Docker: a reference without tag and digest means the tag `latest`.",
    bad: "container:\n\
        \x20 image: alpine\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers().filter(|owned| owned.container.pull_policy != Some(PullPolicy::Never)) {
        let Some(image) = owned.container.image() else { continue };
        let name = image.value.trim();
        if name.contains(['$', '@']) || image::fault(name).is_some() {
            continue;
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        let message = match last.split_once(':') {
            None => format!("`{name}` has no tag: it is what `latest` is at the time"),
            Some((_, "latest")) => format!("`{name}` is another image after each release"),
            Some(_) => continue,
        };
        sink.push(sink.finding(image.span, message).help("name a version, or a digest"));
    }
}
