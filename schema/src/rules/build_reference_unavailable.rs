use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use std::collections::HashSet;

use crate::syntax::{Node, NodeRef};
use crate::workflow::reference::{self, Target};
use crate::workflow::{DagType, Step};

pub(super) static RULE: Rule = Rule {
    name: "build-reference-unavailable",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A build refers to a file, or to what a step put out, where that is not known.",
    why: "Paths of `inputs` and `outputs` are settled before any step runs, so they hold no results of steps and no commands. `${inputs...}` and `${outputs...}` exist while the step runs, not for what decides whether and how it runs. And a step that is reused puts nothing out: only its declared outputs are kept. The engine does not load the DAG otherwise.",
    grounds: "Engine, at load: `build paths cannot use command substitution`, `build paths must resolve before step execution`, `input path references are unavailable before step execution`, `path output references are available only during executor attempts`, `runtime outputs from reusable build step a are unavailable on reuse`.",
    bad: "type: build\n\
        steps:\n\
        \x20 - id: pack\n\
        \x20   run: tar -cf app.tar src\n\
        \x20   working_dir: ${inputs.source}\n\
        \x20   inputs:\n\
        \x20     - name: source\n\
        \x20       path: src\n",
    good: "type: build\n\
        steps:\n\
        \x20 - id: pack\n\
        \x20   run: tar -cf app.tar \"${inputs.source}\"\n\
        \x20   inputs:\n\
        \x20     - name: source\n\
        \x20       path: src\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["type"], steps: &[] }, &Check::Document(check)),
};

/// Keys of a step, outermost first, whose values are settled before it runs.
const BEFORE: &[&[&str]] = &[
    &["working_dir"],
    &["stdout"],
    &["stdout", "artifact"],
    &["stderr"],
    &["stderr", "artifact"],
    &["shell"],
    &["shell_args"],
    &["shell_packages"],
    &["with", "shell"],
    &["with", "shell_args"],
    &["with", "shell_packages"],
    &["signal_on_stop"],
    &["retry_policy", "limit"],
    &["retry_policy", "interval_sec"],
    &["repeat_policy", "limit"],
    &["repeat_policy", "interval_sec"],
    &["repeat_policy", "max_interval_sec"],
];

/// Those that are settled outside the attempt: the inputs are known there, the outputs are not.
const AROUND: &[&[&str]] = &[&["continue_on", "output"], &["preconditions"], &["repeat_policy", "condition"], &["repeat_policy", "expected"]];

/// Properties of a step that its attempt leaves behind, and that a reused step does not have.
const LEFT_BEHIND: &[&str] = &["stdout", "stderr", "exit_code", "output", "outputs"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if workflow.kind != DagType::Build {
        return;
    }
    if let Some(preconditions) = workflow.node.get("preconditions") {
        namespaces(context, sink, preconditions, &["inputs", "outputs"], "the DAG's own conditions are tested before any step has files");
    }
    for step in &workflow.steps {
        paths(context, sink, step);
        let has_inputs = step.node.get("inputs").is_some();
        let has_path = step.outputs_with_path().next().is_some();
        let named: Vec<&str> = [("inputs", has_inputs), ("outputs", has_path)].into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
        // What `stdout` and `stderr` hold as mappings is looked at by key.
        for value in BEFORE.iter().filter_map(|keys| at(&step.node, keys)).filter(|value| value.entries().is_none()) {
            namespaces(context, sink, value, &named, "this is settled before the step runs, when it has no files yet");
        }
        for value in AROUND.iter().filter_map(|keys| at(&step.node, keys)).filter(|_| has_path) {
            namespaces(context, sink, value, &["outputs"], "this is settled before or after the step runs, when its file may not be there");
        }
    }
    left_behind(context, sink);
}

fn at<'a>(node: &'a NodeRef, keys: &[&str]) -> Option<&'a NodeRef> {
    keys.iter().try_fold(node, |node, key| node.get(key))
}

/// The paths of `inputs` and `outputs` themselves.
fn paths(context: &Context<'_>, sink: &mut Sink, step: &Step) {
    let lists = ["inputs", "outputs"].into_iter().filter_map(|key| step.node.get(key)?.items());
    for path in lists.flatten().filter_map(|item| item.get("path")) {
        let Some(text) = path.string() else { continue };
        if text.contains("$(") || text.contains('`') {
            sink.report(path.span, "the path of a build's file cannot come from a command: it is settled before anything runs");
        }
        namespaces(context, sink, path, &["steps", "inputs", "outputs"], "the path of a build's file is settled before any step runs");
    }
}

/// Reports references to these namespaces in the texts of a value.
fn namespaces(context: &Context<'_>, sink: &mut Sink, value: &Node, unavailable: &[&str], why: &str) {
    for_each_text(value, &mut |scalar, text| {
        for found in reference::find(text) {
            if let Target::Value { namespace, .. } = &found.target
                && unavailable.contains(&namespace.as_str())
            {
                sink.report(context.span_in(scalar, found.range), format!("`${{{namespace}...}}` is not available here: {why}"));
            }
        }
    });
}

/// What attempts of reusable steps leave behind, wherever it is used.
fn left_behind(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let reusable: HashSet<&str> =
        workflow.steps.iter().filter(|step| step.outputs_with_path().next().is_some()).filter_map(|step| Some(step.id.as_ref()?.value.as_str())).collect();
    if reusable.is_empty() {
        return;
    }
    let own = ["run", "with", "env", "preconditions", "command", "script", "working_dir", "stdout", "stderr"];
    let of_steps = workflow.all_steps().flat_map(|step| own.into_iter().filter_map(|key| step.node.get(key)));
    for value in of_steps.chain(workflow.node.get("env")) {
        for_each_text(value, &mut |scalar, text| {
            for found in reference::find(text) {
                let Target::Property { name, path } = &found.target else { continue };
                let property = path.split(['.', '[']).next().unwrap_or_default();
                if reusable.contains(name.as_str()) && LEFT_BEHIND.contains(&property) {
                    let message = format!("when `{name}` is reused, nothing runs that could put this out: use `${{steps.{name}.outputs.NAME}}`");
                    sink.report(context.span_in(scalar, found.range), message);
                }
            }
        });
    }
}

fn for_each_text(value: &Node, visit: &mut impl FnMut(&Node, &str)) {
    let mut open = vec![value];
    while let Some(node) = open.pop() {
        if let Some(text) = node.string() {
            visit(node, text);
        }
        open.extend(node.items().unwrap_or_default().iter().map(|item| &**item));
        open.extend(node.entries().unwrap_or_default().iter().map(|entry| &*entry.value));
    }
}
