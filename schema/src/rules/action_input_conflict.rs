use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "action-input-conflict",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "Two inputs of an action exclude each other, or one needs another.",
    why: "Each action takes its data, its template or its credentials from one place. With two of them, or with a setting whose other half is missing, the engine does not load the DAG, or the step fails.",
    grounds: "Engine, at load: `jq.filter does not allow both with.data and with.input`, `template.render requires exactly one of with.template or with.template_ref`, `git: token cannot be combined with username/password`, `with.base requires create_branch: true`, `data: configuration error: raw and to are mutually exclusive`, `artifact: configuration error: overwrite requires atomic writes`.",
    bad: "steps:\n\
        \x20 - id: names\n\
        \x20   action: jq.filter\n\
        \x20   with:\n\
        \x20     filter: .name\n\
        \x20     data: {name: you}\n\
        \x20     input: people.json\n",
    good: "steps:\n\
        \x20 - id: names\n\
        \x20   action: jq.filter\n\
        \x20   with:\n\
        \x20     filter: .name\n\
        \x20     input: people.json\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let (Some(operation), Some(with)) = (step.operation(), step.input()) else { continue };
        match operation {
            "jq.filter" => exclusive(sink, with, "data", "input"),
            "data.convert" => exclusive(sink, with, "data", "input"),
            "data.pick" => {
                exclusive(sink, with, "data", "input");
                if is_true(with, "raw") && is_given(with, "to") {
                    exclusive_before_run(sink, step, with, "raw", "to");
                }
            }
            "template.render" => exclusive(sink, with, "template", "template_ref"),
            "git.checkout" => {
                for (one, other) in [("token", "username"), ("token", "password"), ("ssh_key_path", "token"), ("ssh_key_path", "password")] {
                    if is_given(with, one) && is_given(with, other) {
                        exclusive_before_run(sink, step, with, one, other);
                    }
                }
            }
            "git.worktree.add" if with.get("branch").is_some() && !is_true(with, "create_branch") => {
                needs(sink, with, "base", "`base` only counts for a branch that is created: add `create_branch: true`");
            }
            "git.worktree.remove" => {
                if is_true(with, "delete_branch") && with.get("branch").is_none() {
                    needs(sink, with, "delete_branch", "`delete_branch` needs to know the branch: add `branch`");
                }
                if is_true(with, "force_delete_branch") && !is_true(with, "delete_branch") {
                    needs(sink, with, "force_delete_branch", "`force_delete_branch` only counts beside `delete_branch: true`");
                }
            }
            "artifact.write" if is_true(with, "overwrite") => {
                if let Some(atomic) = with.entry("atomic").filter(|entry| entry.value.scalar_type() == Some(ScalarType::Bool(false))) {
                    let message = "an artifact can only be overwritten at once and whole: `overwrite: true` excludes `atomic: false`";
                    sink.push(sink.before_run(step, atomic.key.span.to(atomic.value_span()), message));
                }
            }
            _ => {}
        }
    }
}

fn exclusive(sink: &mut Sink, with: &Node, one: &str, other: &str) {
    if let (Some(one), Some(other)) = (with.entry(one), with.entry(other)) {
        let message = format!("`{}` and `{}` exclude each other", one.name(), other.name());
        sink.push(sink.finding(other.key.span, message).related(one.key.span, format!("`{}` is given here", one.name())));
    }
}

fn exclusive_before_run(sink: &mut Sink, step: &Step, with: &Node, one: &str, other: &str) {
    if let (Some(one), Some(other)) = (with.entry(one), with.entry(other)) {
        let message = format!("`{}` and `{}` exclude each other", one.name(), other.name());
        sink.push(sink.before_run(step, other.key.span, message).related(one.key.span, format!("`{}` is given here", one.name())));
    }
}

fn needs(sink: &mut Sink, with: &Node, key: &str, message: &str) {
    if let Some(entry) = with.entry(key) {
        sink.report(entry.key.span, message);
    }
}

fn is_true(with: &Node, key: &str) -> bool {
    with.get(key).is_some_and(|value| value.scalar_type() == Some(ScalarType::Bool(true)))
}

fn is_given(with: &Node, key: &str) -> bool {
    with.get_some(key).and_then(|value| value.text()).is_some_and(|text| !text.trim().is_empty())
}
