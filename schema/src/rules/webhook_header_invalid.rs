use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::fault::trimmed;

pub(super) static RULE: Rule = Rule {
    name: "webhook-header-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A header in `webhook.forward_headers` that cannot be handed on.",
    why: "An entry is the name of an HTTP header: letters, digits and ``!#$%&'*+-.^_`|~``, without a colon. `Authorization` and `X-Dagu-Profile` are never handed on. The engine does not load a DAG with another entry.",
    grounds: "Engine, at load: `invalid HTTP header name`, `authorization header cannot be forwarded`.",
    bad: "webhook:\n\
        \x20 forward_headers: [Authorization]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "webhook:\n\
        \x20 forward_headers: [X-GitHub-Event]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["webhook"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let headers = context.workflow.node.get_some("webhook").and_then(|webhook| webhook.get_some("forward_headers"));
    for item in headers.and_then(|headers| headers.items()).unwrap_or_default() {
        let Some(text) = item.string().filter(|text| !text.trim().is_empty()) else { continue };
        let name = text.trim();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let message = if !name.bytes().all(is_token) {
            format!("`{name}` is no name of an HTTP header")
        } else if name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("x-dagu-profile") {
            format!("the header `{name}` is never handed on to a run: it carries rights")
        } else {
            continue;
        };
        sink.report(context.span_in(item, trimmed(text)), message);
    }
}
