use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::suggest::nearest;


pub(super) static RULE: Rule = Rule {
    name: "container-image-or-exec-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A container has neither `image` nor `exec`.",
    why: "A container is made from an `image`, or is an existing one named by `exec`. With neither there is nothing to run in, and the engine does not load the DAG.",
    grounds: "Engine, at load: `either 'exec' or 'image' must be specified`, and `container name cannot be empty` for the string form.",
    bad: "container:\n\
        \x20 working_dir: /workspace\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 working_dir: /workspace\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: true,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let node = &owned.container.node;
        let blank = |field: &str| node.get(field).is_none_or(|value| value.is_null() || value.text().is_some_and(str::is_empty));
        let unknowable = ["image", "exec"].iter().any(|field| node.get(field).is_some_and(|value| value.is_unresolved()));
        // A slip of one of the two is reported as an unknown key.
        let misspelt = || node.entries().unwrap_or_default().iter().any(|entry| !matches!(entry.name(), "image" | "exec") && nearest(entry.name(), ["image", "exec"]).is_some());
        if node.entries().is_some() && blank("image") && blank("exec") && !unknowable && !misspelt() {
            let written = node.entry("image").or_else(|| node.entry("exec"));
            let span = written.map_or(owned.container.key, |entry| entry.value_span());
            let message = "the container has neither `image` nor `exec`, so there is nothing to run in";
            sink.push(sink.finding(span, message).help("name the `image` to make it from, or with `exec` a running container"));
        } else if node.text().is_some_and(|name| name.trim().is_empty()) {
            sink.report(node.span, "the container's name is empty: name a running container, or give a mapping with an `image`");
        }
    }
}
