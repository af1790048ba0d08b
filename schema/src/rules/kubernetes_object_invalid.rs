use std::collections::HashSet;

use super::{Check, Has, Context, Rule, Sink, one_of};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef, ScalarType};
use crate::workflow::fault::trimmed;
use crate::workflow::{Step, quantity};

pub(super) static RULE: Rule = Rule {
    name: "kubernetes-object-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An object of a Kubernetes job has parts that do not go together, or a value that Kubernetes cannot read.",
    why: "A volume has exactly one source; a variable has `value` or `value_from`; `values` depends on the `operator`. Amounts such as `256Mi` are Kubernetes quantities, and names are not blank. The engine checks this when it loads the DAG, and replaces no references before. What the root's `kubernetes` sets and no step uses is checked in its form only, and what a handler sets fails when the handler runs.",
    grounds: "Engine, at load: `oneOf: did not validate against any of`, `not: validated against`, `maxItems`, `volumes[v].empty_dir.size_limit: invalid quantity \"abc\"`, `resource quantity must be >= 0`, `env[0].name: required`, `must be an integer for operator Gt`, `value 0 is not allowed with operator In`, `required when type is Localhost`, `cleanup_policy must be either delete or keep`, `image_pull_policy must be one of Always, IfNotPresent, or Never`.",
    bad: "steps:\n\
        \x20 - id: train\n\
        \x20   action: k8s.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     command: echo hello\n\
        \x20     volumes:\n\
        \x20       - name: cache\n\
        \x20     resources:\n\
        \x20       limits:\n\
        \x20         memory: 1GB\n",
    good: "steps:\n\
        \x20 - id: train\n\
        \x20   action: k8s.run\n\
        \x20   with:\n\
        \x20     image: alpine:3.20\n\
        \x20     command: echo hello\n\
        \x20     volumes:\n\
        \x20       - name: cache\n\
        \x20         empty_dir: {}\n\
        \x20     resources:\n\
        \x20       limits:\n\
        \x20         memory: 1Gi\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["kubernetes"], steps: &["action", "type"] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let steps: Vec<&Step> = context.workflow.every_step().filter(|step| is_job(step)).collect();
    let defaults = context.workflow.node.get_some("kubernetes").map(|defaults| &**defaults);
    let mut reported = HashSet::new();
    let mut inherited = defaults.map(|defaults| faults(context, defaults, None)).unwrap_or_default();
    inherited.retain(|fault| {
        if fault.is_form && reported.insert(fault.span) {
            sink.push(fault.finding(sink));
        }
        !fault.is_form
    });
    for step in &steps {
        let Some(input) = step.input() else { continue };
        for fault in faults(context, input, defaults) {
            if reported.insert(fault.span) {
                let finding = fault.finding(sink);
                sink.push(if step.is_in_handler() && !fault.is_form { finding.loads() } else { finding });
            }
        }
    }
    for fault in inherited {
        let mut heirs = steps.iter().filter(|step| step.input().is_none_or(|input| fault.reaches(input)));
        let Some(first) = heirs.next() else { continue };
        let only_handlers = first.is_in_handler() && heirs.all(|step| step.is_in_handler());
        if reported.insert(fault.span) {
            let finding = fault.finding(sink);
            sink.push(if only_handlers { finding.loads() } else { finding });
        }
    }
}

fn is_job(step: &Step) -> bool {
    step.operation().is_some_and(|operation| matches!(operation.split_once('.'), Some(("k8s" | "kubernetes", _))))
}

/// What is wrong in the root's `kubernetes` or in the `with` of a step.
struct Fault<'a> {
    /// The keys that lead to it, up to the first list: a step's own mappings are merged with the
    /// root's, and its lists take the place of the root's.
    path: Vec<&'a str>,
    span: Span,
    message: String,
    help: &'static str,
    /// Whether the engine sees it wherever it stands, rather than in a job that it reads whole.
    is_form: bool,
}

impl Fault<'_> {
    fn finding(&self, sink: &Sink) -> Diagnostic {
        let finding = sink.finding(self.span, self.message.clone());
        if self.help.is_empty() { finding } else { finding.help(self.help) }
    }

    /// Whether a step with this input inherits it from the root. An empty mapping in the step
    /// takes the place of the root's.
    fn reaches(&self, input: &Node) -> bool {
        let mut node = input;
        for key in &self.path {
            match node.get(key) {
                None => return true,
                Some(own) if own.entries().is_some_and(|entries| !entries.is_empty()) => node = own,
                Some(_) => return false,
            }
        }
        false
    }
}

/// What is wrong in one mapping of fields; `defaults` is what it is merged with.
fn faults<'a>(context: &Context<'a>, fields: &'a Node, defaults: Option<&'a Node>) -> Vec<Fault<'a>> {
    let mut reader = Reader { context: *context, path: Vec::new(), found: Vec::new() };
    reader.policies(fields);
    reader.lists(fields);
    reader.resources(fields);
    reader.security(fields, defaults);
    reader.affinity(fields);
    reader.pod_failure_policy(fields);
    reader.found
}

struct Reader<'a> {
    context: Context<'a>,
    path: Vec<&'a str>,
    found: Vec<Fault<'a>>,
}

const VOLUME_SOURCES: &[&str] = &["empty_dir", "secret", "config_map", "host_path", "persistent_volume_claim"];
const ENV_SOURCES: &[&str] = &["secret_key_ref", "config_map_key_ref", "field_ref"];
const ENV_FROM_SOURCES: &[&str] = &["secret_ref", "config_map_ref"];
const FAILURES: &[&str] = &["on_exit_codes", "on_pod_conditions"];
const SCHEDULED: [&str; 2] =
    ["required_during_scheduling_ignored_during_execution", "preferred_during_scheduling_ignored_during_execution"];

impl<'a> Reader<'a> {
    fn policies(&mut self, fields: &'a Node) {
        for (key, names) in [("cleanup_policy", ["delete", "keep"].as_slice()), ("image_pull_policy", &["Always", "IfNotPresent", "Never"])] {
            let Some(node) = fields.get_some(key) else { continue };
            let Some(text) = node.string() else { continue };
            let given = text.trim();
            if !given.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(given)) {
                let message = format!("`{key}` must be {}, but this is `{given}`", one_of(names.iter().copied()));
                self.below([key], |reader| reader.value(node.span, message, ""));
            }
        }
    }

    fn lists(&mut self, fields: &'a Node) {
        self.below(["volumes"], |reader| reader.each(fields.get("volumes"), Self::volume));
        self.below(["env"], |reader| {
            reader.each(fields.get("env"), Self::variable);
            if let Some(only_name) = fields.get("env").filter(|env| env.entries().is_some()) {
                reader.not_blank(only_name, &["name"]);
            }
        });
        self.below(["env_from"], |reader| reader.each(fields.get("env_from"), Self::env_from));
    }

    fn volume(&mut self, volume: &'a Node) {
        self.exactly_one(volume, head(volume), "a volume", VOLUME_SOURCES, &["name"]);
        if let Some(limit) = volume.get("empty_dir").and_then(|dir| dir.get_some("size_limit"))
            && limit.string() != Some("")
        {
            self.quantity(limit);
        }
    }

    fn variable(&mut self, variable: &'a Node) {
        self.not_blank(variable, &["name"]);
        let Some(source) = variable.entry("value_from") else { return };
        if variable.get_some("value").is_some() && !source.value.is_null() {
            self.form(source.key.span, "a variable has `value` or `value_from`, not both", "");
        }
        self.exactly_one(&source.value, source.key.span, "`value_from`", ENV_SOURCES, &[]);
        for key in ENV_SOURCES {
            if let Some(reference) = source.value.get(key) {
                self.not_blank(reference, &["name", "key", "field_path"]);
            }
        }
    }

    fn env_from(&mut self, entry: &'a Node) {
        self.exactly_one(entry, head(entry), "an item of `env_from`", ENV_FROM_SOURCES, &["prefix"]);
        for key in ENV_FROM_SOURCES {
            if let Some(reference) = entry.get(key) {
                self.not_blank(reference, &["name"]);
            }
        }
    }

    fn resources(&mut self, fields: &'a Node) {
        let Some(resources) = fields.get("resources") else { return };
        for key in ["requests", "limits"] {
            for entry in resources.get(key).and_then(|amounts| amounts.entries()).unwrap_or_default() {
                self.below(["resources", key, entry.name()], |reader| reader.quantity(&entry.value));
            }
        }
    }

    fn security(&mut self, fields: &'a Node, defaults: Option<&'a Node>) {
        for holder in ["security_context", "pod_security_context"] {
            let Some(own) = fields.get(holder) else { continue };
            let inherited = defaults.and_then(|defaults| defaults.get(holder)).and_then(|inherited| inherited.get("seccomp_profile"));
            if let Some(profile) = own.get("seccomp_profile") {
                self.below([holder, "seccomp_profile"], |reader| reader.seccomp(profile, inherited));
            }
        }
        let capabilities = fields.get("security_context").and_then(|context| context.get("capabilities"));
        for key in ["add", "drop"] {
            self.below(["security_context", "capabilities", key], |reader| {
                reader.no_blank_item(capabilities.and_then(|capabilities| capabilities.get(key)), "a capability");
            });
        }
        let sysctls = fields.get("pod_security_context").and_then(|context| context.get("sysctls"));
        self.below(["pod_security_context", "sysctls"], |reader| {
            reader.each(sysctls, |reader, sysctl| reader.not_blank(sysctl, &["name", "value"]));
        });
    }

    /// `type` and `localhost_profile` belong together, also when one of them is the root's.
    fn seccomp(&mut self, own: &'a Node, inherited: Option<&'a NodeRef>) {
        if own.entries().is_none_or(<[_]>::is_empty) {
            return;
        }
        let inherited_type = inherited.and_then(|inherited| inherited.get("type"));
        let kind = own.get("type").or(inherited_type).map(|kind| (kind, kind.string().unwrap_or_default()));
        let is_known = kind.is_none_or(|(_, kind)| matches!(kind, "RuntimeDefault" | "Unconfined" | "Localhost"));
        if !is_known {
            return;
        }
        let is_localhost = kind.is_some_and(|(_, kind)| kind == "Localhost");
        let own_profile = own.entry("localhost_profile");
        let is_inherited = inherited.is_some_and(|inherited| inherited.get("localhost_profile").is_some());
        match (is_localhost, own_profile) {
            (true, Some(_)) => self.below(["localhost_profile"], |reader| reader.not_blank(own, &["localhost_profile"])),
            (true, None) if !is_inherited && self.is_whole() => {
                let place = kind.map_or_else(|| head(own), |(kind, _)| kind.span);
                self.form(place, "`type: Localhost` needs `localhost_profile`: the file on the node that holds the filter", "");
            }
            (false, Some(profile)) if !profile.value.is_null() => {
                self.form(profile.key.span, "`localhost_profile` goes with `type: Localhost` alone", "leave it out, or set the type");
            }
            (false, None) if is_inherited => {
                let place = own.get("type").map_or_else(|| head(own), |kind| kind.span);
                let message = "the root's `kubernetes` sets `localhost_profile`, which goes with `type: Localhost` alone, and this is merged with it";
                self.form(place, message, "");
            }
            _ => {}
        }
    }

    fn affinity(&mut self, fields: &'a Node) {
        let Some(affinity) = fields.get("affinity") else { return };
        let [required, preferred] = SCHEDULED;
        if let Some(node) = affinity.get("node_affinity") {
            let terms = node.get(required).and_then(|selector| selector.get("node_selector_terms"));
            self.below(["affinity", "node_affinity", required, "node_selector_terms"], |reader| reader.each(terms, Self::conditions));
            self.below(["affinity", "node_affinity", preferred], |reader| {
                reader.each(node.get(preferred), |reader, item| {
                    if let Some(term) = item.get("preference") {
                        reader.conditions(term);
                    }
                });
            });
        }
        for key in ["pod_affinity", "pod_anti_affinity"] {
            let Some(pods) = affinity.get(key) else { continue };
            self.below(["affinity", key, required], |reader| reader.each(pods.get(required), Self::pod_term));
            self.below(["affinity", key, preferred], |reader| {
                reader.each(pods.get(preferred), |reader, item| {
                    if let Some(term) = item.get("pod_affinity_term") {
                        reader.pod_term(term);
                    }
                });
            });
        }
    }

    fn pod_term(&mut self, term: &'a Node) {
        self.not_blank(term, &["topology_key"]);
        self.no_blank_item(term.get("namespaces"), "a namespace");
        for key in ["label_selector", "namespace_selector"] {
            if let Some(selector) = term.get(key) {
                self.conditions(selector);
            }
        }
    }

    fn conditions(&mut self, holder: &'a Node) {
        self.each(holder.get("match_expressions"), Self::condition);
    }

    fn condition(&mut self, condition: &'a Node) {
        self.not_blank(condition, &["key"]);
        let Some(operator) = condition.get_some("operator") else { return };
        let Some(name) = operator.string() else { return };
        let values = condition.entry("values");
        let items = values.map(|values| values.value.items());
        match (name, items) {
            ("In" | "NotIn" | "Gt" | "Lt", None) if self.is_whole() => {
                self.form(operator.span, format!("`{name}` needs `values` to compare the label with"), "");
            }
            ("In" | "NotIn", Some(Some([]))) if self.is_whole() => {
                self.form(span_of(values, operator), format!("`{name}` needs at least one value"), "");
            }
            ("Exists" | "DoesNotExist", Some(Some([_, ..]))) => {
                let message = format!("`{name}` compares the label with nothing");
                self.form(span_of(values, operator), message, "leave out `values`, or use `In` or `NotIn`");
            }
            ("Gt" | "Lt", Some(Some([number]))) if number.string().is_some_and(|text| text.trim().parse::<i64>().is_err()) => {
                self.value(number.span, format!("`{name}` compares numbers, and this is no integer"), "");
            }
            ("Gt" | "Lt", Some(Some([] | [_, _, ..]))) if self.is_whole() => {
                self.form(span_of(values, operator), format!("`{name}` needs exactly one value"), "");
            }
            _ => {}
        }
    }

    fn pod_failure_policy(&mut self, fields: &'a Node) {
        let rules = fields.get("pod_failure_policy").and_then(|policy| policy.get("rules"));
        self.below(["pod_failure_policy", "rules"], |reader| {
            reader.at_most(rules, 20, "a policy has at most 20 rules");
            reader.each(rules, Self::pod_failure_rule);
        });
    }

    fn pod_failure_rule(&mut self, rule: &'a Node) {
        self.exactly_one(rule, head(rule), "a rule", FAILURES, &["action"]);
        let conditions = rule.get("on_pod_conditions");
        self.at_most(conditions, 20, "a rule has at most 20 conditions");
        self.each(conditions, |reader, condition| reader.not_blank(condition, &["type"]));
        let Some(codes) = rule.get("on_exit_codes") else { return };
        let values = codes.get("values");
        self.at_most(values, 255, "a rule has at most 255 exit codes");
        let is_in = codes.get("operator").and_then(|operator| operator.string()) == Some("In");
        let mut seen = HashSet::new();
        for item in values.and_then(|values| values.items()).unwrap_or_default() {
            let Some(code) = whole(item) else { continue };
            if !seen.insert(code) {
                self.form(item.span, format!("the exit code {code} stands here twice"), "leave one of them out");
            } else if code == 0 && is_in {
                self.value(item.span, "a pod that exits with 0 has not failed: 0 cannot stand here with `operator: In`", "");
            }
        }
    }

    /// Looks at what these keys lead to.
    fn below<const N: usize>(&mut self, keys: [&'a str; N], look: impl FnOnce(&mut Self)) {
        let depth = self.path.len();
        self.path.extend(keys);
        look(self);
        self.path.truncate(depth);
    }

    fn each(&mut self, list: Option<&'a NodeRef>, look: impl Fn(&mut Self, &'a Node)) {
        for item in list.and_then(|list| list.items()).unwrap_or_default() {
            look(self, item);
        }
    }

    /// Reports when none of the keys is there, or a second one. A key that is neither among them
    /// nor among `others` may be a misspelt one, and is reported as unknown.
    fn exactly_one(&mut self, holder: &'a Node, place: Span, noun: &str, keys: &[&str], others: &[&str]) {
        let Some(entries) = holder.entries() else { return };
        let mut given = entries.iter().filter(|entry| keys.contains(&entry.name()) && !entry.value.is_null());
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            let message = format!("{noun} has exactly one of {}, and `{}` is here already", one_of(keys.iter().copied()), first.name());
            return self.form(second.key.span, message, "");
        }
        if entries.iter().all(|entry| others.contains(&entry.name())) && self.is_whole() {
            self.form(place, format!("{noun} needs {}", one_of(keys.iter().copied())), "");
        }
    }

    fn not_blank(&mut self, holder: &'a Node, keys: &[&str]) {
        for key in keys {
            if let Some(node) = holder.get(key)
                && node.string().is_some_and(|text| text.trim().is_empty())
            {
                self.value(node.span, format!("`{key}` is empty"), "");
            }
        }
    }

    fn no_blank_item(&mut self, list: Option<&'a NodeRef>, noun: &str) {
        for item in list.and_then(|list| list.items()).unwrap_or_default() {
            if item.string().is_some_and(|text| text.trim().is_empty()) {
                self.value(item.span, format!("{noun} is empty here"), "leave it out");
            }
        }
    }

    fn at_most(&mut self, list: Option<&'a NodeRef>, most: usize, message: &str) {
        if let Some(excess) = list.and_then(|list| list.items()).and_then(|items| items.get(most)) {
            self.form(excess.span, message, "");
        }
    }

    fn quantity(&mut self, node: &'a Node) {
        let Some(text) = node.string() else { return };
        let Some(fault) = quantity::fault(text) else { return };
        let is_blank = text.trim().is_empty();
        let span = if is_blank { node.span } else { self.context.span_in(node, fault.range) };
        let shown = text.get(trimmed(text)).unwrap_or_default();
        let message = if is_blank { "the quantity is empty".to_owned() } else { format!("`{shown}` is no quantity: {}", fault.message) };
        self.value(span, message, fault.help);
    }

    /// Whether the whole text could be read, so that what is not there is missing.
    fn is_whole(&self) -> bool {
        self.context.tree.repaired.is_empty()
    }

    fn form(&mut self, span: Span, message: impl Into<String>, help: &'static str) {
        self.found.push(Fault { path: self.path.clone(), span, message: message.into(), help, is_form: true });
    }

    fn value(&mut self, span: Span, message: impl Into<String>, help: &'static str) {
        self.found.push(Fault { path: self.path.clone(), span, message: message.into(), help, is_form: false });
    }
}

/// Where to report that something is missing in a mapping.
fn head(mapping: &Node) -> Span {
    let first = mapping.entries().and_then(|entries| entries.iter().find(|entry| !entry.merged));
    first.map_or(mapping.span, |entry| entry.key.span)
}

fn span_of(values: Option<&Entry>, operator: &Node) -> Span {
    values.map_or(operator.span, Entry::value_span)
}

fn whole(node: &Node) -> Option<i128> {
    match node.scalar_type()? {
        ScalarType::Int(number) => Some(number),
        ScalarType::Float(number) if number.fract() == 0.0 => Some(number as i128),
        _ => None,
    }
}
