use std::collections::{HashMap, HashSet};

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::Slips;
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef};
use crate::workflow::Workflow;
use crate::workflow::template_field::{self, Missing};

pub(super) static RULE: Rule = Rule {
    name: "template-field-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A template reads a field that its `data` does not have.",
    why: "`template.render` fails when a `.NAME` of the template is not in `data`, also in an `if` or before `default`. It is a warning where the field stands in a branch that may not be taken, where `data` has no name that is near, and for a name given to `get` or `index`, which find nothing and go on.",
    grounds: "Engine, by runs: `map has no entry for key` for a field at the top, in a nested mapping, in `range`, `with` and the condition of an `if`; `get` gives an empty text, `index` `<no value>`. Its `validate` does not look.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: template.render\n\
        \x20   with:\n\
        \x20     template: Hello, {{ .name }}!\n\
        \x20     data:\n\
        \x20       naem: Alice\n",
    good: "steps:\n\
        \x20 - id: greet\n\
        \x20   action: template.render\n\
        \x20   with:\n\
        \x20     template: Hello, {{ .name }}!\n\
        \x20     data:\n\
        \x20       name: Alice\n",
    absence: true,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

/// The most findings in one template.
const MOST: usize = 50;

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        if step.operation() != Some("template.render") {
            continue;
        }
        let Some(with) = step.input() else { continue };
        let Some((template, from)) = template(context.workflow, with) else { continue };
        let data = with.get("data");
        if data.is_some_and(|data| data.entries().is_none()) {
            continue;
        }
        let Some(fields) = template_field::of(template.text().and_then(|text| text.get(from..)).unwrap_or_default(), data.map(|data| &**data)) else { continue };
        let mut reported = HashSet::new();
        let mut slips: HashMap<*const Node, Slips<'_>> = HashMap::new();
        // Finding a place in a scalar takes as long as the scalar: of very many the first are enough.
        for missing in fields.missing.iter().take(MOST) {
            if !reported.insert((missing.name.as_str(), missing.holder.map(std::ptr::from_ref::<Node>))) {
                continue;
            }
            if is_guarded(template.text().unwrap_or_default(), &missing.name) {
                continue;
            }
            let place = context.span_in(&template, missing.range.start + from..missing.range.end + from);
            let near = missing.holder.and_then(|holder| {
                let names = || holder.entries().unwrap_or_default().iter().map(Entry::name);
                let slips = slips.entry(std::ptr::from_ref(holder)).or_insert_with(|| Slips::of(names()));
                let unread = slips.find(&missing.name, |near, _| !fields.read.contains(near));
                holder.entry(unread.or_else(|| slips.find(&missing.name, |_, _| true))?.0)
            });
            // In a branch, the data may be such that nothing comes to it.
            if near.is_none() && !missing.sure {
                continue;
            }
            report(sink, place, missing, near, |name| fields.read.contains(name));
        }
    }
}

/// The scalar that holds the template, and the byte of its text where it starts: `template`, or
/// the variable of the DAG's `env` that `template_ref` names.
fn template(workflow: &Workflow, with: &Node) -> Option<(NodeRef, usize)> {
    if let Some(template) = with.get_some("template") {
        return template.string().map(|_| (template.clone(), 0));
    }
    let reference = with.get_some("template_ref")?.string()?.trim();
    let name = reference.strip_prefix("${env.")?.strip_suffix('}')?;
    let entry = workflow.env.iter().rev().find(|entry| entry.name.value == name)?;
    entry.source.0.string().map(|_| entry.source.clone())
}

fn report(sink: &mut Sink, place: Span, missing: &Missing<'_>, near: Option<&Entry>, is_read: impl Fn(&str) -> bool) {
    let name = missing.name.as_str();
    if !missing.fails && near.is_none() {
        return;
    }
    let finding = match near {
        Some(entry) if !is_read(entry.name()) => {
            let message = format!("the template reads `{name}`, which `data` does not have; nothing reads `{}`", entry.name());
            let fix = Fix::replace(format!("Rename to `{name}`"), Safety::Unsafe, entry.key.span, name);
            sink.finding(entry.key.span, message)
                .related(place, format!("`{name}` is read here"))
                .help(format!("did you mean `{name}`?"))
                .fix(fix)
        }
        Some(entry) => sink
            .finding(place, format!("the template reads `{name}`, which `data` does not have"))
            .related(entry.key.span, format!("`{}` stands here", entry.name()))
            .help(format!("did you mean `{}`?", entry.name()))
            .fix(Fix::replace(format!("Change to `{}`", entry.name()), Safety::Unsafe, place, entry.name())),
        None => sink
            .finding(place, format!("the template reads `{name}`, which `data` does not have"))
            .help(format!("add `{name}` to `data`, or read it with `get`")),
    };
    // Without a name that is near, the missing field may be what the DAG is about.
    let surely_fails = missing.fails && missing.sure && near.is_some();
    sink.push(if surely_fails { finding } else { finding.loads() });
}

/// Whether the template asks first whether the field is there.
fn is_guarded(template: &str, name: &str) -> bool {
    template.contains("hasKey") && template.contains(&format!("\"{name}\""))
}
