use std::cell::LazyCell;

use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::reference::{self, Target};
use crate::workflow::volume;

pub(super) static RULE: Rule = Rule {
    name: "volume-target-variable",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "The target of a volume holds a variable.",
    why: "A volume's source is filled in from the environment of the machine. The target is a path in the container, where those variables mean nothing: `${HOME}` stays as it is written, or worse, becomes the home folder of the machine.",
    grounds: "Page \"Run Claude Code in a Container\": \"`${HOME}` is expanded on the Dagu worker. The `/claude-config` target is the literal path inside the container\". Measured on the engine: only names of the DAG itself are filled in.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: ls\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes:\n\
        \x20       - /srv/data:${HOME}/data\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: ls\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes:\n\
        \x20       - /srv/data:/root/data\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let defined = LazyCell::new(|| context.defined_names());
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            let Ok(volume) = volume::parse(text) else { continue };
            for reference in reference::find(text).into_iter().filter(|reference| volume.target_range.contains(&reference.range.start)) {
                let filled_in = match &reference.target {
                    Target::Variable { name, .. } => defined.contains(name.as_str()),
                    Target::Value { namespace, .. } => matches!(namespace.as_str(), "params" | "consts"),
                    Target::Property { .. } => true,
                };
                if !filled_in {
                    let written = &text[reference.range.clone()];
                    let message = format!("`{written}` is not filled in inside the container: a volume's target is a literal path there");
                    sink.push(sink.finding(context.span_in(node, reference.range), message).help("write the path, such as `/root/...`"));
                }
            }
        }
    }
}
