use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "container-image-exec-conflict",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A container has both `image` and `exec`.",
    why: "`image` makes a container, `exec` uses one that is already there. The engine refuses to choose and does not load the DAG.",
    grounds: "Engine, at load: `'exec' and 'image' are mutually exclusive`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 exec: builder\n\
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
    for owned in context.containers() {
        let given = |field| owned.container.entry(field).filter(|entry| entry.value.text().is_some_and(|text| !text.is_empty()) && !entry.value.is_null());
        if let (Some(image), Some(exec)) = (given("image"), given("exec")) {
            let (first, second) = if image.key.span < exec.key.span { (image, exec) } else { (exec, image) };
            let message = "`image` and `exec` exclude each other: one makes a container, the other uses an existing one";
            sink.push(
                sink.finding(second.key.span, message)
                    .related(first.key.span, format!("`{}` is given here", first.name()))
                    .help("remove the one that is not meant"),
            );
        }
    }
}
