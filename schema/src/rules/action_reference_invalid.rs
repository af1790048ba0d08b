use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};


pub(super) static RULE: Rule = Rule {
    name: "action-reference-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: true,
    summary: "`action` is a reference to an action kept elsewhere that cannot be read, or names a step type.",
    why: "An action that is neither built in nor defined under `actions` is named with its version: `NAME@VERSION` for an official one, `OWNER/REPO@VERSION` on GitHub, or `source:TARGET@VERSION`. The definitions of `step_types` are named by `type`, not by `action`.",
    grounds: "Engine, at load: `versioned action references must use official action@version or GitHub owner/repo@version`, `source action references must use source:target@version`, `invalid action version`, `unknown action` for one of `step_types`.",
    bad: "steps:\n\
        \x20 - id: notify\n\
        \x20   action: acme/tools/notify@v1\n",
    good: "steps:\n\
        \x20 - id: notify\n\
        \x20   action: acme/notify@v1\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &[], steps: &["action"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let root = &context.workflow.node;
    let defines = |key: &str, name: &str| root.get(key).is_some_and(|definitions| definitions.entry(name).is_some());
    for step in context.steps() {
        let Some(node) = step.node.get("action") else { continue };
        let Some(name) = node.string().map(str::trim) else { continue };
        if name.starts_with("source:") || name.contains('@') {
            if let Some(fault) = fault(name) {
                sink.report(node.span, fault);
            }
        } else if !defines("actions", name) && defines("step_types", name) && crate::model::action::find(name).is_none() {
            sink.push(sink.finding(node.span, format!("`{name}` is defined under `step_types`, which `action` does not look at")).help("name it in `type`, or define it under `actions`"));
        }
    }
}

/// What is wrong with a versioned reference.
fn fault(name: &str) -> Option<String> {
    if let Some(target) = name.strip_prefix("source:") {
        let Some((_, version)) = target.rsplit_once('@').filter(|(place, _)| !place.trim().is_empty()) else {
            return Some("a reference to a source needs a target and a version: `source:TARGET@VERSION`".to_owned());
        };
        return (!is_version(version)).then(|| format!("`{version}` is no version: it is a tag, a branch or a commit of git"));
    }
    let (path, version) = name.split_once('@')?;
    if !is_version(version) || version.contains('@') {
        return Some(format!("`{version}` is no version: it is a tag, a branch or a commit of git"));
    }
    let is_known = match path.split_once('/') {
        Some((owner, repository)) => is_owner(owner) && is_repository(repository),
        None => is_repository(path) && !path.starts_with('-'),
    };
    (!is_known).then(|| format!("`{path}` is neither an official action nor a repository: write `NAME@VERSION` or `OWNER/REPO@VERSION`"))
}

fn is_owner(owner: &str) -> bool {
    (1..=39).contains(&owner.len())
        && owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !owner.starts_with('-')
        && !owner.ends_with('-')
}

fn is_repository(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !matches!(name, "" | "." | "..") && name.bytes().all(is_word) && !name.ends_with(".git")
}

/// Whether git could have a revision of this name.
fn is_version(version: &str) -> bool {
    let parts_are_fine = version.split('/').all(|part| !part.starts_with('.') && !part.ends_with(".lock"));
    let has_bad_sequence = ["..", "//", "@{"].iter().any(|sequence| version.contains(sequence));
    let has_bad_character = version.contains(|c: char| c.is_whitespace() || c.is_control() || "\\~^:?*[]".contains(c));
    !version.is_empty()
        && parts_are_fine
        && !has_bad_sequence
        && !has_bad_character
        && !version.starts_with(['-', '/'])
        && !version.ends_with(['/', '.'])
}
