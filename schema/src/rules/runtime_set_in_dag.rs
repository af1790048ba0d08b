use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::Place;

pub(super) static RULE: Rule = Rule {
    name: "runtime-set-in-dag",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The DAG sets a variable that chooses the container runtime.",
    why: "Docker or Podman, and the daemon's address, are chosen by the environment of the process that runs the DAG: server, scheduler, worker or command line. In the DAG's own `env` these variables change nothing about where containers run.",
    grounds: "Page \"Docker sandbox for harness.run\", Runtime environment. Measured on the engine: `DAGU_CONTAINER_RUNTIME` and `DOCKER_HOST` in a DAG's env are not read.",
    bad: "env:\n\
        \x20 - DAGU_CONTAINER_RUNTIME: podman\n\
        container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

const NAMES: &[&str] = &["DAGU_CONTAINER_RUNTIME", "DAGU_PODMAN_HOST", "DOCKER_HOST"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    if context.containers().next().is_none() {
        return;
    }
    // On the host a step's own DOCKER_HOST may be for a docker command that it runs.
    let step_env = workflow.all_steps().filter(|step| step.place != Place::Host).flat_map(|step| &step.env);
    for entry in workflow.env.iter().chain(step_env).filter(|entry| NAMES.contains(&entry.name.value.as_str())) {
        let message = format!("`{}` set in the DAG does not choose the container runtime", entry.name.value);
        sink.push(sink.finding(entry.name.span, message).help("set it in the environment of the process that runs the DAG"));
    }
}
