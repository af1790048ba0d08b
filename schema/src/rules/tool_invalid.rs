use std::collections::HashMap;

use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::source::Span;
use crate::syntax::Node;
use crate::workflow::fault::trimmed;

pub(super) static RULE: Rule = Rule {
    name: "tool-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "A package under `tools` without a fixed version, or with a digest, command or registry that the engine rejects.",
    why: "A package is `package@version`, with `#sha256:` and 64 hexadecimal digits behind it to pin the download; `latest` is no version. Commands are plain names, and each comes from one package. A registry of type `github_content` needs `ref`, `repo_owner`, `repo_name` and `path`. The engine does not load a DAG with another package.",
    grounds: "Engine, at load: `tool package shorthand must be \"package@version[#sha256:<hex>]\"`, `version must be pinned`, `digest must be`, `must be an executable name`, `duplicate command`, `registry.ref is required`.",
    bad: "tools: [\"jqlang/jq@latest\"]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "tools: [\"jqlang/jq@jq-1.7.1\"]\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["tools"], steps: &[] }, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(tools) = context.workflow.node.get_some("tools") else { return };
    let packages = tools.items().or_else(|| tools.get_some("packages")?.items()).unwrap_or_default();
    let mut commands = HashMap::new();
    for package in packages {
        match package.string() {
            Some(text) => shorthand(context, sink, package, text),
            None => object(sink, package, &mut commands),
        }
    }
    if let Some(registry) = tools.entry("registry").filter(|entry| entry.value.get_some("type").and_then(|kind| kind.string()) == Some("github_content")) {
        for field in ["ref", "repo_owner", "repo_name", "path"] {
            let is_given = registry.value.get_some(field).and_then(|value| value.text()).is_some_and(|text| !text.trim().is_empty());
            if !is_given {
                let span = registry.value.entry(field).map_or(registry.key.span, |entry| entry.value_span());
                sink.report(span, format!("a registry of type `github_content` needs `{field}`"));
            }
        }
    }
}

fn shorthand(context: &Context<'_>, sink: &mut Sink, node: &Node, text: &str) {
    let range = trimmed(text);
    let written = &text[range.clone()];
    let (package, digest) = match written.split_once('#') {
        Some((package, digest)) => (package.trim_end(), Some(digest)),
        None => (written, None),
    };
    let parts: Vec<&str> = package.split('@').collect();
    match parts.as_slice() {
        [name, version] if !name.is_empty() && !version.is_empty() && !package.contains(char::is_whitespace) => {
            if version.eq_ignore_ascii_case("latest") {
                let start = range.start + name.len() + 1;
                sink.report(context.span_in(node, start..start + version.len()), format!("`{version}` is no version: a tool is pinned to a fixed one"));
            }
        }
        _ => {
            let span = if written.is_empty() { node.span } else { context.span_in(node, range.start..range.start + package.len()) };
            let finding = sink.finding(span, format!("`{package}` is no package at a version"));
            sink.push(finding.help("write it as `package@version`, such as `jqlang/jq@jq-1.7.1`"));
        }
    }
    if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
        let start = range.end - digest.len();
        let part = if digest.is_empty() { start - 1..start } else { start..start + digest.len() };
        sink.report(context.span_in(node, part), digest_message(digest));
    }
}

fn object(sink: &mut Sink, package: &Node, commands: &mut HashMap<String, Span>) {
    if let Some(version) = package.get_some("version")
        && let Some(text) = version.text().map(str::trim).filter(|text| text.eq_ignore_ascii_case("latest"))
    {
        sink.report(version.span, format!("`{text}` is no version: a tool is pinned to a fixed one"));
    }
    if let Some(digest) = package.get_some("digest")
        && let Some(text) = digest.string().map(str::trim).filter(|text| !text.is_empty() && !is_digest(text))
    {
        sink.report(digest.span, digest_message(text));
    }
    for command in package.get_some("commands").and_then(|commands| commands.items()).unwrap_or_default() {
        let Some(name) = command.text().filter(|_| !command.is_null()).map(str::trim) else { continue };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
        if name.is_empty() {
            sink.report(command.span, "the name of the command is empty");
        } else if !name.bytes().all(is_plain) {
            sink.report(command.span, format!("`{name}` is no name of a command: it is no path and nothing for a shell"));
        } else if let Some(&first) = commands.get(name) {
            sink.push(sink.finding(command.span, format!("the command `{name}` is provided already")).related(first, "first here"));
        } else {
            commands.insert(name.to_owned(), command.span);
        }
    }
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, digits)) = text.trim().split_once(':') else { return false };
    algorithm.eq_ignore_ascii_case("sha256") && digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn digest_message(text: &str) -> String {
    format!("`{text}` is no digest: it must be `sha256:` and 64 hexadecimal digits")
}
