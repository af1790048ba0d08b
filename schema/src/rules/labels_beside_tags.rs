use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Entry;

pub(super) static RULE: Rule = Rule {
    name: "labels-beside-tags",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`labels` and `tags` in one DAG.",
    why: "`tags` is the older name of `labels`. The engine rejects a DAG that has both, also when one of them is empty: put all of them under `labels`.",
    grounds: "Engine, at load: `labels and deprecated tags cannot both be set`.",
    bad: "labels: [nightly]\n\
        tags: [reports]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "labels: [nightly, reports]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["tags"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    // The engine compares the keys as they are written.
    let as_written = |name: &str| root.entry(name).filter(|entry| !is_in_other_case(context, entry, name));
    if let (Some(labels), Some(tags)) = (as_written("labels"), as_written("tags")) {
        let finding = sink.finding(tags.key.span, "`tags` cannot stand beside `labels`: it is the older name of the same field");
        sink.push(finding.related(labels.key.span, "`labels` is here").help("move its labels to `labels`"));
    }
}

fn is_in_other_case(context: &Context<'_>, entry: &Entry, name: &str) -> bool {
    let written = context.tree.text.get(entry.key.span.range());
    written.is_some_and(|written| written != name && written.eq_ignore_ascii_case(name))
}
