//! What this runner does not do. Such a DAG is refused before anything runs: half a run would be
//! worse than none.

use dagu_schema::syntax::Node;
use dagu_schema::workflow::{Action, DagType, Output, Place, Step, Workflow, docker_run};
use dagu_schema::{Analysis, Span};

use crate::plan::docker_run::PERFORMED;

/// Root fields without which the DAG would do something else.
const ROOT_FIELDS: &[&str] = &["redis", "registry_auths", "resources", "llm", "actions", "step_types", "tools", "tasks"];

/// Fields of a step without which it would do something else.
const STEP_FIELDS: &[&str] = &[
    "parallel",
    "foreach",
    "repeat_policy",
    "approval",
    "output_schema",
    "routes",
    "router",
    "inputs",
    "llm",
    "messages",
    "call",
    "worker_selector",
    "routing",
];

/// The fields that this runner cannot honour: each with its line and what it is.
pub fn refused(analysis: &Analysis, workflow: &Workflow) -> Vec<String> {
    let mut out: Vec<(usize, String, String)> = Vec::new();
    let mut add = |span: Span, what: String| match workflow.base.as_ref().filter(|_| span.is_beyond()) {
        Some(base) => out.push((0, base.place(span), what)),
        None => {
            let line = analysis.tree.lines.line_of(span.start) + 1;
            out.push((line, format!("line {line}"), what));
        }
    };
    match workflow.kind {
        DagType::Graph | DagType::Chain => {}
        DagType::Agent | DagType::Build => {
            let span = workflow.node.entry("type").map_or(workflow.node.span, |entry| entry.value.span);
            add(span, "`type: agent` and `type: build`".to_owned());
        }
    }
    fields(&workflow.node, ROOT_FIELDS, &mut |span, what| {
        // Inherited ones do nothing unless a step uses them, which is refused where the step stands.
        let is_idle = span.is_beyond() && ["`actions`", "`step_types`", "`llm`", "`tasks`"].contains(&what.as_str());
        if !is_idle {
            add(span, what);
        }
    });
    for param in workflow.params.iter().filter(|param| param.eval.is_some()) {
        add(param.name.span, format!("`eval` of the parameter `{}`", param.name.value));
    }
    for secret in &workflow.secrets {
        match secret.provider.as_ref().map(|provider| provider.value.as_str()) {
            Some("env" | "file") => {}
            Some(other) => add(secret.name.span, format!("the secret provider `{other}` of `{}`", secret.name.value)),
            None => add(secret.name.span, format!("the secret `{}` by `ref`", secret.name.value)),
        }
    }
    for condition in workflow.preconditions.iter().filter(|condition| condition.eval) {
        add(condition.span, "`eval` of a precondition".to_owned());
    }
    if workflow.all_steps().any(|step| step.place == Place::Ssh) {
        fields(&workflow.node, &["ssh"], &mut add);
    }
    if let Some(defaults) = workflow.node.get_some("defaults") {
        fields(defaults, &["repeat_policy"], &mut add);
    }
    for condition in workflow.defaults.iter().flat_map(|defaults| &defaults.preconditions).filter(|condition| condition.eval) {
        add(condition.span, "`eval` of a precondition".to_owned());
    }
    for step in workflow.all_steps() {
        refuse_step(step, &mut add);
    }
    out.sort();
    out.dedup();
    out.into_iter().map(|(_, place, what)| format!("{place}: this runner does not do {what} yet")).collect()
}

fn refuse_step(step: &Step, add: &mut impl FnMut(Span, String)) {
    fields(&step.node, STEP_FIELDS, add);
    let called = step.called();
    match &step.action {
        Action::Other(name) => add(name.span, format!("the action `{}` of step `{called}`", name.value)),
        Action::DockerRun(Some(with)) if step.place == Place::DockerRun => refuse_docker_settings(with, called, add),
        Action::Run(_) if step.place == Place::Ssh => {
            add(step.action_key, format!("a command on another machine (`ssh`, step `{called}`)"))
        }
        Action::None if step.container.is_none() => add(step.label, format!("a step that executes nothing (`{called}`)")),
        _ => {}
    }
    if let Some(Output::Object(node)) = step.output.as_deref() {
        add(node.span, format!("the object form of `output` in step `{called}`"));
    }
    for condition in step.preconditions.iter().filter(|condition| condition.eval) {
        add(condition.span, format!("`eval` of a precondition in step `{called}`"));
    }
    for field in ["stdout", "stderr"] {
        if let Some(value) = step.node.get_some(field).filter(|value| value.entries().is_some()) {
            add(value.span, format!("the object form of `{field}` in step `{called}`"));
        }
    }
    if step.retry.as_ref().is_some_and(|retry| retry.limit.is_none() || retry.interval_sec.is_none()) {
        let span = step.node.entry("retry_policy").map_or(step.label, |entry| entry.key.span);
        add(span, format!("a `retry_policy` with references in step `{called}`"));
    }
    for attempt in step.harness().into_iter().flat_map(|harness| &harness.attempts).filter(|attempt| attempt.managed == Some(true)) {
        add(attempt.node.span, format!("`managed: true` of step `{called}`, which needs a Dagu server"));
    }
}

/// Settings of Docker's own without which the container would be another one.
fn refuse_docker_settings(with: &Node, called: &str, add: &mut impl FnMut(Span, String)) {
    for (group, performed) in PERFORMED {
        let entries = with.get_some(group).and_then(|settings| settings.entries()).unwrap_or_default();
        let is_read = *group != "exec" || docker_run::is_attached(with);
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            if !is_read || !performed.iter().any(|name| name.eq_ignore_ascii_case(entry.name())) {
                add(entry.key.span, format!("`{group}.{}` of `docker.run` in step `{called}`", entry.name()));
            }
        }
    }
}

fn fields(node: &Node, names: &[&str], add: &mut impl FnMut(Span, String)) {
    for name in names {
        if let Some(entry) = node.entry(name).filter(|entry| !entry.value.is_null()) {
            add(entry.key.span, format!("`{name}`"));
        }
    }
}
