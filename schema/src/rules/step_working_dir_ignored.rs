use super::{Check, Has, Context, Rule, Sink, edits};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::syntax::{Entry, Kind};
use std::cell::LazyCell;
use crate::workflow::{Action, Container, Place, Step};

pub(super) static RULE: Rule = Rule {
    name: "step-working-dir-ignored",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A step's `working_dir` that has no effect, since the step runs in a container.",
    why: "Only `container.working_dir` or the image decides the folder in a container. The step's own `working_dir` is a folder of the host; it moves relative volume sources of the step's container and nothing else.",
    grounds: "Measured on the engine: `pwd` stays what the container says for `run` and for harness steps.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: pwd\n\
        \x20   working_dir: /srv\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: pwd\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     working_dir: /srv\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["working_dir"] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let of_all = LazyCell::new(|| {
        let mut folders = context.root_container_steps().map(|step| step.node.get("working_dir").and_then(|folder| folder.text()));
        let first = folders.next()?;
        folders.all(|folder| folder == first).then_some(first).flatten()
    });
    for step in context.workflow.every_step_with("working_dir").filter(|step| step.standing.depth == 0) {
        let (Some(container), Some(entry)) = (context.workflow.container_of(step), step.node.entry("working_dir")) else { continue };
        let moves_volumes = step.place == Place::OwnContainer && container.volumes.iter().any(|(text, _)| text.starts_with('.'));
        if step.working_dir.is_some() && !moves_volumes && !matches!(step.action, Action::Other(_)) {
            let message = "`working_dir` has no effect here: the step runs in a container, whose own `working_dir` decides";
            let related = container.entry("working_dir").map_or(container.key, |entry| entry.key.span);
            let finding = sink.finding(entry.key.span, message).related(related, "this container").help("set `container.working_dir`");
            sink.push(match fix(context, step, container, entry, &of_all) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

/// The change that makes a folder that a container can have the one of the container; where that names
/// one already, the step's goes. `of_all`: what all steps of the root container say.
fn fix(context: &Context<'_>, step: &Step, container: &Container, entry: &Entry, of_all: &Option<&str>) -> Option<Fix> {
    let path = [(&*step.node, "working_dir")];
    if container.entry("working_dir").is_some() {
        let is_same = container.working_dir.as_deref() == entry.value.text();
        let safety = if is_same { Safety::Safe } else { Safety::Unsafe };
        let removed = edits::remove(context.tree, &path)?;
        return Some(Fix::of("Remove it: the container has a `working_dir`", safety, vec![removed]));
    }
    let folder = entry.value.text().filter(|folder| folder.starts_with('/') && !folder.contains(['$', '\n']))?;
    let is_agreed = step.place == Place::OwnContainer || *of_all == Some(folder);
    let is_own = is_agreed && !container.node.span.is_beyond() && container.image().is_some() && matches!(container.node.kind, Kind::Mapping(_));
    if !is_own || context.tree.is_anchored(container.node.span) {
        return None;
    }
    let line = format!("working_dir: {}", edits::written(folder, container.node.flow));
    let edits = edits::relocate(context.tree, &path, &container.node, &line)?;
    Some(Fix::of("Make it the container's `working_dir`", Safety::Unsafe, edits))
}
