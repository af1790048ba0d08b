use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Entry;
use crate::workflow::{Action, image};

pub(super) static RULE: Rule = Rule {
    name: "container-image-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A reference to an image that the container engine cannot read.",
    why: "A reference is a name in lower case, with the registry's host before it and a tag or a digest behind it if need be: `ghcr.io/owner/tool:1.2`. Anything else fails before the image is even looked for.",
    grounds: "Engine, at run time: `invalid reference format`, `repository name must be lowercase`. The grammar is that of Docker's `distribution/reference`.",
    bad: "container:\n\
        \x20 image: Alpine:3.20\n\
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
    for image in context.containers().filter_map(|owned| owned.container.entry("image")) {
        judge(context, sink, image);
    }
    for step in context.steps() {
        if let Action::DockerRun(Some(with)) = &step.action
            && let Some(image) = with.entry("image")
        {
            judge(context, sink, image);
        }
    }
}

fn judge(context: &Context<'_>, sink: &mut Sink, entry: &Entry) {
    let node = &entry.value;
    let Some(text) = node.text().filter(|text| !text.is_empty() && !text.contains(['$', '`']) && !text.contains("{{")) else { return };
    if node.is_null() {
        return;
    }
    if let Some((part, why)) = image::fault(text) {
        let shown = if text.trim().is_empty() { "this".to_owned() } else { format!("`{text}`") };
        sink.report(context.span_in(node, part), format!("{shown} is no reference to an image: {why}"));
    }
}
