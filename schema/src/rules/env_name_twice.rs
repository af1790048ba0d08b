use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::{EnvEntry, reference};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "env-name-twice",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A variable that an `env` sets twice.",
    why: "Of two entries of one name in a list the later one counts, and nothing reads the first. Often one of them was meant to have another name. An entry that takes in the value before it (`PATH=/opt/bin:${PATH}`) is no such case.",
    grounds: "Measured on the engine: `env: [A=one, A=two]` of a container gives the command `A=two`, and so does a list of mappings at the root.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - MODE=fast\n\
        \x20   - MODE=safe\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 env:\n\
        \x20   - MODE=safe\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Steps(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let of_root = context.root().map(|_| context.workflow.env.as_slice());
    let of_containers = context.containers().map(|owned| owned.container.env.as_slice());
    let of_steps = context.steps().map(|step| step.env.as_slice());
    for env in of_root.into_iter().chain(of_containers).chain(of_steps).filter(|env| env.len() > 1) {
        let mut unread: HashMap<&str, &EnvEntry> = HashMap::new();
        for entry in env {
            if entry.value.contains('$') {
                for name in reference::variable_names(&entry.value).into_iter().chain(reference::sources(&entry.value)) {
                    unread.remove(name.as_str());
                }
            }
            let Some(first) = unread.insert(&entry.name.value, entry) else { continue };
            // What the base configuration sets may be set anew; a value twice does no harm.
            if first.span.is_beyond() || entry.span.is_beyond() || first.value == entry.value || first.span == entry.span {
                continue;
            }
            let message = format!("`{}` is set again here, so the value before counts for nothing", entry.name.value);
            sink.push(sink.finding(entry.name.span, message).related(first.name.span, "nothing reads this one").help("remove one of the two, or correct a name"));
        }
    }
}
