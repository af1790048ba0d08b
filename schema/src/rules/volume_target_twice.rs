use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::workflow::volume;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub(super) static RULE: Rule = Rule {
    name: "volume-target-twice",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "Two volumes of a container have the same target.",
    why: "The container engine mounts one thing at a path. With two of the same target, written with or without a slash at the end, no container is made, and the run fails.",
    grounds: "Measured on the engine: two binds, a bind and a named volume, two named volumes, and the same entry twice all fail with `Duplicate mount point`. Its `validate` accepts them.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - /srv/data:/data\n\
        \x20   - cache:/data\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - /srv/data:/data\n\
        \x20   - cache:/cache\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let mut taken: HashMap<String, Span> = HashMap::new();
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            if volume.target.contains('$') {
                continue;
            }
            let span = context.span_in(node, volume.target_range);
            match taken.entry(volume::normal(&volume.target)) {
                Entry::Vacant(free) => {
                    free.insert(span);
                }
                Entry::Occupied(first) => {
                    let message = format!("`{}` is already the target of another volume: the container cannot be made", first.key());
                    sink.push(
                        sink.finding(span, message)
                            .related(*first.get(), "the first volume with this target")
                            .help("give it another target, or remove one of the two"),
                    );
                }
            }
        }
    }
}
