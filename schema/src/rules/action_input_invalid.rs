use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::syntax::{Node, ScalarType};
use crate::workflow::reference::{self, Target};
use crate::workflow::{Step, glob};

pub(super) static RULE: Rule = Rule {
    name: "action-input-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "An input of an action has a value that the action cannot use.",
    why: "A mode is octal text, a glob has its brackets closed, a delimiter is one character, and what an action's name already says cannot be said otherwise in `with`. The engine does not load the DAG; references are not resolved before these checks.",
    grounds: "Engine, at load: `pattern: \"64\" does not match regular expression \"^(0o|0O)?[0-7]{3,4}$\"`, `invalid glob pattern \"[\"`, `delimiter must be a single character`, `direction must be \"upload\" for this action`, `command must be \"GET\" for this action`, `with.template_ref must be one complete scoped value reference`, `with.data must not be empty`.",
    bad: "steps:\n\
        \x20 - id: save\n\
        \x20   action: file.write\n\
        \x20   with:\n\
        \x20     path: out.txt\n\
        \x20     content: hello\n\
        \x20     mode: rw-r--r--\n",
    good: "steps:\n\
        \x20 - id: save\n\
        \x20   action: file.write\n\
        \x20   with:\n\
        \x20     path: out.txt\n\
        \x20     content: hello\n\
        \x20     mode: \"0644\"\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    for step in context.steps() {
        let (Some(operation), Some(with)) = (step.operation(), step.node.get("with").or_else(|| step.input())) else { continue };
        let Some((kind, rest)) = operation.split_once('.') else { continue };
        match kind {
            "file" | "artifact" => file(sink, step, with),
            "data" => data(sink, step, with),
            "git" if rest == "checkout" => git(sink, step, with),
            "jq" if step.node.get("action").is_some() => {
                if let Some(data) = with.get("data").filter(|data| data.string().is_some_and(|text| text.trim().is_empty())) {
                    sink.report(data.span, "`data` is empty: give the JSON, or leave it out and name a file in `input`");
                }
            }
            "sftp" if step.node.get("action").is_some() => fixed(sink, with, "direction", rest, str::eq),
            "redis" if step.node.get("action").is_some() => fixed(sink, with, "command", &rest.trim().to_uppercase(), |given, wanted| given.trim().eq_ignore_ascii_case(wanted)),
            "template" => template(sink, with),
            "state" => version(sink, step, with),
            "chat" if step.node.get("action").is_some() => messages(sink, with),
            _ => {}
        }
    }
}

fn file(sink: &mut Sink, step: &Step, with: &Node) {
    if let Some(mode) = with.get_some("mode")
        && mode.string().is_some_and(|text| !is_mode(text))
    {
        sink.report(mode.span, "`mode` must be three or four octal digits, such as \"0644\"");
    }
    if let Some(pattern) = with.get_some("pattern")
        && pattern.text().is_some_and(|text| !glob::is_valid(text))
    {
        sink.push(sink.before_run(step, pattern.span, "the pattern is no glob: a bracket or brace is not closed, or a backslash ends it"));
    }
}

fn is_mode(text: &str) -> bool {
    let digits = text.strip_prefix("0o").or_else(|| text.strip_prefix("0O")).unwrap_or(text);
    (3..=4).contains(&digits.len()) && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
}

fn data(sink: &mut Sink, step: &Step, with: &Node) {
    if let Some(delimiter) = with.get_some("delimiter")
        && delimiter.text().is_some_and(|text| text.chars().count() > 1)
    {
        let finding = sink.before_run(step, delimiter.span, "`delimiter` must be a single character");
        sink.push(finding.help("a tab is \"\\t\" in double quotes"));
    }
    if let Some(headers) = with.get_some("headers").filter(|headers| !headers.is_unresolved())
        && !matches!(headers.scalar_type(), Some(ScalarType::Bool(_)))
    {
        sink.report(headers.span, "`headers` must be a boolean: whether to write a line of column names");
    }
}

fn git(sink: &mut Sink, step: &Step, with: &Node) {
    for key in ["repository", "path"] {
        if let Some(entry) = with.entry(key).filter(|entry| entry.value.string().is_some_and(|text| text.trim().is_empty())) {
            sink.push(sink.before_run(step, entry.key.span, format!("`{key}` is empty, and `git.checkout` needs it")));
        }
    }
}

/// An input that the name of the action says already.
fn fixed(sink: &mut Sink, with: &Node, key: &str, wanted: &str, is_same: fn(&str, &str) -> bool) {
    let Some(entry) = with.entry(key).filter(|entry| !entry.value.is_unresolved()) else { return };
    let is_right = !entry.value.is_null() && entry.value.text().is_some_and(|given| is_same(given, wanted));
    if !is_right {
        let finding = sink.finding(entry.value_span(), format!("the action says that `{key}` is `{wanted}`, and nothing else can stand here"));
        sink.push(finding.help(format!("leave out `{key}`")));
    }
}

/// The namespaces that the engine resolves in `expected_version`.
const VERSIONS: &[&str] = &["consts", "env", "foreach", "inputs", "outputs", "params", "steps"];

/// `expected_version` takes a number, its digits, or a reference and nothing else.
fn version(sink: &mut Sink, step: &Step, with: &Node) {
    let Some(node) = with.get_some("expected_version") else { return };
    let Some(text) = node.string().filter(|text| text.contains(['$', '`'])) else { return };
    let found = reference::find(text);
    let is_reference = match found.as_slice() {
        [only] if only.range == (0..text.len()) => {
            matches!(&only.target, Target::Value { namespace, path } if !path.is_empty() && VERSIONS.contains(&namespace.as_str()))
        }
        _ => false,
    };
    if !is_reference {
        let finding = sink.before_run(step, node.span, "`expected_version` must be a number, or one reference and nothing else");
        sink.push(finding.help("such as `${params.version}` or `${steps.read.outputs.version}`"));
    }
}

fn messages(sink: &mut Sink, with: &Node) {
    let Some(entry) = with.entry("messages") else { return };
    if entry.value.is_null() || entry.value.items().is_some_and(<[_]>::is_empty) {
        sink.report(entry.key.span, "a conversation needs at least one message: add one, or give `prompt` alone");
    }
}

fn template(sink: &mut Sink, with: &Node) {
    let Some(node) = with.get_some("template_ref") else { return };
    let Some(text) = node.string().filter(|text| !text.trim().is_empty()) else { return };
    let found = reference::find(text);
    let is_reference = match found.as_slice() {
        [only] => only.range == (0..text.len()) && matches!(&only.target, Target::Value { path, .. } if !path.is_empty()),
        _ => false,
    };
    if !is_reference || text.contains(char::is_whitespace) {
        sink.report(node.span, "`template_ref` must be one reference and nothing else, such as `${params.template}`");
    }
}
