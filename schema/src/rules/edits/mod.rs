//! Edits of the text that rules offer as fixes: keys and items added, scalars written.

mod list_of_commands;
mod narrow;
mod remove;

use super::Context;
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::suggest::nearest;
use crate::syntax::{Entry, Kind, Node, ScalarType, Tree};
use crate::workflow::Container;

pub(super) use list_of_commands::list_of_commands;
pub(super) use narrow::narrow;
pub(crate) use narrow::{moved_variable, own_container};
pub(super) use remove::relocate;
pub(crate) use remove::remove;

/// The edits that add `line` (such as `shell: [sh]`) as the first key of a mapping; `None` for
/// what is no mapping with keys of its own, or has this key in another spelling.
pub fn add_key(node: &Node, source: &str, line: &str) -> Option<Edit> {
    let (key, _) = line.split_once(':')?;
    if is_misspelt_in(node, key) { None } else { insert(node, source, line) }
}

/// Adds the lines of a key behind the first key of a step, so that the id stays its first.
pub(crate) fn add_key_after_first(node: &Node, source: &str, lines: &[String]) -> Option<Edit> {
    let entries: Vec<_> = node.entries()?.iter().filter(|entry| !entry.merged).collect();
    let (first, second) = (entries.first()?, entries.get(1)?);
    let start = line_start(source, second.key.span.start);
    let indent = " ".repeat(source.get(start..second.key.span.start)?.len());
    let line = lines.join(&format!("\n{indent}"));
    if node.target().flow || first.key.span.start >= start {
        return add_key(node, source, &line);
    }
    let (key, _) = line.split_once(':')?;
    if is_misspelt_in(node, key) { None } else { add_before(source, second, &[line]) }
}

/// Whether a key of a mapping is this one, misspelt: that is mended first.
fn is_misspelt_in(node: &Node, key: &str) -> bool {
    let own = node.entries().unwrap_or_default().iter().map(Entry::name);
    own.filter(|name| *name != key).any(|name| nearest(name, [key]).is_some())
}

/// Adds a line, whose key the author may choose, as the first of a mapping.
fn insert(node: &Node, source: &str, line: &str) -> Option<Edit> {
    let entry = node.entries()?.iter().find(|entry| !entry.merged)?;
    let first = entry.key.span.start;
    let before = source.get(..first)?;
    let text = if node.target().flow {
        let is_json = source.get(first..)?.starts_with('"');
        format!("{}, ", if is_json { in_json(line) } else { line.to_owned() })
    } else if let Some(edit) = add_before(source, entry, &[line.to_owned()]) {
        return Some(edit);
    } else {
        let column = before.len() - before.rfind('\n').map_or(0, |line_break| line_break + 1);
        format!("{line}\n{}", " ".repeat(column))
    };
    Some(Edit { span: Span::at(first), text })
}

/// A `key: value` as JSON writes it, beside others that are written so.
fn in_json(line: &str) -> String {
    let Some((key, value)) = line.split_once(": ") else { return line.to_owned() };
    let scalar = |text: &str| {
        let is_json = text.starts_with('"') || matches!(ScalarType::of(text), ScalarType::Bool(_) | ScalarType::Int(_));
        if is_json { text.to_owned() } else { quoted(text) }
    };
    let value = match value.strip_prefix('[').and_then(|items| items.strip_suffix(']')) {
        Some(items) => format!("[{}]", items.split(", ").map(scalar).collect::<Vec<_>>().join(", ")),
        None => scalar(value),
    };
    format!("{}: {value}", quoted(key))
}

/// Adds a first item to a list that stands in this text. `lines`: the item in block style, without
/// its dash; `in_flow`: the same between brackets.
pub(super) fn add_item(list: &Node, source: &str, lines: &[String], in_flow: &str) -> Option<Edit> {
    let Kind::Sequence(items) = &list.kind else { return None };
    let first = items.iter().find(|item| !item.span.is_beyond())?;
    if first.properties.is_some() {
        return None;
    }
    let start = first.span.start;
    if list.flow {
        return Some(Edit { span: Span::at(start), text: format!("{in_flow}, ") });
    }
    let line = line_start(source, start);
    let before = source.get(line..start)?;
    let dash = before.find('-').filter(|&dash| before[..dash].trim().is_empty() && before[dash + 1..].trim().is_empty())?;
    let indent = &before[..dash];
    let text = format!("- {}\n{indent}", lines.join(&format!("\n{indent}  ")));
    Some(Edit { span: Span::at(line + dash), text })
}

/// Adds lines before a key that starts a line, above the comments that belong to it.
fn add_before(source: &str, key: &Entry, lines: &[String]) -> Option<Edit> {
    let start = key.key.span.start;
    let line = line_start(source, start);
    let indent = source.get(line..start).filter(|before| before.bytes().all(|byte| byte == b' '))?;
    let mut at = line;
    while let Some(above) = source.get(..at.saturating_sub(1)).filter(|_| at > 0).map(|before| line_start(source, before.len())) {
        // What is indented otherwise may be the text of a block scalar.
        if !source.get(above..at)?.strip_prefix(indent).is_some_and(|line| line.starts_with('#')) {
            break;
        }
        at = above;
    }
    // What stands at the top of the text is about all of it.
    let at = if at == 0 { line } else { at };
    Some(Edit { span: Span::at(at), text: lines.iter().map(|line| format!("{indent}{line}\n")).collect() })
}

/// Adds a key to the root of a document, before what runs.
fn add_root_key(context: &Context<'_>, lines: &[String]) -> Option<Edit> {
    const AFTER: [&str; 5] = ["container", "harness", "harnesses", "steps", "handler_on"];
    let root = &context.workflow.node;
    let own = root.entries()?.iter().filter(|entry| !entry.merged && !entry.key.span.is_beyond());
    let (name, _) = lines.first()?.split_once(':')?;
    let key = own.filter(|entry| AFTER.contains(&entry.name())).min_by_key(|entry| entry.key.span.start)?;
    if root.flow || is_misspelt_in(root, name) { None } else { add_before(&context.tree.text, key, lines) }
}

/// Where an entry of the root comes from.
enum Origin<'e> {
    Own(&'e Entry),
    Nowhere,
}

/// An entry of the root; `None` for one that another one here cannot extend.
fn root_entry<'e>(root: &'e Node, key: &str) -> Option<Origin<'e>> {
    match root.entry(key) {
        Some(entry) if entry.value.is_null() => None,
        Some(entry) if !entry.merged => Some(Origin::Own(entry)),
        Some(entry) => entry.value.span.is_beyond().then_some(Origin::Nowhere),
        None => Some(Origin::Nowhere),
    }
}

/// Takes a variable of the host into the `env` of the DAG.
pub(super) fn import(context: &Context<'_>, name: &str) -> Option<Edit> {
    let (plain, quoted) = (format!("{name}: ${{{name}}}"), format!("{name}: \"${{{name}}}\""));
    let source = &context.tree.text;
    match root_entry(&context.workflow.node, "env")? {
        Origin::Own(entry) if entry.value.entries().is_some() => {
            let is_own = matches!(entry.value.kind, Kind::Mapping(_));
            let line = if entry.value.flow { &quoted } else { &plain };
            is_own.then(|| insert(&entry.value, source, line)).flatten()
        }
        Origin::Own(entry) => add_item(&entry.value, source, &[plain], &format!("\"{name}=${{{name}}}\"")),
        Origin::Nowhere => add_root_key(context, &["env:".to_owned(), format!("  - {plain}")]),
    }
}

/// Takes a variable of the host into the `secrets` of the DAG.
pub(super) fn import_secret(context: &Context<'_>, name: &str) -> Option<Edit> {
    let lines = [format!("name: {name}"), "provider: env".to_owned(), format!("key: {name}")];
    match root_entry(&context.workflow.node, "secrets")? {
        Origin::Own(entry) => {
            let source = &context.tree.text;
            let first = entry.value.items()?.first()?.entries()?.first()?.key.span.start;
            let is_json = source.get(first..)?.starts_with('"');
            let in_flow = if is_json { lines.iter().map(|line| in_json(line)).collect::<Vec<_>>().join(", ") } else { lines.join(", ") };
            add_item(&entry.value, source, &lines, &format!("{{{in_flow}}}"))
        }
        Origin::Nowhere => {
            let [first, rest @ ..] = &lines;
            let block = ["secrets:".to_owned(), format!("  - {first}")].into_iter().chain(rest.iter().map(|line| format!("    {line}")));
            add_root_key(context, &block.collect::<Vec<_>>())
        }
    }
}

/// Adds variables with plain values to the `env` of a container.
pub(crate) fn add_variables(container: &Node, source: &str, variables: &[(&str, &str)]) -> Option<Vec<Edit>> {
    let item = |(name, value): &(&str, &str), in_flow: bool| written(&format!("{name}={value}"), in_flow);
    match container.entry("env") {
        Some(entry) if entry.merged || entry.value.is_null() => None,
        Some(entry) if matches!(entry.value.kind, Kind::Mapping(_)) => {
            let line = |(name, value): &(&str, &str)| format!("{name}: {}", quoted(value));
            variables.iter().map(|variable| insert(&entry.value, source, &line(variable))).collect()
        }
        Some(entry) => {
            variables.iter().map(|variable| add_item(&entry.value, source, &[item(variable, false)], &item(variable, true))).collect()
        }
        None if container.flow => {
            let start = container.entries()?.iter().find(|entry| !entry.merged)?.key.span.start;
            let is_json = source.get(start..)?.starts_with('"');
            let one =
                |(name, value): &(&str, &str)| if is_json { quoted(&format!("{name}={value}")) } else { item(&(*name, *value), true) };
            let items: Vec<String> = variables.iter().map(one).collect();
            let key = if is_json { "\"env\"" } else { "env" };
            (!is_misspelt_in(container, "env"))
                .then(|| vec![Edit { span: Span::at(start), text: format!("{key}: [{}], ", items.join(", ")) }])
        }
        None => {
            let start = container.entries()?.iter().find(|entry| !entry.merged)?.key.span.start;
            let indent = " ".repeat(source.get(line_start(source, start)..start)?.len());
            let items: String = variables.iter().map(|variable| format!("\n{indent}  - {}", item(variable, false))).collect();
            Some(vec![add_key(container, source, &format!("env:{items}"))?])
        }
    }
}

/// Gives a step a variable with nothing in it.
pub(super) fn add_empty_variable(step: &Node, source: &str, name: &str) -> Option<Edit> {
    match step.entry("env") {
        Some(_) => add_variables(step, source, &[(name, "")])?.pop(),
        None if step.target().flow => add_variables(step, source, &[(name, "")])?.pop(),
        None => add_key_after_first(step, source, &["env:".to_owned(), format!("  - {name}=")]),
    }
}

/// Passes a variable of the DAG on to a container.
pub(super) fn pass_on(container: &Container, source: &str, name: &str) -> Option<Edit> {
    let node = Some(&container.node).filter(|node| matches!(node.kind, Kind::Mapping(_)))?;
    let (plain, quoted) = (format!("{name}=${{{name}}}"), format!("\"{name}=${{{name}}}\""));
    match node.entry("env") {
        Some(entry) if entry.merged || entry.value.is_null() => None,
        Some(entry) if matches!(entry.value.kind, Kind::Mapping(_)) => insert(&entry.value, source, &format!("{name}: \"${{{name}}}\"")),
        Some(entry) => add_item(&entry.value, source, &[plain], &quoted),
        None if node.flow => add_key(node, source, &format!("env: [{quoted}]")),
        None => {
            let first = node.entries()?.iter().find(|entry| !entry.merged)?;
            let start = first.key.span.start;
            let indent = " ".repeat(source.get(line_start(source, start)..start)?.len());
            add_key(node, source, &format!("env:\n{indent}  - {plain}"))
        }
    }
}

/// Where the line of an offset starts.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break + 1)
}

/// Where the comments start that stand directly above a line, indented as it is; the line itself
/// without any. What stands at the top of the text is about all of it.
fn comments_above(tree: &Tree, line: usize) -> usize {
    let text = tree.text.as_ref();
    let indent = |line: usize| text.get(line..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
    let column = indent(line);
    let mut at = line;
    while at > 0 {
        let above = line_start(text, at - 1);
        let comment = above + column;
        // What looks like one may be the text of a block scalar.
        if indent(above) != column || tree.comments.binary_search_by_key(&comment, |comment| comment.start).is_err() {
            break;
        }
        at = above;
    }
    if at == 0 { line } else { at }
}

/// A text as a scalar on one line: as it is where that reads back as the same text, else in
/// double quotes.
pub(crate) fn written(text: &str, in_flow: bool) -> String {
    let starts_freely = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '$' | '+'));
    let is_quiet = !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' ']) && !text.chars().any(char::is_control);
    let fits_flow = !in_flow || !text.contains([',', '[', ']', '{', '}', ':']);
    if starts_freely && is_quiet && fits_flow && ScalarType::of(text) == ScalarType::String { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
