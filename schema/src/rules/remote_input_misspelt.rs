use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::source::Span;
use crate::suggest::{Slip, Slips, slip};
use crate::syntax::{Entry, Node, NodeRef};
use crate::workflow::Step;

pub(super) static RULE: Rule = Rule {
    name: "remote-input-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "An input of a versioned action that is nearly one that the action is known to take.",
    why: "The inputs of an action that is kept elsewhere are not known when the DAG is loaded, so a slip in one shows only in a run. Reported are keys that are nearly an input of `duckdb`, `ffmpeg`, `github-cli`, `node-script` or `python-script`, nearly a key that another step gives the same action, and keys of `input` that nearly are what the script reads.",
    grounds: "Engine: `validate` takes any `with` of a versioned action. The inputs are those of the examples on the engine's pages.",
    bad: "steps:\n\
        \x20 - id: count\n\
        \x20   action: duckdb@v1\n\
        \x20   with:\n\
        \x20     quey: SELECT 42\n",
    good: "steps:\n\
        \x20 - id: count\n\
        \x20   action: duckdb@v1\n\
        \x20   with:\n\
        \x20     query: SELECT 42\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action"] }, &Check::Among(check)),
};

/// Inputs of the engine's own actions, as far as its pages show them.
fn inputs(action: &str) -> &'static [&'static str] {
    match action {
        "duckdb" => &["query", "database", "readonly", "workdir"],
        "ffmpeg" => &["args", "command", "overwrite"],
        "github-cli" => &["args", "repo", "env"],
        "node-script" | "python-script" => &["script", "input"],
        _ => &[],
    }
}

fn check(context: &Context<'_>, sink: &mut Sink) {
    let calls: Vec<(&str, &NodeRef)> = context.steps().filter_map(call).collect();
    if calls.is_empty() {
        return;
    }
    // The keys that the steps of an action give: how often, and where first.
    let mut given: HashMap<&str, HashMap<&str, (usize, Span)>> = HashMap::new();
    for (name, with) in context.workflow.every_step_with("action").filter_map(call) {
        for entry in with.entries().unwrap_or_default() {
            given.entry(name).or_default().entry(entry.name()).or_insert((0, entry.key.span)).0 += 1;
        }
    }
    let slips: HashMap<&str, Slips<'_>> = given.iter().map(|(name, keys)| (*name, Slips::of(keys.keys().copied()))).collect();
    for (name, with) in calls {
        let known = inputs(name);
        for entry in with.entries().unwrap_or_default().iter().filter(|entry| !entry.merged && !known.contains(&entry.name())) {
            let key = entry.name();
            let free = |near: &str| with.get(near).is_none();
            let is_near = |near: &&&str| free(near) && matches!(slip(key, near), Some(Slip::Letter | Slip::Case | Slip::Ending));
            if let Some(near) = known.iter().find(is_near) {
                sink.push(rename(sink, entry, near, format!("`{name}` is not known to take `{key}`")));
                continue;
            }
            let Some(keys) = given.get(name) else { continue };
            let used = |key: &str| keys.get(key).copied().unwrap_or((0, entry.key.span));
            // Of two keys that are given as often, the later one is the slip.
            let rarer = |near: &str| (used(key).0, std::cmp::Reverse(used(key).1)) < (used(near).0, std::cmp::Reverse(used(near).1));
            let accept = |near: &str, slip: Slip| free(near) && rarer(near) && key.len() > 3 && matches!(slip, Slip::Letter | Slip::Case);
            if let Some((near, _)) = slips.get(name).and_then(|slips| slips.find(key, accept)) {
                let message = format!("another step gives `{name}` the input `{near}`, and none gives it `{key}`");
                let finding = rename(sink, entry, near, message).related(used(near).1, format!("`{near}` is given here"));
                sink.push(finding);
            }
        }
        if matches!(name, "node-script" | "python-script") {
            script_input(context, sink, with);
        }
    }
}

/// The name of the action of elsewhere that a step runs, and what it gives it.
fn call(step: &Step) -> Option<(&str, &NodeRef)> {
    let (name, _) = step.node.get("action")?.string()?.trim().rsplit_once('@')?;
    Some((name, step.node.get_some("with")?))
}

fn rename(sink: &Sink, entry: &Entry, near: &str, message: String) -> crate::diagnostic::Diagnostic {
    sink.finding(entry.key.span, message)
        .help(format!("did you mean `{near}`?"))
        .fix(Fix::replace(format!("Rename to `{near}`"), Safety::Unsafe, entry.key.span, near))
}

/// `input.name`, `input["name"]` and `input.get("name")`.
static READ: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\binput(?:\.get\(\s*["']|\??\.|\[\s*["'])([A-Za-z_][A-Za-z0-9_]*)"#).ok()
});

/// What `input` has of its own in Python and JavaScript.
const METHODS: &[&str] = &["get", "items", "keys", "values", "length", "map"];

/// Keys of `input` that the script does not read, where it reads one that is nearly the same.
fn script_input(context: &Context<'_>, sink: &mut Sink, with: &Node) {
    let (Some(input), Some(script)) = (with.get("input"), with.get("script")) else { return };
    let (Some(entries), Some(text), Some(read)) = (input.entries(), script.string(), READ.as_ref()) else { return };
    let mut read_names: HashMap<&str, std::ops::Range<usize>> = HashMap::new();
    for name in read.captures_iter(text).filter_map(|found| found.get(1)) {
        let is_called = text.get(name.end()..).is_some_and(|rest| rest.starts_with('(')) || name.as_str() == "length";
        if is_called && METHODS.contains(&name.as_str()) {
            continue;
        }
        read_names.entry(name.as_str()).or_insert(name.range());
    }
    let words: std::collections::HashSet<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let slips = Slips::of(read_names.keys().copied().filter(|name| input.get(name).is_none()));
    for entry in entries.iter().filter(|entry| !words.contains(entry.name())) {
        let Some((near, _)) = slips.find(entry.name(), |near, found| slip(entry.name(), near) == Some(found)) else { continue };
        let Some(range) = read_names.get(near) else { continue };
        let message = format!("the script reads `{near}` of its input, which is not there; it does not read `{}`", entry.name());
        let finding = rename(sink, entry, near, message).related(context.span_in(script, range.clone()), format!("`{near}` is read here"));
        sink.push(finding);
    }
}
