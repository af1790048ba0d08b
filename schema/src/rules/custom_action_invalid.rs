use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Has, Context, Rule, Sink, one_of};
use crate::diagnostic::{Confidence, Severity};
use crate::json_schema;
use crate::model::action;
use crate::suggest::nearest;
use crate::syntax::Entry;
use crate::workflow::Base;
use crate::workflow::custom_action::{self, Definition, OLDER_KEYS};

pub(super) static RULE: Rule = Rule {
    name: "custom-action-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A definition under `actions` that the engine rejects.",
    why: "The name consists of words joined by dots and is none of a built-in action. The template has exactly one of `run` and `action`, and no key of the older step syntax. `input_schema` is a JSON Schema of an object: it says `type: object`. The engine does not load a DAG with another definition, whether a step calls it or not.",
    grounds: "Engine, at load: `custom action names must match`, `conflicts with a builtin action`, `custom action template must define exactly one of run or action`, `template contains deprecated execution keys`, `input_schema must resolve to an object schema`, `failed to parse schema JSON`, `failed to resolve schema`, `human task cannot use an executor` (where a step calls it).",
    bad: "actions:\n\
        \x20 greet.person:\n\
        \x20   input_schema:\n\
        \x20     properties:\n\
        \x20       name: {type: string}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: greet.person\n\
        \x20   with:\n\
        \x20     name: Ada\n",
    good: "actions:\n\
        \x20 greet.person:\n\
        \x20   input_schema:\n\
        \x20     type: object\n\
        \x20     properties:\n\
        \x20       name: {type: string}\n\
        \x20   template:\n\
        \x20     run: echo hello {{ .input.name }}\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   action: greet.person\n\
        \x20   with:\n\
        \x20     name: Ada\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["actions", "step_types"], steps: &[] }, &Check::Document(check)),
};

static ACTION_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$").ok());
static STEP_TYPE_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[A-Za-z][A-Za-z0-9_-]*$").ok());

/// The built-in executors, which step types are made of and may not be called like.
const EXECUTORS: [&str; 38] = [
    "command",
    "shell",
    "docker",
    "container",
    "ssh",
    "sftp",
    "http",
    "mail",
    "jq",
    "dag",
    "subworkflow",
    "parallel",
    "archive",
    "redis",
    "router",
    "chat",
    "postgres",
    "sqlite",
    "s3",
    "k8s",
    "kubernetes",
    "log",
    "template",
    "harness",
    "git",
    "file",
    "artifact",
    "data",
    "state",
    "wait",
    "noop",
    "outputs",
    "gha",
    "github_action",
    "github-action",
    "agent",
    "foreach",
    "action",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let mut names = HashMap::new();
    redefined(context, sink);
    human_tasks(context, sink);
    for definition in custom_action::definitions(&context.workflow.node) {
        let (name, key) = (definition.name(), definition.entry.key.span);
        let pattern = if definition.is_step_type { &STEP_TYPE_NAME } else { &ACTION_NAME };
        if pattern.as_ref().is_some_and(|pattern| !pattern.is_match(name)) {
            let finding = sink.finding(key, format!("`{name}` is no name for an action"));
            let help = if definition.is_step_type {
                "letters, digits, `_` and `-`, starting with a letter"
            } else {
                "words of letters, digits, `_` and `-` that start with a letter, joined by dots: `notify.team`"
            };
            sink.push(finding.help(help));
        } else if !definition.is_step_type && action::find(name).is_some() {
            sink.report(key, format!("`{name}` is a built-in action: the definition needs another name"));
        } else if definition.is_step_type && EXECUTORS.contains(&name) {
            sink.report(key, format!("`{name}` is built in: the definition needs another name"));
        } else if let Some(&first) = names.get(name) {
            sink.push(sink.finding(key, format!("`{name}` is defined already")).related(first, "first here"));
        } else {
            names.insert(name, key);
        }
        if let Some(kind) = definition.entry.value.get_some("type").filter(|_| definition.is_step_type)
            && let Some(name) = kind.string().map(str::trim).filter(|name| !EXECUTORS.contains(name))
        {
            let finding = sink.finding(kind.span, if name.is_empty() { "the type is blank".to_owned() } else { format!("`{name}` is no built-in step type") });
            sink.push(match nearest(name, EXECUTORS) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            });
        }
        template(sink, &definition);
        schemas(sink, definition.entry);
    }
}

/// Nobody can be asked by an action of the DAG's own; the engine finds that where it is called.
fn human_tasks(context: &Context<'_>, sink: &mut Sink) {
    let mut reported = HashSet::new();
    for call in context.calls() {
        let Some(action) = call.definition.template().and_then(|template| template.value.get_some("action")) else { continue };
        if action.string().map(str::trim) == Some("human.task") && reported.insert(action.span) {
            let finding = sink.finding(action.span, "a person cannot be waited for in an action of the DAG's own");
            let finding = finding.related(call.key.value_span(), "a step calls it here");
            sink.push(finding.help("write the `human.task` as a step"));
        }
    }
}

/// An action that the base configuration defines cannot be defined again.
fn redefined(context: &Context<'_>, sink: &mut Sink) {
    let Some(base) = context.workflow.base.as_deref().and_then(Base::root) else { return };
    let inherited: HashSet<&str> = custom_action::definitions(base).iter().map(Definition::name).collect();
    let own = custom_action::definitions(&context.workflow.node).into_iter().filter(|definition| !definition.entry.key.span.is_beyond());
    for definition in own.filter(|definition| inherited.contains(definition.name())) {
        let finding = sink.finding(definition.entry.key.span, format!("the base configuration defines `{}` already", definition.name()));
        sink.push(finding.help("give the definition another name, or remove it to use the one of the base configuration"));
    }
}

fn template(sink: &mut Sink, definition: &Definition<'_>) {
    let Some(template) = definition.template() else { return };
    let Some(entries) = template.value.entries() else { return };
    let find = |key: &str| entries.iter().find(|entry| entry.name() == key);
    if entries.is_empty() {
        return sink.report(template.key.span, "the template is empty: a call would do nothing");
    }
    if definition.is_step_type {
        if let Some(kind) = find("type") {
            sink.report(kind.key.span, "the template takes its `type` from the definition: it must not have its own");
        }
        return;
    }
    let older: Vec<&Entry> = entries.iter().filter(|entry| OLDER_KEYS.contains(&entry.name())).collect();
    match (find("run"), find("action")) {
        (Some(run), Some(action)) => {
            let finding = sink.finding(action.key.span, "a template has either `run` or `action`, not both");
            sink.push(finding.related(run.key.span, "`run` is here"));
        }
        (None, None) if older.is_empty() => {
            let finding = sink.finding(template.key.span, "the template says nothing to run");
            sink.push(finding.help("add `run` with a command, or `action` with the name of an action"));
        }
        _ => {}
    }
    for entry in older {
        let finding = sink.finding(entry.key.span, format!("`{}` is of the older step syntax, which a template cannot use", entry.name()));
        sink.push(finding.help(format!("use {} with `with`", one_of(["run", "action"]))));
    }
}

fn schemas(sink: &mut Sink, definition: &Entry) {
    for field in ["input_schema", "output_schema"] {
        let Some(schema) = definition.value.entry(field).filter(|entry| entry.value.entries().is_some()) else { continue };
        let faults = json_schema::faults(&schema.value);
        let is_good = faults.is_empty();
        for fault in faults {
            sink.report(fault.span, fault.message);
        }
        let is_fitting = match json_schema::is_of_objects(&schema.value) {
            Some(is_of_objects) => is_of_objects,
            None => field == "output_schema",
        };
        if is_good && !is_fitting {
            let span = schema.value.entry("type").map_or(schema.key.span, |kind| kind.value_span());
            let finding = sink.finding(span, format!("`{field}` must be the schema of an object"));
            sink.push(finding.help("write `type: object`, with the fields under `properties`"));
        }
    }
}
