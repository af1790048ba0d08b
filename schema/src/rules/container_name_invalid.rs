use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::Entry;

pub(super) static RULE: Rule = Rule {
    name: "container-name-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A container name that the daemon does not take.",
    why: "A name has at least two characters: letters, digits, `_`, `.` and `-`, with a letter or a digit first. The daemon makes no container with another one, so that every run fails.",
    grounds: "Docker's daemon, at run time: `Invalid container name (a/b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`; the same for `x`.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 name: build box\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 name: build-box\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for entry in context.settings_of_created("name", "container_name") {
        judge(sink, entry);
    }
}

fn judge(sink: &mut Sink, entry: &Entry) {
    // The engine makes `1` of `true`, which is reported as such.
    let Some(text) = entry.value.string().map(str::trim).filter(|text| !text.is_empty() && !text.contains(['$', '`', '{'])) else { return };
    if !is_name(text) {
        let message = match text.len() {
            1 => format!("no container can be named `{text}`: a name has at least two characters"),
            _ => format!("no container can be named `{text}`: letters, digits, `_`, `.` and `-`, with a letter or a digit first"),
        };
        sink.report(entry.value.span, message);
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    text.len() > 1 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(allowed)
}
