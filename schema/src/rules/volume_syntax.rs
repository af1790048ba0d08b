use std::ops::Range;

use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::reference::{self, Reference};
use crate::workflow::volume;

pub(super) static RULE: Rule = Rule {
    name: "volume-syntax",
    severity: Severity::Error,
    summary: "An entry of `volumes` that is not `source:target` or `source:target:mode`.",
    why: "The entry is split at every colon. It needs a source and an absolute target, and a third part can only be `ro` or `rw`. Everything else loads and then fails each run.",
    grounds: "Engine, at run time: `invalid volume format`. Its `validate` accepts any text.",
    bad: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - ./data:/data:rx\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "working_dir: .\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        \x20 volumes:\n\
        \x20   - ./data:/data:ro\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            if let Err(fault) = volume::parse(text)
                && is_certain(text, &fault.range)
            {
                sink.report(context.span_in(node, fault.range), format!("{}; every run fails", fault.message));
            }
        }
    }
}

/// Whether the fault stands whatever the references of the text stand for: they may hold the
/// colons that are missing, or be replaced with those that are too many.
fn is_certain(text: &str, fault: &Range<usize>) -> bool {
    let holds_colon = |reference: &Reference| text.get(reference.range.clone()).is_some_and(|written| written.contains(':'));
    text.get(fault.clone()).is_some_and(|written| !written.contains('$')) && !reference::find(text).iter().any(holds_colon)
}
