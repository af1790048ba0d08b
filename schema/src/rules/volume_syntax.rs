use std::ops::Range;

use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference::{self, Reference, Target};
use crate::workflow::volume;

pub(super) static RULE: Rule = Rule {
    name: "volume-syntax",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
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
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            if let Err(fault) = volume::parse(text)
                && is_certain(text, &fault.range)
            {
                sink.report(context.span_in(node, fault.range), format!("{}; every run fails", fault.message));
            }
            for at in stray_dollars(context, text) {
                let message = "this `$` names no variable: write `$NAME` or `${NAME}`; every run fails";
                sink.report(context.span_in(node, at..at + 1), message);
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

/// The `$` of a volume's source that start no reference; the engine fails on each.
fn stray_dollars(context: &Context<'_>, text: &str) -> Vec<usize> {
    let source = text.split(':').next().unwrap_or_default();
    let references = reference::find(text);
    let is_named = |at: usize| {
        references.iter().filter(|reference| reference.range.start == at).any(|reference| match &reference.target {
            // `$1` is the first positional parameter, where there is one.
            Target::Variable { name, .. } if name.starts_with(|c: char| c.is_ascii_digit()) => {
                context.workflow.params.iter().any(|param| param.name.value == *name)
            }
            _ => reference.range.end <= source.len() || text.get(reference.range.clone()).is_some_and(|written| written.contains(':')),
        })
    };
    let inside = |at: usize| references.iter().any(|reference| reference.range.start < at && at < reference.range.end);
    source.match_indices('$').map(|(at, _)| at).filter(|&at| !source[..at].ends_with('\\') && !is_named(at) && !inside(at)).collect()
}
