//! The older syntax of steps: `command`, `script`, `type`, ... in place of `run` and `action`.

mod block;
mod convert;
mod executor;
mod rewrite;
mod scalar;
mod site;

use std::cell::OnceCell;
use std::collections::HashSet;

use self::convert::{Conversion, OLD, Role};
use self::site::Site;
use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Edit, Fix, Safety, Severity};
use crate::syntax::{Entry, Kind, Node, ScalarType};

pub(super) static RULE: Rule = Rule {
    name: "deprecated-syntax",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    refused: false,
    summary: "A spelling from before `run` and `action`, which the engine still reads.",
    why: "Steps were once written with `command`, `script`, `call`, `type` and more. The engine turns them into `run` and `action` when it loads the DAG, and prints a notice for each. \
        The older keys cannot stand beside `run` or `action`, so a step changes as a whole.\n\n\
        The fix rewrites the step and keeps comments, quotes and layout. Where the new step would not do the same in every case (`type: shell` keeps a step on the host that `run` would send to the DAG's container), the fix is offered but not applied unseen. \
        A step that shares text with others through `<<` or an alias, or that another one calls by its generated name, is left to its author. `dagu-rs migrate` rewrites whole files.",
    grounds: "Engine, at load: `Deprecated DAG syntax: steps[0].command is deprecated; use run`. It prints nothing for steps in nested lists and in `foreach`, which it converts just so. Each conversion was held against the engine.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   type: http\n\
        \x20   command: GET https://example.com/health\n\
        \x20   with:\n\
        \x20     timeout: 10\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   action: http.request\n\
        \x20   with:\n\
        \x20     method: GET\n\
        \x20     url: https://example.com/health\n\
        \x20     timeout: 10\n",
    absence: false,
    check: Check::Among(check),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let document = Document::new(*context);
    document.root(sink);
    if context.steps().any(|step| step.node.text().is_some() || convert::is_old(&step.node)) {
        for site in site::sites(document.root, document.aliases()) {
            document.site(site, sink);
        }
    }
}

/// What is known of the document around a step.
struct Document<'a> {
    context: Context<'a>,
    root: &'a Node,
    /// Names after a `*` in its text.
    aliases: OnceCell<HashSet<&'a str>>,
    /// Whether a step may be called by a name that the engine generates: such a name can change.
    calls_generated_names: OnceCell<bool>,
}

impl<'a> Document<'a> {
    fn new(context: Context<'a>) -> Self {
        Self { context, root: &context.workflow.node, aliases: OnceCell::new(), calls_generated_names: OnceCell::new() }
    }

    fn aliases(&self) -> &HashSet<&'a str> {
        let text = || self.context.tree.text.get(self.root.span.range());
        self.aliases.get_or_init(|| text().map(site::alias_names).unwrap_or_default())
    }

    fn calls_generated_names(&self) -> bool {
        *self.calls_generated_names.get_or_init(|| calls_generated_names(&self.context))
    }

    /// The root's own older spellings.
    fn root(&self, sink: &mut Sink) {
        if let Some(entry) = self.root.entry("step_types") {
            let finding = sink.finding(entry.key.span, "`step_types` is deprecated: define the actions of the DAG's own under `actions`");
            sink.push(finding.help(
                "move each definition to `actions`, its `type` into the template as `run` or `action`; steps then name it with `action`",
            ));
        }
        let runs = self.root.entry("max_active_runs").filter(|_| self.root.get_some("queue").is_none());
        if let Some(entry) = runs.filter(|entry| matches!(entry.value.scalar_type(), Some(ScalarType::Int(runs)) if runs != 0 && runs != 1)) {
            let finding = sink.finding(entry.key.span, "`max_active_runs` is deprecated: the engine ignores it in a DAG that names no `queue`");
            sink.push(finding.help("name a queue of the server's configuration with `queue`, and set its limit there"));
        }
        let Some(entry) = self.root.entry("type") else { return };
        let value = &entry.value;
        if value.string().map(str::trim) != Some("controller") {
            return;
        }
        let mut finding = sink.finding(value.span, "`type: controller` is deprecated: it is `type: agent` now");
        if matches!(value.kind, Kind::Scalar(_)) && !entry.merged && !site::is_aliased(value, self.aliases()) {
            let word = self.context.span_in(value, 0..value.text().unwrap_or_default().len());
            finding = finding.fix(Fix::replace("Write `agent`", Safety::Safe, word, "agent"));
        }
        sink.push(finding);
    }

    fn site(&self, site: Site<'_>, sink: &mut Sink) {
        match &site.node.kind {
            Kind::Scalar(_) if site.takes_text && site.node.string().is_some() && !convert::is_text_unclear(self.root) => self.text(site, sink),
            Kind::Mapping(entries) if convert::is_old(site.node) => self.step(site, entries, sink),
            _ => {}
        }
    }

    /// A text in the place of a step.
    fn text(&self, site: Site<'_>, sink: &mut Sink) {
        let mut finding = sink.finding(site.node.span, "a text in the place of a step is deprecated: write it as `run`").help("write `- run: ...`");
        if !site.shared && !self.calls_generated_names()
            && let Some(edits) = rewrite::text_step(self.context.tree, site.node, site.in_flow)
        {
            finding = finding.fix(Fix { title: "Write it as `run`".to_owned(), safety: Safety::Safe, edits });
        }
        sink.push(finding);
    }

    fn step(&self, site: Site<'_>, entries: &[Entry], sink: &mut Sink) {
        let mut old = entries.iter().filter(|entry| OLD.contains(&entry.name()) || entry.name() == "with").peekable();
        if old.peek().is_none() || convert::is_unclear(self.root, site.node) {
            return;
        }
        let kind = convert::kind(site.node);
        let conversion = convert::step(self.root, site.node, kind);
        let fix = conversion.as_ref().and_then(|conversion| self.fix(site, entries, conversion));
        let obstacle = if fix.is_some() { None } else { Some(self.obstacle(site, entries)) };
        for entry in old {
            let message = format!("`{}` is deprecated: {}", entry.name(), instead(entry, kind));
            let mut finding = sink.finding(entry.key.span, message);
            finding.help = obstacle.map(str::to_owned);
            finding.fixes.extend(fix.clone());
            sink.push(finding);
        }
    }

    /// The whole step in today's syntax.
    fn fix(&self, site: Site<'_>, entries: &[Entry], conversion: &Conversion) -> Option<Fix> {
        if site.shared || self.is_named_by_others(site.node) || self.is_entangled(entries, conversion) {
            return None;
        }
        let edits: Vec<Edit> = rewrite::edits(self.context.tree, site.node, conversion)?;
        let title = match &conversion.action {
            Some(action) => format!("Convert the step to `action: {action}`"),
            None => "Convert the step to `run`".to_owned(),
        };
        (!edits.is_empty()).then_some(Fix { title, safety: conversion.safety, edits })
    }

    /// Whether a part of the step that changes is, or holds, what an alias stands for.
    fn is_entangled(&self, entries: &[Entry], conversion: &Conversion) -> bool {
        let mut has_anchor = false;
        let mut is_used = false;
        let mut has_alias = false;
        for (entry, role) in entries.iter().zip(&conversion.roles) {
            let changes = *role != Role::Stays;
            let mut open = vec![&*entry.value, &*entry.key];
            while let Some(node) = open.pop() {
                has_anchor |= node.anchor().is_some();
                is_used |= changes && site::is_aliased(node, self.aliases());
                match &node.kind {
                    Kind::Alias(_) => has_alias |= changes,
                    Kind::Mapping(entries) => {
                        // A merge key may stand for an alias; its entries stand elsewhere.
                        has_alias |= changes && entries.iter().any(|entry| entry.merged);
                        open.extend(entries.iter().filter(|entry| !entry.merged).map(|entry| &*entry.value));
                    }
                    Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
                    Kind::Scalar(_) => {}
                }
            }
        }
        is_used || (has_anchor && has_alias)
    }

    fn is_named_by_others(&self, step: &Node) -> bool {
        self.calls_generated_names() && step.get_some("id").is_none() && step.get_some("name").is_none()
    }

    /// Why there is no fix.
    fn obstacle(&self, site: Site<'_>, entries: &[Entry]) -> &'static str {
        if site.shared || entries.iter().any(|entry| entry.merged) {
            "the step shares text with others through `<<` or an alias: convert them together"
        } else if self.is_named_by_others(site.node) {
            "another step calls this one by the name that the engine generates, which may change: give it an `id` first"
        } else {
            "convert the whole step by hand: the older keys cannot stand beside `run` or `action`"
        }
    }
}

/// Whether a step names another one that no step calls itself.
fn calls_generated_names(context: &Context<'_>) -> bool {
    let steps = &context.workflow.steps;
    let mut own: HashSet<&str> = HashSet::new();
    for step in steps {
        own.extend(step.id.iter().map(|id| id.value.as_str()));
        if step.node.get_some("name").is_some() || step.standing.is_named_by_key {
            own.insert(&step.name);
        }
    }
    let depends = steps.iter().flat_map(|step| &step.depends).map(|depends| depends.value.as_str());
    let routes = steps.iter().filter_map(|step| step.node.get("routes").or_else(|| step.node.get("with")?.get("routes"))?.entries());
    let targets = routes.flatten().flat_map(|entry| entry.value.items().unwrap_or_default()).filter_map(|target| target.text());
    let rewinds = steps.iter().filter_map(|step| step.node.get("approval")?.get("rewind_to")?.text());
    depends.chain(targets).chain(rewinds).any(|name| !own.contains(name))
}

/// What to write in place of a key.
fn instead(entry: &Entry, kind: Option<&str>) -> String {
    let action = kind
        .filter(|kind| !matches!(*kind, "shell" | "command"))
        .map(|kind| convert::action_of(kind).map_or_else(|| "an `action`".to_owned(), |action| format!("`action: {action}`")));
    let under = |name: &str, default: &str| match &action {
        Some(action) => format!("it is `{name}` under `with` of {action} now"),
        None => format!("it is `{name}` under `with` of `action: {default}` now"),
    };
    match (entry.name(), &action) {
        ("type", Some(action)) => format!("write {action}"),
        ("type" | "command" | "script", None) => "write `run`".to_owned(),
        ("command" | "script", Some(action)) => format!("what it says goes into {action} and its `with`"),
        ("exec", _) => "write `action: exec`, and `command` and `args` under `with`".to_owned(),
        ("call", _) => under("dag", "dag.run"),
        ("params", _) => under("params", "dag.run"),
        ("llm", _) => "its settings stand under `with` of `action: chat.completion` now".to_owned(),
        ("messages", _) => under("messages", "chat.completion"),
        ("value", _) => under("value", "router.route"),
        ("routes", _) => under("routes", "router.route"),
        ("config", _) => "it is `with`, beside `action`, now".to_owned(),
        ("with", _) => "`with` goes with `run` or `action`, which this step does not have".to_owned(),
        (shell, _) => format!("it is `{shell}` under `with`, beside `run`, now"),
    }
}
