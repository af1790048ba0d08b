use std::collections::HashMap;

use super::{Context, Rule, Sink};
use crate::diagnostic::Severity;
use crate::workflow::DagType;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-task",
    severity: Severity::Error,
    summary: "Two tasks of an agent with one name.",
    why: "The agent reports a task as complete by its name. The engine does not load a DAG in which a name stands for two; blanks around it do not count, letter case does.",
    grounds: "Engine, at load: `duplicate task name`.",
    bad: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody else was greeted.\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "type: agent\n\
        llm:\n\
        \x20 provider: anthropic\n\
        \x20 model: claude-sonnet-4-5\n\
        tasks:\n\
        \x20 - name: greeting\n\
        \x20   description: Somebody was greeted.\n\
        \x20 - name: second-greeting\n\
        \x20   description: Somebody else was greeted.\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Some(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if context.workflow.kind != DagType::Agent {
        return;
    }
    let mut names = HashMap::new();
    for name in context.workflow.node.get_some("tasks").and_then(|tasks| tasks.items()).unwrap_or_default().iter().filter_map(|task| task.get_some("name")) {
        let text = name.string().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        match names.get(text) {
            Some(&first) => sink.push(sink.finding(name.span, format!("there is a task `{text}` already")).related(first, "first here")),
            None => {
                names.insert(text, name.span);
            }
        }
    }
}
