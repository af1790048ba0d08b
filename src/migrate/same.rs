//! Whether two texts say the same DAG, one in the older syntax and one in today's.
//!
//! Held against each other is what the schema crate resolved from each, and all of the text that
//! is not part of the older syntax.

use dagu_schema::syntax::{Entry, Node};
use dagu_schema::workflow::{Action, HarnessStep, Step, Workflow};

/// Keys of a step that say what it executes, in either syntax.
const EXECUTION: &[&str] = &[
    "action",
    "call",
    "command",
    "config",
    "exec",
    "llm",
    "messages",
    "params",
    "routes",
    "run",
    "script",
    "shell",
    "shell_args",
    "shell_packages",
    "type",
    "value",
    "with",
];

/// Keys of a step that stand under `with` today, and their names there.
const MOVED: &[(&str, &str)] = &[
    ("call", "dag"),
    ("params", "params"),
    ("messages", "messages"),
    ("value", "value"),
    ("routes", "routes"),
    ("shell", "shell"),
    ("shell_args", "shell_args"),
    ("shell_packages", "shell_packages"),
];

/// Whether the documents of two texts do the same.
pub(super) fn workflows(before: &[Workflow], after: &[Workflow]) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(before, after)| workflow(before, after))
}

fn workflow(before: &Workflow, after: &Workflow) -> bool {
    let edges = |workflow: &Workflow| -> Vec<Vec<usize>> {
        workflow.edges.iter().map(|edges| edges.iter().map(|edge| edge.from).collect()).collect()
    };
    before.kind == after.kind
        && entries(&before.node, &after.node, &["steps", "handler_on", "type"])
        && edges(before) == edges(after)
        && before.steps.len() == after.steps.len()
        && before.steps.iter().zip(&after.steps).all(|(before, after)| step(before, after))
        && before.handlers.len() == after.handlers.len()
        && before.handlers.iter().zip(&after.handlers).all(|((a, before), (b, after))| a.value == b.value && step(before, after))
}

fn step(before: &Step, after: &Step) -> bool {
    before.place == after.place
        && before.standing == after.standing
        && before.shell == after.shell
        && action(&before.action, &after.action)
        && texts(&before.depends) == texts(&after.depends)
        && step_text(&before.node, &after.node)
}

fn texts(names: &[dagu_schema::Spanned<String>]) -> Vec<&str> {
    names.iter().map(|name| name.value.as_str()).collect()
}

fn action(before: &Action, after: &Action) -> bool {
    match (before, after) {
        (Action::Run(before), Action::Run(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| before.text.trim() == after.text.trim())
        }
        (Action::Harness(before), Action::Harness(after)) => harness(before, after),
        (Action::DockerRun(_), Action::DockerRun(_)) | (Action::None, Action::None) => true,
        (Action::Other(before), Action::Other(after)) => executor(&before.value) == executor(&after.value),
        _ => false,
    }
}

fn harness(before: &HarnessStep, after: &HarnessStep) -> bool {
    let told = |step: &HarnessStep| {
        let text = step.prompt.as_ref().map(|(text, _)| text.trim().to_owned());
        (text, step.stdin.as_ref().map(|(text, _)| text.clone()))
    };
    let attempts = |step: &HarnessStep| -> Vec<_> {
        let one = |attempt: &dagu_schema::workflow::Attempt| {
            let flags: Vec<_> = attempt.flags.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
            (attempt.provider.as_ref().map(|name| name.value.clone()), flags, attempt.managed)
        };
        step.attempts.iter().map(one).collect()
    };
    told(before) == told(after) && attempts(before) == attempts(after)
}

/// The executor that an action, or an older `type`, is carried out by.
fn executor(name: &str) -> &str {
    match name.trim().split('.').next().unwrap_or_default() {
        "subworkflow" | "parallel" | "dag_enqueue" => "dag",
        other => other,
    }
}

/// What the text of a step says, resolved or not.
fn step_text(before: &Node, after: &Node) -> bool {
    if before.entries().is_none() {
        return true; // a text, and `run` was compared
    }
    let with = after.get_some("with");
    let moved = MOVED.iter().all(|(old, new)| match before.get_some(old).filter(|_| after.get_some(old).is_none()) {
        Some(value) => with.and_then(|with| with.get(new)).is_some_and(|moved| equal(value, moved)),
        None => true,
    });
    // A step that is not converted yet keeps its keys.
    let gone = |key: &&&str| **key == "with" || after.get_some(key).is_none();
    let inputs = ["with", "config", "exec", "llm"].iter().filter(gone).filter_map(|key| before.get_some(key)?.entries()).flatten();
    let is_said = |entry: &Entry| {
        matches!(entry.name(), "command" | "direction")
            || with.and_then(|with| with.get(entry.name())).is_some_and(|value| equal(&entry.value, value))
    };
    let kept = inputs.into_iter().all(is_said);
    let mut ignored = EXECUTION.to_vec();
    ignored.push("foreach");
    moved && kept && entries(before, after, &ignored) && foreach(before, after)
}

fn foreach(before: &Node, after: &Node) -> bool {
    // The bodies are compared step by step, and so on inwards.
    let mut open = vec![(before, after)];
    while let Some((before, after)) = open.pop() {
        let (before, after) = match (before.get_some("foreach"), after.get_some("foreach")) {
            (Some(before), Some(after)) => (before, after),
            (None, None) => continue,
            _ => return false,
        };
        let (Some(steps), Some(new_steps)) =
            (before.get("steps").and_then(|steps| steps.items()), after.get("steps").and_then(|steps| steps.items()))
        else {
            if !equal(before, after) {
                return false;
            }
            continue;
        };
        let mut ignored = EXECUTION.to_vec();
        ignored.push("foreach");
        let same = steps.len() == new_steps.len()
            && entries(before, after, &["steps"])
            && steps.iter().zip(new_steps).all(|(before, after)| entries(before, after, &ignored));
        if !same {
            return false;
        }
        open.extend(steps.iter().zip(new_steps).map(|(before, after)| (&**before, &**after)));
    }
    true
}

/// Whether two mappings hold the same, but for some keys.
fn entries(before: &Node, after: &Node, ignored: &[&str]) -> bool {
    let kept = |node: &Node| -> Vec<(String, dagu_schema::syntax::NodeRef)> {
        let entries = node.entries().unwrap_or_default().iter();
        entries.filter(|entry| !ignored.contains(&entry.name())).map(|entry| (entry.name().to_owned(), entry.value.clone())).collect()
    };
    let (before, after) = (kept(before), kept(after));
    before.len() == after.len() && before.iter().zip(&after).all(|((a, before), (b, after))| a == b && equal(before, after))
}

/// Whether two nodes have the same value.
fn equal(before: &Node, after: &Node) -> bool {
    let mut open = vec![(before, after)];
    while let Some((before, after)) = open.pop() {
        if let (Some(before), Some(after)) = (before.entries(), after.entries()) {
            if before.len() != after.len() || before.iter().zip(after).any(|(before, after)| before.name() != after.name()) {
                return false;
            }
            open.extend(before.iter().zip(after).map(|(before, after)| (&*before.value, &*after.value)));
        } else if let (Some(before), Some(after)) = (before.items(), after.items()) {
            if before.len() != after.len() {
                return false;
            }
            open.extend(before.iter().zip(after).map(|(before, after)| (&**before, &**after)));
        } else if before.text() != after.text() || before.scalar_type() != after.scalar_type() || before.type_name() != after.type_name() {
            return false;
        }
    }
    true
}
