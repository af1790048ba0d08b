//! Credentials of the root container, moved into a container of the one step that uses them.

use super::{add_before, add_key_after_first, add_variables, comments_above, line_start, remove, written};
use crate::diagnostic::{Edit, Fix, Safety};
use crate::source::Span;
use crate::syntax::{Entry, Kind, Node, Tree};
use crate::workflow::{Container, Step};

/// Keys of a root container that a container of one step has no use for, or cannot have twice.
const OF_THE_ROOT: &[&str] =
    &["name", "startup", "command", "wait_for", "log_pattern", "keep_container", "healthcheck", "restart_policy", "ports"];

/// The change that gives a step a container like the root's, and takes entries (by index) of `env`
/// out of the root's; `None` where the layout does not allow it. `of_others`: entries that other
/// steps need, and this one does not.
pub(in crate::rules) fn narrow(tree: &Tree, container: &Container, entries: &[usize], of_others: &[usize], step: &Step) -> Option<Fix> {
    let text = tree.text.as_ref();
    let node = &container.node;
    let env = node.entry("env")?;
    if !is_plain_block(tree, node) || !is_plain_block(tree, &env.value) || !is_plain_block(tree, &step.node) || step.container.is_some() {
        return None;
    }
    let parts = parts(&env.value)?;
    let removed = removed(tree, node, env, entries, &parts)?;
    let left_out = of_others.iter().map(|&at| whole_lines(tree, *parts.get(at)?)).collect::<Option<Vec<Span>>>()?;
    let column = container.key.start - line_start(text, container.key.start);
    let mut lines = vec!["container:".to_owned()];
    for entry in node.entries()?.iter().filter(|entry| !OF_THE_ROOT.contains(&entry.name())) {
        lines.extend(copied(tree, entry, column, &removed, &left_out)?);
    }
    let own: Vec<&Entry> = step.node.entries()?.iter().collect();
    let before = own.iter().skip(1).find(|entry| entry.name() == "with").or_else(|| own.get(1))?;
    let mut edits: Vec<Edit> = removed.into_iter().map(|span| Edit { span, text: String::new() }).collect();
    edits.push(add_before(text, before, &lines)?);
    let title = format!("Move it into a container of `{}`", step.called());
    Some(Fix { title, safety: Safety::Unsafe, edits })
}

/// The edit that gives a step a container of its own that is like the root's.
pub(crate) fn own_container(tree: &Tree, container: &Container, step: &Step) -> Option<Edit> {
    let text = tree.text.as_ref();
    if !is_plain_block(tree, &container.node) || !is_plain_block(tree, &step.node) || step.container.is_some() {
        return None;
    }
    let column = container.key.start - line_start(text, container.key.start);
    let mut lines = vec!["container:".to_owned()];
    for entry in container.node.entries()?.iter().filter(|entry| !OF_THE_ROOT.contains(&entry.name())) {
        lines.extend(copied(tree, entry, column, &[], &[])?);
    }
    let own: Vec<&Entry> = step.node.entries()?.iter().collect();
    let before = own.iter().skip(1).find(|entry| entry.name() == "with").or_else(|| own.get(1))?;
    add_before(text, before, &lines)
}

/// The edits that take a variable, by index, out of the `env` of a mapping, and give it to steps.
pub(crate) fn moved_variable(tree: &Tree, holder: &Node, at: usize, variable: (&str, &str), steps: &[&Step]) -> Option<Vec<Edit>> {
    let env = holder.entry("env").filter(|env| !env.merged)?;
    let is_own = |node: &Node| !node.span.is_beyond() && !tree.is_repaired(node.span) && !tree.is_anchored(node.span);
    if !is_own(&env.value) || env.value.flow || env.value.properties.is_some() {
        return None;
    }
    let parts = parts(&env.value)?;
    let part = *parts.get(at)?;
    let (mut removed, is_whole) = match parts.len() {
        1 => (remove(tree, &[(holder, "env")])?, false),
        _ => (Edit { span: whole_lines(tree, part)?, text: String::new() }, true),
    };
    // Comments go where the variable goes; where they cannot, they stay.
    let line = tree.text.get(line_start(&tree.text, part.start)..)?;
    let indent = " ".repeat(line.len() - line.trim_start_matches(' ').len());
    let of_it = tree.comments_in(removed.span).iter().filter(|_| is_whole);
    let comments: Vec<&str> = of_it.map(|comment| tree.text.get(comment.range()).unwrap_or_default().trim_end()).collect();
    let is_new = |step: &&Step| step.node.entry("env").is_none() && !step.node.flow;
    let carried = if steps.iter().all(is_new) {
        comments
    } else {
        removed.text.extend(comments.iter().map(|comment| format!("{indent}{comment}\n")));
        Vec::new()
    };
    let mut edits = vec![removed];
    for step in steps {
        if !is_own(&step.node) || !matches!(step.node.kind, Kind::Mapping(_)) {
            return None;
        }
        match step.node.entry("env") {
            Some(env) if env.merged || !is_own(&env.value) || !matches!(env.value.kind, Kind::Mapping(_) | Kind::Sequence(_)) => {
                return None;
            }
            Some(_) => edits.extend(add_variables(&step.node, &tree.text, &[variable])?),
            None if step.node.flow => edits.extend(add_variables(&step.node, &tree.text, &[variable])?),
            None => {
                let mut lines = vec!["env:".to_owned()];
                lines.extend(carried.iter().map(|comment| format!("  {comment}")));
                lines.push(format!("  - {}", written(&format!("{}={}", variable.0, variable.1), false)));
                edits.push(add_key_after_first(&step.node, &tree.text, &lines)?);
            }
        }
    }
    Some(edits)
}

/// Whether it is a mapping or a list in block style that stands here and nowhere else.
fn is_plain_block(tree: &Tree, node: &Node) -> bool {
    let is_own = match &node.kind {
        Kind::Mapping(entries) => !entries.is_empty() && entries.iter().all(|entry| !entry.merged),
        Kind::Sequence(items) => !items.is_empty(),
        Kind::Scalar(_) | Kind::Alias(_) => false,
    };
    is_own && !node.flow && node.properties.is_none() && !node.span.is_beyond() && !tree.is_repaired(node.span)
}

/// The entries of `env`.
fn parts(env: &Node) -> Option<Vec<Span>> {
    match &env.kind {
        Kind::Mapping(entries) => Some(entries.iter().map(|entry| entry.key.span.to(entry.value_span())).collect()),
        Kind::Sequence(items) => Some(items.iter().map(|item| item.span).collect()),
        Kind::Scalar(_) | Kind::Alias(_) => None,
    }
}

/// The lines that go from the root container: some entries of `env`, or all of it.
fn removed(tree: &Tree, container: &Node, env: &Entry, entries: &[usize], parts: &[Span]) -> Option<Vec<Span>> {
    if parts.len() == entries.len() {
        let is_alone = container.entries()?.len() == 1;
        return (!is_alone).then(|| whole_lines(tree, env.key.span.to(env.value.span))).flatten().map(|span| vec![span]);
    }
    entries.iter().map(|&at| whole_lines(tree, *parts.get(at)?)).collect()
}

/// The lines of a part that shares them with nothing but a dash and a comment, and of the comments
/// directly above.
fn whole_lines(tree: &Tree, part: Span) -> Option<Span> {
    let text = tree.text.as_ref();
    let start = line_start(text, part.start);
    let before = text.get(start..part.start)?.trim();
    let end = part.end + text.get(part.end..)?.find('\n')? + 1;
    let after = text.get(part.end..end)?.trim();
    let is_whole = matches!(before, "" | "-") && (after.is_empty() || after.starts_with('#'));
    is_whole.then(|| Span::new(comments_above(tree, start), end))
}

/// The lines of an entry with `column` less of indentation, but for some. A comment is copied only
/// when the line that it is on goes.
fn copied(tree: &Tree, entry: &Entry, column: usize, removed: &[Span], left_out: &[Span]) -> Option<Vec<String>> {
    let text = tree.text.as_ref();
    let key = entry.key.span.start;
    let line = line_start(text, key);
    let start = comments_above(tree, line);
    let end = entry.value.span.end.max(entry.key.span.end);
    let end = end + text.get(end..)?.find('\n').unwrap_or(text.len() - end);
    text.get(line..key).filter(|before| before.bytes().all(|byte| byte == b' '))?;
    let first = tree.comments.partition_point(|comment| comment.start < start);
    let comments = tree.comments.get(first..)?.iter().take_while(|comment| comment.start < end);
    let comments = comments.filter(|comment| !removed.iter().any(|removed| removed.contains(**comment)));
    let mut gone: Vec<Span> = comments.chain(left_out.iter().filter(|span| start < span.start && span.start < end)).copied().collect();
    gone.sort_unstable();
    let mut kept = String::new();
    let mut at = start;
    for span in gone.into_iter().filter(|span| span.start < end) {
        kept += text.get(at..span.start.max(at))?;
        at = span.end.clamp(at, end);
    }
    kept += text.get(at..end)?;
    let lines = kept.lines().map(str::trim_end).filter(|line| !line.is_empty());
    Some(lines.map(|line| line.get(column..).unwrap_or(line).to_owned()).collect())
}
