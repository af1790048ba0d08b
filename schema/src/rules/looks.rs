//! Every rule on some documents.

use std::sync::LazyLock;

use super::context::{Context, Part, Shared, Subject, is_contained};
use super::{ALL, Check, Has, Rule, Sink, empty_document};
use crate::diagnostic::{Confidence, Diagnostic};
use crate::model::values::{self, Value};
use crate::syntax::Keys;
use crate::workflow::{Action, HarnessStep, Step, Workflow};

/// Steps that the rules about steps look at before the next ones.
const STEPS_AT_A_TIME: usize = 32;

/// Runs every rule on some documents, each rule on all of them before the next: a small document takes less time than it
/// takes the processor to fetch the code of the rules for it. Gives the findings of each document.
pub(crate) fn check(documents: &[Subject<'_>]) -> Vec<Vec<Diagnostic>> {
    check_by(STEPS_AT_A_TIME, documents)
}

type CheckPart = fn(&Context<'_>, &mut Sink);
type CheckValue = fn(&Context<'_>, &Value<'_>, &mut Sink);

/// What a document has, or one of which a rule needs: a bit for each. Whether a rule has anything to
/// look at is then known without touching its code, which costs a small document more than the look.
#[derive(Clone, Copy)]
struct Traits {
    /// Keys of the root, by their place in [`KEYS`].
    root: u64,
    /// Keys of steps, likewise.
    steps: u64,
    other: u64,
}

macro_rules! keys {
    ($($key:literal),* $(,)?) => {
        /// The keys that rules need.
        const KEYS: &[&str] = &[$($key),*];

        /// A bit for each of [`KEYS`] that may be there.
        fn held(keys: Keys) -> u64 {
            [$(keys.may_be($key)),*].into_iter().enumerate().fold(0, |held, (at, is_held)| held | u64::from(is_held) << at)
        }
    };
}

keys! {
    "action", "actions", "approval", "artifacts", "call", "catchup_window", "config", "consts", "container", "defaults", "dependencies", "depends", "env", "exec", "foreach", "handler_on", "harness", "harnesses", "hist_retention_days", "inputs", "kubernetes", "labels", "llm", "otel", "output", "output_schema", "outputs", "parallel", "params", "preconditions", "registry_auths", "repeat_policy", "resources", "retry_policy", "schedule", "secrets", "smtp", "ssh", "stderr", "stdout", "step_types", "tags", "tasks", "tools", "type", "webhook", "with", "worker_selector", "working_dir",
}

impl Traits {
    /// What every document has.
    const ALWAYS: Self = Self { root: 0, steps: 0, other: 1 };

    fn needed(what: Has) -> Self {
        let bits = |keys: &[&str]| keys.iter().try_fold(0, |bits, key| Some(bits | 1 << KEYS.iter().position(|known| known == key)?));
        match what {
            Has::Containers => Self { root: 0, steps: 0, other: 2 },
            Has::Agents => Self { root: 0, steps: 0, other: 4 },
            Has::Keys { root, steps } => match (bits(root), bits(steps)) {
                (Some(root), Some(steps)) => Self { root, steps, other: 0 },
                _ => Self::ALWAYS,
            },
        }
    }

    fn of(workflow: &Workflow, contained: &[&Step], harness: &[(&Step, &HarnessStep)]) -> Self {
        let has_containers = workflow.container.is_some()
            || contained.iter().any(|step| step.container.is_some() || matches!(step.action, Action::DockerRun(_)));
        let has_agents = !harness.is_empty() || workflow.harness_defaults.is_some();
        let (of_root, of_steps) = workflow.keys();
        let other = Self::ALWAYS.other | u64::from(has_containers) << 1 | u64::from(has_agents) << 2;
        Self { root: held(of_root), steps: held(of_steps), other }
    }

    fn meet(self, needed: Self) -> bool {
        self.root & needed.root | self.steps & needed.steps | self.other & needed.other != 0
    }
}

/// What a document must have for a rule to look at it.
#[derive(Clone, Copy)]
struct Needed {
    traits: Traits,
    /// Whether the rule is one that only maybe finds a fault.
    maybe: bool,
}

/// The rules by what they look at, with nothing else of them: a small document costs little more than
/// the way to the code of each.
struct Looks {
    documents: Vec<(&'static Rule, Needed, CheckPart)>,
    among: Vec<(&'static Rule, Needed, CheckPart)>,
    steps: Vec<(&'static Rule, Needed, CheckPart)>,
    values: Vec<(&'static Rule, bool, CheckValue)>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let mut looks = Looks { documents: Vec::new(), among: Vec::new(), steps: Vec::new(), values: Vec::new() };
    for rule in ALL {
        let maybe = rule.confidence == Confidence::Maybe;
        let (traits, check) = match rule.check {
            Check::Where(has, check) => (Traits::needed(has), *check),
            check => (Traits::ALWAYS, check),
        };
        let needed = Needed { traits, maybe };
        match check {
            Check::Document(check) => looks.documents.push((rule, needed, check)),
            Check::Among(check) => looks.among.push((rule, needed, check)),
            Check::Steps(check) => looks.steps.push((rule, needed, check)),
            Check::Values { value, steps } => {
                looks.values.push((rule, maybe, value));
                looks.steps.extend(steps.map(|steps| (*rule, needed, steps)));
            }
            Check::Where(..) | Check::Elsewhere => {}
        }
    }
    looks
});

fn harness_steps<'a>(steps: &[&'a Step]) -> Agents<'a> {
    steps.iter().filter_map(|step| Some((*step, step.harness()?))).collect()
}

fn contained<'a>(steps: &[&'a Step]) -> Vec<&'a Step> {
    steps.iter().copied().filter(|step| is_contained(step)).collect()
}

/// Steps that run an agent.
type Agents<'a> = Vec<(&'a Step, &'a HarnessStep)>;

/// A document with what the rules look at.
struct Looked<'a> {
    document: &'a Subject<'a>,
    steps: Vec<&'a Step>,
    harness: Agents<'a>,
    contained: Vec<&'a Step>,
    traits: Traits,
    only_sure: bool,
}

impl<'a> Looked<'a> {
    fn at(document: &'a Subject<'a>) -> Self {
        let steps: Vec<&Step> = document.workflow().every_step().collect();
        let harness = harness_steps(&steps);
        let contained = contained(&steps);
        let traits = Traits::of(document.workflow(), &contained, &harness);
        Self { document, steps, harness, contained, traits, only_sure: document.facts().only_sure }
    }

    fn meets(&self, needed: Needed) -> bool {
        self.traits.meet(needed.traits) && !(needed.maybe && self.only_sure)
    }

    /// Has each of the rules that can find something look at a part.
    fn check(&self, rules: &[(&'static Rule, Needed, CheckPart)], part: &Context<'_>, sink: &mut Sink) {
        for &(rule, _, check) in rules.iter().filter(|(_, needed, _)| self.meets(*needed)) {
            sink.rule = rule;
            check(part, sink);
        }
    }

    /// The steps that rules look at in one call, with those of them that run an agent and those in containers; one part at
    /// least.
    fn parts(&self, at_a_time: usize) -> Vec<(&[&'a Step], Agents<'a>, Vec<&'a Step>)> {
        let chunks = self.steps.chunks(at_a_time).chain(self.steps.is_empty().then_some([].as_slice()));
        chunks.map(|steps| (steps, harness_steps(steps), contained(steps))).collect()
    }
}

fn check_by(at_a_time: usize, documents: &[Subject<'_>]) -> Vec<Vec<Diagnostic>> {
    let looked: Vec<Looked<'_>> = documents.iter().map(Looked::at).collect();
    let parts: Vec<_> = looked.iter().map(|looked| looked.parts(at_a_time)).collect();
    let shared: Vec<Shared<'_>> = looked.iter().map(|_| Shared::default()).collect();
    let mut wholes = Vec::with_capacity(looked.len());
    let mut contexts = Vec::with_capacity(looked.len());
    for ((looked, parts), shared) in looked.iter().zip(&parts).zip(&shared) {
        wholes.push(Context::new(
            looked.document,
            shared,
            Part { steps: &looked.steps, harness: &looked.harness, contained: &looked.contained, root: true },
        ));
        let each =
            parts.iter().enumerate().map(|(number, part)| Part { steps: part.0, harness: &part.1, contained: &part.2, root: number == 0 });
        contexts.push(each.map(|part| Context::new(looked.document, shared, part)).collect::<Vec<_>>());
    }
    let mut sinks: Vec<Sink> = looked.iter().map(|_| Sink { rule: &empty_document::RULE, found: Vec::new() }).collect();
    for &(rule, needed, check) in LOOKS.documents.iter().chain(&LOOKS.among) {
        for ((looked, whole), sink) in looked.iter().zip(&wholes).zip(&mut sinks) {
            if looked.meets(needed) {
                sink.rule = rule;
                check(whole, sink);
            }
        }
    }
    // The first steps of each document; most have no more.
    for &(rule, needed, check) in &LOOKS.steps {
        for ((looked, parts), sink) in looked.iter().zip(&contexts).zip(&mut sinks) {
            if let Some(first) = parts.first().filter(|_| looked.meets(needed)) {
                sink.rule = rule;
                check(first, sink);
            }
        }
    }
    for (((looked, whole), parts), sink) in looked.iter().zip(&wholes).zip(&contexts).zip(&mut sinks) {
        let mut walk = values::Walk::root(&looked.document.workflow().node, &mut |value| check_value(looked, whole, value, sink));
        walk.steps(at_a_time, &mut |value| check_value(looked, whole, value, sink));
        for part in parts.iter().skip(1) {
            looked.check(&LOOKS.steps, part, sink);
            // The values of the same steps, while they are near.
            walk.steps(at_a_time, &mut |value| check_value(looked, whole, value, sink));
        }
        while walk.steps(at_a_time, &mut |value| check_value(looked, whole, value, sink)) {}
    }
    sinks.into_iter().map(|sink| sink.found).collect()
}

/// A document in parts, for what looks at it again when one of them has changed.
pub(crate) struct Apart<'a> {
    looked: Looked<'a>,
    shared: Shared<'a>,
}

/// Some steps of a document, with those of them that run an agent and those in containers.
pub(crate) struct Chosen<'a> {
    steps: Vec<&'a Step>,
    harness: Agents<'a>,
    contained: Vec<&'a Step>,
}

impl<'a> Apart<'a> {
    pub(crate) fn of(document: &'a Subject<'a>) -> Self {
        Self { looked: Looked::at(document), shared: Shared::default() }
    }

    /// What rules find that look at the whole document.
    pub(crate) fn whole(&'a self) -> Vec<Diagnostic> {
        let Self { looked, shared } = self;
        let whole = Context::new(
            looked.document,
            shared,
            Part { steps: &looked.steps, harness: &looked.harness, contained: &looked.contained, root: true },
        );
        let mut sink = Sink { rule: &empty_document::RULE, found: Vec::new() };
        looked.check(&LOOKS.documents, &whole, &mut sink);
        sink.found
    }

    /// Steps to look at again: some items of `steps`, and the handlers.
    pub(crate) fn chosen(&self, items: &[usize]) -> Chosen<'a> {
        let workflow = self.looked.document.workflow();
        let handlers = workflow.handlers.iter().map(|(_, step)| step);
        let steps: Vec<&Step> =
            items.iter().filter_map(|number| workflow.steps.get(*number)).chain(handlers).flat_map(Step::every).collect();
        Chosen { harness: harness_steps(&steps), contained: contained(&steps), steps }
    }

    /// What rules find that look at each step among the others: in those that were chosen, or all, and in the root.
    pub(crate) fn among(&'a self, chosen: Option<&'a Chosen<'a>>) -> Vec<Diagnostic> {
        let Self { looked, shared } = self;
        let part = match chosen {
            Some(Chosen { steps, harness, contained }) => Part { steps, harness, contained, root: true },
            None => Part { steps: &looked.steps, harness: &looked.harness, contained: &looked.contained, root: true },
        };
        let mut sink = Sink { rule: &empty_document::RULE, found: Vec::new() };
        looked.check(&LOOKS.among, &Context::new(looked.document, shared, part), &mut sink);
        sink.found
    }

    /// What the others find in all that is no item of `steps`.
    pub(crate) fn root(&'a self) -> Vec<Diagnostic> {
        let workflow = self.looked.document.workflow();
        let handlers: Vec<&Step> = workflow.handlers.iter().flat_map(|(_, step)| step.every()).collect();
        self.part(&handlers, true, |mut visit| drop(values::Walk::root(&workflow.node, &mut visit)))
    }

    /// What they find in an item of `steps`, which is the step of that number.
    pub(crate) fn item(&'a self, number: usize) -> Vec<Diagnostic> {
        let workflow = self.looked.document.workflow();
        let steps: Vec<&Step> = workflow.steps.get(number).into_iter().flat_map(Step::every).collect();
        self.part(&steps, false, |visit| values::visit_item(&workflow.node, number, visit))
    }

    fn part(&self, steps: &[&Step], root: bool, values: impl FnOnce(&mut dyn FnMut(&Value<'_>))) -> Vec<Diagnostic> {
        let looked = &self.looked;
        let (harness, contained, shared) = (harness_steps(steps), contained(steps), Shared::default());
        let context = Context::new(looked.document, &shared, Part { steps, harness: &harness, contained: &contained, root });
        let mut sink = Sink { rule: &empty_document::RULE, found: Vec::new() };
        looked.check(&LOOKS.steps, &context, &mut sink);
        values(&mut |value| check_value(looked, &context, value, &mut sink));
        sink.found
    }
}

fn check_value(looked: &Looked<'_>, whole: &Context<'_>, value: &Value<'_>, sink: &mut Sink) {
    for &(rule, _, check) in LOOKS.values.iter().filter(|(_, maybe, _)| !(*maybe && looked.only_sure)) {
        sink.rule = rule;
        check(whole, value, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Check, Has, KEYS, Subject, check_by};
    use crate::analysis::Facts;
    use crate::syntax::Tree;
    use crate::workflow::{Workflow, call, resolve};

    #[test]
    fn keys_that_rules_need_have_a_bit() {
        assert!(KEYS.len() <= 64);
        for rule in ALL {
            if let Check::Where(Has::Keys { root, steps }, _) = rule.check {
                assert!(root.iter().chain(steps).all(|key| KEYS.contains(key)), "{}", rule.name);
                assert!(root.len() + steps.len() > 0, "{}", rule.name);
            }
        }
    }

    /// A rule that says it looks at steps one by one finds the same in each by itself.
    #[test]
    fn parts_of_a_document_add_up_to_it() {
        for text in ALL.iter().flat_map(|rule| [rule.bad, rule.good]) {
            let (tree, _) = Tree::parse(text);
            let workflows: Vec<Workflow> = tree.documents.iter().filter_map(|document| resolve::document(&tree, document, None)).collect();
            let (locals, facts) = (call::locals(&workflows), Facts::default());
            for workflow in &workflows {
                let found = |at_a_time| {
                    let subject = Subject::new(&tree, workflow, &workflows, &locals, &facts);
                    let mut found = check_by(at_a_time, &[subject]).remove(0);
                    found.sort_by(|a, b| (a.rule, a.span, &a.message).cmp(&(b.rule, b.span, &b.message)));
                    found
                };
                assert_eq!(found(1), found(usize::MAX), "{text}");
            }
        }
    }
}
