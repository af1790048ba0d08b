use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Entry;

pub(super) static RULE: Rule = Rule {
    name: "container-working-dir-relative",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A `working_dir` in a container that is no absolute path.",
    why: "The directory is one in the container, and the daemon takes absolute paths only: there is nothing that a relative one could start from.",
    grounds: "Docker's daemon, at run time: `the working directory 'work' is invalid, it needs to be an absolute path`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 working_dir: work\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 working_dir: /work\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for entry in context.settings_of_created("working_dir", "working_dir") {
        judge(sink, entry);
    }
}

fn judge(sink: &mut Sink, entry: &Entry) {
    if entry.value.is_null() {
        return;
    }
    let Some(text) = entry.value.text().map(str::trim).filter(|text| !text.is_empty() && !text.contains(['$', '`', '{'])) else { return };
    let is_absolute = text.starts_with('/') || text.starts_with('\\') || text.get(1..2) == Some(":");
    if !is_absolute {
        let finding = sink.finding(entry.value.span, format!("`{text}` is no absolute path: no container can be made with it"));
        let is_path = entry.value.string().is_some() && !text.starts_with(['.', '~']);
        sink.push(if is_path { finding.help(format!("a path in the container starts with `/`, such as `/{text}`")) } else { finding });
    }
}
