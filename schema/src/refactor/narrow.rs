//! A credential that the whole DAG sees, given to the steps that use it.

use crate::analysis::Analysis;
use crate::rules::edits::moved_variable;
use crate::source::Span;
use crate::syntax::{Kind as NodeKind, Node};
use crate::workflow::visibility::{Semantics, Sight, Visible};
use crate::workflow::{EnvEntry, Step, Workflow, reference};

use super::{Kind, Proof, Refactoring, touches};

/// A name that only some steps see afterwards.
#[derive(Clone, Debug)]
pub(super) struct Narrowed {
    /// The document, by its number.
    document: usize,
    name: String,
    /// The steps that use it, by their number among all.
    users: Vec<usize>,
}

/// The change for the credential in the `env` of the root, or of its container, that the span touches.
pub(super) fn at(analysis: &Analysis, workflow: &Workflow, span: Span) -> Option<Refactoring> {
    let root = &workflow.node;
    let of_container = workflow.container.as_ref().map(|container| (&container.node, container.env.as_slice()));
    let (holder, entries) = std::iter::once((root, workflow.env.as_slice()))
        .chain(of_container)
        .find(|(holder, _)| holder.entry("env").is_some_and(|env| !env.merged && touches(env.value.span, span)))?;
    let (at, entry) = entries.iter().enumerate().find(|(_, entry)| touches(entry.span, span))?;
    let name = &entry.name.value;
    let is_twice = entries.iter().filter(|other| other.name.value == *name).count() > 1;
    if is_twice || is_named_at_root(workflow, holder, entry) || !Sight::new(workflow, &analysis.dotenv).carries_credential(entry) {
        return None;
    }
    let steps: Vec<&Step> = workflow.every_step().collect();
    let users: Vec<usize> = steps.iter().enumerate().filter(|(_, step)| uses(workflow, step, name)).map(|(at, _)| at).collect();
    let of: Vec<&Step> = users.iter().filter_map(|at| steps.get(*at).copied()).collect();
    // In the body of a `foreach` nothing was measured; the step around it has no process to give it to.
    let is_plain = of.iter().all(|step| step.standing.depth == 0 && step.body.is_empty());
    if of.is_empty() || of.len() == steps.len() || !is_plain {
        return None;
    }
    let edits = moved_variable(&analysis.tree, holder, at, (name, &entry.value), &of)?;
    let whom = match of.as_slice() {
        [only] => format!("`{}`, the only step that uses it", only.called()),
        several => format!("the {} steps that use it", several.len()),
    };
    let document = analysis.workflows.iter().position(|other| std::ptr::eq(other, workflow))?;
    let proof = Proof::Narrowed(Narrowed { document, name: name.clone(), users });
    Some(Refactoring { title: format!("Give `{name}` to {whom}"), kind: Kind::Rewrite, edits, proof })
}

/// Whether something of the root beside steps and the entry itself names the variable.
fn is_named_at_root(workflow: &Workflow, holder: &Node, entry: &EnvEntry) -> bool {
    let name = &entry.name.value;
    let others =
        workflow.node.entries().unwrap_or_default().iter().filter(|entry| !matches!(entry.name(), "steps" | "handler_on" | "description"));
    others.into_iter().any(|other| {
        let is_holder = other.name() == "env" && std::ptr::eq(holder, &*workflow.node) || std::ptr::eq(holder, &*other.value);
        names(&other.value, name, if is_holder { Some(entry.span) } else { None })
    })
}

/// Whether a step's texts have the name, or its agent signs in with it.
fn uses(workflow: &Workflow, step: &Step, name: &str) -> bool {
    let attempts = step.harness().map(|harness| harness.attempts.as_slice()).unwrap_or_default();
    let providers = attempts.iter().filter_map(|attempt| workflow.known_provider(&attempt.provider.as_ref()?.value));
    let by_agent = providers.into_iter().any(|provider| provider.credentials().any(|credential| credential == name));
    by_agent || names(&step.node, name, None)
}

/// Whether a scalar in a node has the name as a word, but for those in a span.
fn names(node: &Node, name: &str, beside: Option<Span>) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if beside.is_some_and(|beside| beside.contains(node.span) && node.span.start < node.span.end) {
            continue;
        }
        match &node.target().kind {
            NodeKind::Scalar(scalar) if has_word(&scalar.text, name) => return true,
            NodeKind::Scalar(_) | NodeKind::Alias(_) => {}
            NodeKind::Mapping(entries) => open.extend(entries.iter().flat_map(|entry| [&*entry.key, &*entry.value])),
            NodeKind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
        }
    }
    false
}

fn has_word(text: &str, name: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let before = rest.get(..at).unwrap_or_default();
        rest = rest.get(at + name.len()..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !before.ends_with(is_part) && reference::leading_name(&format!("_{rest}")) == "_" {
            return true;
        }
    }
    false
}

impl Narrowed {
    /// Whether the users see the name as before, and no other step does.
    pub(super) fn holds(&self, before: &Analysis, after: &Analysis) -> bool {
        let [before, after] = [before, after].map(|analysis| {
            let workflow = analysis.workflows.get(self.document)?;
            let sight = Sight::new(workflow, &analysis.dotenv);
            let seen = |step: &Step| -> Vec<Visible> {
                sight.of_those(step, &|name| name == self.name).into_iter().filter(|visible| visible.name == self.name).collect()
            };
            Some(workflow.every_step().map(seen).collect::<Vec<_>>())
        });
        let (Some(before), Some(after)) = (before, after) else { return false };
        let reach = |seen: &[Visible], semantics| {
            let routes = seen.iter().map(|visible| visible.routes(semantics).of_value());
            routes.fold((false, false), |(environment, text), routes| (environment || routes.environment, text || routes.text))
        };
        before.iter().zip(&after).enumerate().all(|(at, (was, is))| {
            [Semantics::Contract, Semantics::Engine].into_iter().all(|semantics| {
                let is = reach(is, semantics);
                if self.users.contains(&at) { is == reach(was, semantics) } else { is == (false, false) }
            })
        })
    }
}
