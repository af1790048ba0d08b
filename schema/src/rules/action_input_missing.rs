use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::diagnostic::Diagnostic;
use crate::model::action;
use crate::source::Span;
use crate::syntax::Node;
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "action-input-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An action lacks an input that it cannot do without.",
    why: "Some actions need one of several inputs, and some need an input only when another is there. The engine does not load a DAG without it; where it does, the step fails, and the finding is a warning.",
    grounds: "Engine, at load: `template.render requires exactly one of with.template or with.template_ref`, `chat.completion requires with.prompt or with.messages`, `git.worktree.remove requires with.branch or with.path`, `required: missing properties: [\"dsn\"]`, `image is required`, `router step requires 'value' field`; by a run: `source is required for upload`. The engine skips its check of `dsn`, `source` and `image` when `with` holds nothing else.",
    bad: "steps:\n\
        \x20 - id: page\n\
        \x20   action: template.render\n\
        \x20   with:\n\
        \x20     data: {name: you}\n",
    good: "steps:\n\
        \x20 - id: page\n\
        \x20   action: template.render\n\
        \x20   with:\n\
        \x20     template: \"Hello, {{ .name }}\"\n\
        \x20     data: {name: you}\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        if let Some(operation) = step.operation() {
            for finding in missing(context, sink, step, operation) {
                sink.push(finding);
            }
        }
    }
}

fn missing(context: &Context<'_>, sink: &Sink, step: &Step, operation: &str) -> Vec<Diagnostic> {
    let is_legacy = step.node.get("action").is_none();
    let with = step.input();
    let has = |key: &str| with.is_some_and(|with| with.get(key).is_some());
    let has_beside = |own: &[&str]| with.and_then(|with| with.entries()).unwrap_or_default().iter().any(|entry| !own.contains(&entry.name()));
    let place = place(step);
    let (kind, _) = operation.split_once('.').unwrap_or((operation, ""));
    let own: &[&str] = if is_legacy { &[] } else { &["command", "query"] };
    let mut found = Vec::new();
    match operation {
        "template.render" if !has("template") && !has("template_ref") => {
            found.push(sink.finding(place, "`template.render` needs `with.template`, or `with.template_ref`"));
        }
        "chat.completion" if !has("prompt") && !has("messages") => {
            found.push(sink.finding(place, "`chat.completion` needs `with.prompt` or `with.messages`"));
        }
        "git.worktree.remove" if !has("branch") && !has("path") => {
            found.push(sink.finding(place, "`git.worktree.remove` needs `with.branch` or `with.path`"));
        }
        "data.convert" | "data.pick" if with.is_some() && !has("data") && !has("input") => {
            found.push(sink.finding(place, format!("`{operation}` needs `with.data` or `with.input`")));
        }
        "s3.upload" if with.is_none_or(|with| with.get_some("source").is_none()) => {
            found.push(sink.finding(place, "`s3.upload` needs `with.source`, the file to upload: the step fails without it").loads());
        }
        "docker.run" | "container.run" => found.extend(docker(sink, step, place, with, has_beside(own))),
        _ => {}
    }
    match kind {
        "archive" if !has("source") => found.push(looser(sink, has_beside(&[]), place, "an archive action needs `with.source`")),
        "postgres" | "sqlite" if !has("dsn") && (!is_legacy || with.is_some()) => {
            found.push(looser(sink, has_beside(own), place, "the address of the database is missing: add `with.dsn`"));
        }
        "docker" if is_legacy => found.extend(docker(sink, step, place, with, has_beside(own))),
        "k8s" | "kubernetes" => found.extend(image(context, sink, step, place, with, has_beside(own))),
        "router" if is_legacy => found.extend(router(sink, step, place)),
        "log" if is_legacy && !has("message") => found.push(sink.before_run(step, place, "`type: log` needs `with.message`")),
        "outputs" if is_legacy && !has("values") => found.push(sink.before_run(step, place, "`type: outputs` needs `with.values`")),
        "artifact" | "data" | "file" | "git" | "state" | "wait" if is_legacy => {
            let fields = action::find(operation).map(|action| action.input.fields).unwrap_or_default();
            let names = fields.iter().filter(|field| field.required && !has(field.name)).map(|field| field.name);
            found.extend(names.map(|name| sink.before_run(step, place, format!("`{operation}` needs `with.{name}`"))));
        }
        _ => {}
    }
    found
}

fn place(step: &Step) -> Span {
    let name = step.node.get_some("action").or_else(|| step.node.get_some("type"));
    name.map_or(step.label, |name| name.span)
}

/// An error where the engine looks, else a warning.
fn looser(sink: &Sink, is_checked: bool, place: Span, message: &str) -> Diagnostic {
    let finding = sink.finding(place, message);
    if is_checked { finding } else { finding.loads() }
}

fn docker(sink: &Sink, step: &Step, place: Span, with: Option<&crate::syntax::NodeRef>, is_checked: bool) -> Option<Diagnostic> {
    let has = |key: &str| with.is_some_and(|with| with.get(key).is_some());
    if !has("image") && !has("container_name") {
        let is_needed = is_checked || step.container.is_none();
        return is_needed.then(|| looser(sink, is_checked, place, "a container needs `with.image`, or `with.container_name` of a running one"));
    }
    let is_ambiguous = has("exec") && has("image") && !has("container_name");
    is_ambiguous.then(|| sink.finding(place, "`exec` beside `image` needs to know in which container: add `with.container_name`"))
}

/// In a handler the engine looks for the key alone, and only where something else is set.
fn image(
    context: &Context<'_>,
    sink: &Sink,
    step: &Step,
    place: Span,
    with: Option<&crate::syntax::NodeRef>,
    is_checked: bool,
) -> Option<Diagnostic> {
    let own = with.and_then(|with| with.entry("image"));
    let defaults = context.workflow.node.get_some("kubernetes").filter(|root| root.entries().is_some_and(|entries| !entries.is_empty()));
    let is_inherited = own.is_none() && defaults.is_some_and(|defaults| is_text(defaults, "image"));
    if is_inherited || with.is_some_and(|with| is_text(with, "image")) {
        return None;
    }
    let place = own.map_or(place, |entry| entry.value_span());
    let message = "a Kubernetes job needs `with.image`, here or in the root's `kubernetes`";
    let is_nowhere = own.is_none() && defaults.is_none_or(|defaults| defaults.get("image").is_none());
    let is_refused = is_nowhere && (is_checked || defaults.is_some());
    Some(if is_refused { sink.finding(place, message) } else { sink.before_run(step, place, message) })
}

fn is_text(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|value| value.scalar().is_none() || (!value.is_null() && value.text().is_some_and(|text| !text.trim().is_empty())))
}

fn router(sink: &Sink, step: &Step, place: Span) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !is_text(&step.node, "value") {
        found.push(sink.finding(place, "a router needs the `value` to decide by"));
    }
    if step.node.get("routes").and_then(|routes| routes.entries()).is_none_or(<[_]>::is_empty) {
        found.push(sink.finding(place, "a router needs `routes`, with at least one pattern"));
    }
    found
}
