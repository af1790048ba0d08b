use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::container::IMAGE_FIELDS;


pub(super) static RULE: Rule = Rule {
    name: "container-exec-field",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A container used with `exec` has a field that only a new container can have.",
    why: "An existing container keeps the mounts, ports, network and image it was made with. The engine does not load a DAG that asks for others.",
    grounds: "Engine, at load: `fields [...] cannot be used with 'exec'`.",
    bad: "container:\n\
        \x20 exec: builder\n\
        \x20 volumes:\n\
        \x20   - /data:/data\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 exec: builder\n\
        \x20 working_dir: /data\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let container = owned.container;
        if container.attach().is_none() {
            continue;
        }
        for entry in container.node.entries().unwrap_or_default() {
            let empty = entry.value.text().is_some_and(str::is_empty)
                || entry.value.items().is_some_and(<[_]>::is_empty)
                || entry.value.entries().is_some_and(<[_]>::is_empty);
            let off = empty || (entry.name() == "keep_container" && !container.keep_container);
            if IMAGE_FIELDS.contains(&entry.name()) && !entry.value.is_null() && !off {
                let message = format!("`{}` cannot be used with `exec`: the existing container keeps what it was made with", entry.name());
                sink.push(sink.finding(entry.key.span, message).help("remove it; with `exec` only user, working_dir, env and shell apply"));
            }
        }
    }
}
